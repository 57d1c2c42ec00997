/** The segment of vectors, erased before all others, is erased again once data was sent to it. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { judgeDone } from "./judgement.ts";
import { RogueBench, type RogueRun } from "./rogue_bench.ts";

const PROFILE = "erase: { first: vectors }";

/** Erases and downloads in order, each once however often it was asked: `"erase 0x8008000"`. */
function work({ node }: RogueBench): readonly string[] {
  const steps = node.log.requests.flatMap(({ data }) => {
    const view = new DataView(data.buffer, data.byteOffset);
    if (data[0] === 0x34) return [`write 0x${view.getUint32(3).toString(16)}`];
    return data[0] === 0x31 && data[2] === 0xFF && data[3] === 0
      ? [`erase 0x${view.getUint32(5).toString(16)}`]
      : [];
  });
  return steps.filter((step, i) => step !== steps[i - 1]);
}

const OTHERS = ["erase 0x800c000", "write 0x800c000", "erase 0x8010000", "write 0x8010000"];
const TABLE_AGAIN = ["erase 0x8008000", "write 0x8008000"];

Deno.test("vectors first: erased before the others, written behind them, with one erase", () => {
  const bench = new RogueBench({ profile: PROFILE });
  judgeDone(bench, bench.update());
  deepStrictEqual(work(bench), ["erase 0x8008000", ...OTHERS, "write 0x8008000"]);
});

Deno.test("vectors first: where the write of the table fails, it is erased again before the next", () => {
  const refuse = [{ on: "36 02", nth: 3, nrc: 0x72 }];
  const bench = new RogueBench({ rogue: { refuse }, profile: PROFILE });
  const run = bench.update();
  judgeDone(bench, run);
  strictEqual(run.retries("segment").length, 1);
  deepStrictEqual(work(bench), [
    "erase 0x8008000",
    ...OTHERS,
    "write 0x8008000",
    ...TABLE_AGAIN,
  ]);
});

Deno.test("vectors first: a host killed with the table blank erases it once more, and trusts nothing", () => {
  const bench = new RogueBench({ profile: PROFILE });
  const run: RogueRun = bench.start();
  while (!run.events.some((event) => event.type === "segmentProgress")) {
    run.runTo(nextMs(bench, run));
  }
  run.kill();
  strictEqual(bench.node.life.isValid(), false, "it has no table to start from");
  bench.wait(12_000);
  judgeDone(bench, bench.update());
});

function nextMs({ clock }: RogueBench, { startedAtMs }: RogueRun): number {
  return clock.nextDueMs - startedAtMs;
}
