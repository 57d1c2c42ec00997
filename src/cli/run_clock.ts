import { RealClock } from "../adapters/mod.ts";
import { type Clock, VirtualClock } from "../core/mod.ts";
import type { BusChoice } from "./bus_choice.ts";
import type { CommandArguments } from "./command_spec.ts";
import { UsageError } from "./usage_error.ts";

/** How often a paced clock is moved on, and the end of a run is looked for, in ms of real time. */
const TICK_MS = 50;
/** How long a virtual clock runs before signals, pages and files have their turn, in real time. */
const TURN_MS_MAX = 100;
/** How much a virtual clock does between two looks at the real one, and for the end of the run. */
const ACTIONS_PER_LOOK = 5_000;
/** Between two looks at the terminal, in ms of real time. */
const DRAW_MS = 100;

/** When a clock stops, and what is done meanwhile. */
export interface RunLoop {
  /** Asked between two turns. */
  readonly isOver: () => boolean;
  /** Called between two turns, about ten times a second. */
  readonly onTurn: () => void;
}

/** The time that a run lives in. */
export interface RunClock extends Disposable {
  /** For everything that waits. */
  readonly clock: Clock;
  /**
   * Lets time go by until the run is over.
   *
   * @param loop When it is.
   */
  run(loop: RunLoop): Promise<void>;
}

/**
 * Makes the clock that a run's buses call for: real time as soon as somebody outside of this process
 * may take part, else virtual time, paced so that a virtual millisecond takes a real one, or with
 * `--virtual-time` as fast as the machine can.
 *
 * @param choices The buses of the run.
 * @param args The command line.
 * @returns The clock.
 * @throws {UsageError} If `--virtual-time` is asked for and cannot be.
 */
export function createRunClock(choices: readonly BusChoice[], args: CommandArguments): RunClock {
  const isUnpaced = args.flags.has("virtual-time");
  const outside = choices.find(({ url }) => url.kind !== "virtual" || url.listen !== undefined);
  if (outside === undefined) return createVirtualRunClock(!isUnpaced);
  if (isUnpaced) {
    throw new UsageError(
      args.command,
      `--virtual-time is for virtual buses within this process, and bus "${outside.name}" is at ` +
        outside.urlText,
    );
  }
  // A bus modelled here keeps its rate only when late work is told when it was due.
  return createRealRunClock(choices.every(({ url }) => url.kind === "virtual"));
}

/**
 * Makes a real clock.
 *
 * @param catchUp Whether late work is told when it was due, as modelled buses need it.
 * @returns The clock.
 */
export function createRealRunClock(catchUp: boolean): RunClock {
  const clock = new RealClock({ catchUp });
  async function run({ isOver, onTurn }: RunLoop): Promise<void> {
    let drawnMs = performance.now();
    while (!isOver()) {
      await sleep(TICK_MS);
      if (performance.now() - drawnMs < DRAW_MS) continue;
      drawnMs = performance.now();
      onTurn();
    }
  }
  return { clock, run, [Symbol.dispose]: () => clock[Symbol.dispose]() };
}

function createVirtualRunClock(isPaced: boolean): RunClock {
  const clock = new VirtualClock();
  async function run({ isOver, onTurn }: RunLoop): Promise<void> {
    const startMs = performance.now() - clock.now();
    let drawnMs = startMs;
    while (!isOver()) {
      const untilMs = (): number => isPaced ? performance.now() - startMs : Infinity;
      const isCaughtUp = takeTurn(clock, untilMs, isOver);
      await sleep(isPaced && isCaughtUp ? TICK_MS : 0);
      if (performance.now() - drawnMs < DRAW_MS) continue;
      drawnMs = performance.now();
      onTurn();
    }
  }
  return { clock, run, [Symbol.dispose]: () => {} };
}

/**
 * A turn ends by the real clock: a machine that cannot keep the pace of its buses does not owe more
 * with each turn, and still hears signals and tells pages. Whether the run is over is asked after the
 * same actions in every run, so that what is unpaced repeats.
 */
function takeTurn(clock: VirtualClock, untilMs: () => number, isOver: () => boolean): boolean {
  const endMs = performance.now() + TURN_MS_MAX;
  while (!isOver() && performance.now() < endMs) {
    const bounds = { untilMs: untilMs(), actionsMax: ACTIONS_PER_LOOK };
    if (clock.run(bounds) < ACTIONS_PER_LOOK) return true;
  }
  return false;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
