import { ok, strictEqual } from "node:assert/strict";
import type { VirtualPort } from "../../src/sim/mod.ts";
import { eraseTimeMs, findDevice } from "../../src/stm32/mod.ts";
import { F407_LAYOUT, randomImage, runBench } from "../support/bench.ts";

const IMAGE = randomImage(F407_LAYOUT.application.start, 32 * 1024, 1);
/** When the first frame and its flow control are through, and the rest of the request is not. */
const DEAF_FROM_MS = 0.2;
const DEAF_MS = 5;

/** Lets the node miss the end of one segment's erase request; tells how soon it was asked again. */
function askedAgainAfterMs(segment: number): number {
  let deafen = (): void => {};
  let erasingMs = NaN;
  let againMs = NaN;
  const { events } = runBench({
    image: IMAGE,
    behaviours: [{}],
    prepare: (clock, [node]) => {
      const port = node!.options.port as VirtualPort;
      deafen = () => {
        clock.schedule(() => port.setDeaf(true), DEAF_FROM_MS);
        clock.schedule(() => port.setDeaf(false), DEAF_FROM_MS + DEAF_MS);
      };
    },
    onEvent: (event) => {
      const isErasing = event.type === "segmentPhase" && event.phase === "erasing" &&
        event.segment === segment;
      if (isErasing && Number.isNaN(erasingMs)) {
        erasingMs = event.atMs;
        deafen();
      } else if (event.type === "retry" && Number.isNaN(againMs)) againMs = event.atMs;
    },
  });
  strictEqual(events.filter(({ type }) => type === "nodeDone").length, 1);
  return againMs - erasingMs;
}

const LONGEST_MS = eraseTimeMs(findDevice("STM32F407VG"), [{ start: 0, end: 16 * 1024 }], "max");

for (const [segment, when] of [[0, "first"], [1, "next"]] as const) {
  Deno.test(`a node may erase its ${when} segment in silence as long as its flash may`, () => {
    // What it has shown before shortens nothing: it asked for patience in each erase so far.
    const afterMs = askedAgainAfterMs(segment);
    ok(afterMs > LONGEST_MS && afterMs < LONGEST_MS + 150, `${afterMs}`);
  });
}
