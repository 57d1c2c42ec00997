import type { VirtualClock } from "../core/mod.ts";

/** How often a paced clock is moved on, and rows are drawn, in ms of real time. */
const TICK_MS = 50;
/** How much is done between two looks at signals when nothing is paced. */
const ACTIONS_PER_TURN = 200_000;
/** Between two looks at the terminal when nothing is paced, in ms of real time. */
const DRAW_MS = 100;

/**
 * Runs a virtual clock until a run is over.
 *
 * @param clock The clock.
 * @param options `isPaced`: a virtual millisecond takes a real one, else as fast as the machine can;
 * `isOver`: asked between two turns; `onTurn`: called between two turns.
 */
export async function runClock(
  clock: VirtualClock,
  options: {
    readonly isPaced: boolean;
    readonly isOver: () => boolean;
    readonly onTurn: () => void;
  },
): Promise<void> {
  const { isPaced, isOver, onTurn } = options;
  const startMs = performance.now() - clock.now();
  let drawnMs = startMs;
  while (!isOver()) {
    if (isPaced) {
      await sleep(TICK_MS);
      clock.run({ untilMs: performance.now() - startMs });
    } else {
      clock.run({ actionsMax: ACTIONS_PER_TURN });
      await sleep(0);
    }
    if (performance.now() - drawnMs < DRAW_MS) continue;
    drawnMs = performance.now();
    onTurn();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
