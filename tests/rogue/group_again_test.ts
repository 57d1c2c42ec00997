/** Groups in which something fails on one node: what is done again there, and what is believed. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { judgeDone } from "./judgement.ts";
import { RogueBench, type RogueBenchOptions, type RogueRun } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

const CHECK = "31 01 02 02";
const DIFFERENT = "71 01 02 02 01";
const EQUAL = "71 01 02 02 00";
const KEY = { newGroupKey: () => Uint8Array.of(1, 2, 3, 4) };

function benchOf(bad: RogueOptions, more: Partial<RogueBenchOptions> = {}): RogueBench {
  const rogue = [{ takesGroup: true, ...bad }, { takesGroup: true }, { takesGroup: true }];
  return new RogueBench({ rogue, profile: "group: {}", ...more });
}

/** How often each sector of the image was erased. */
function erasesOf({ nodes }: RogueBench, node = 0): readonly number[] {
  return nodes[node]!.flash.sectors.map(({ erasedAtMs }) => erasedAtMs.length)
    .filter((count) => count > 0);
}

/** Steps of the first node in order, each once however often it came in a row. */
function steps({ node }: RogueBench): readonly string[] {
  const names = [["31 01 FF 00", "erase"], ["31 01 47 52", "open"], [CHECK, "check"]] as const;
  const all = node.log.requests.flatMap(({ text }) =>
    names.filter(([begin]) => text.startsWith(begin)).map(([, name]) => name)
  );
  return all.filter((step, i) => step !== all[i - 1]);
}

Deno.test("group: where the whole is wrong, the wrong segment alone is erased and written again", () => {
  // First it is asked for what it holds, then for the whole, then segment by segment.
  const reply = [
    { on: CHECK, nth: 2, data: DIFFERENT },
    { on: CHECK, nth: 4, data: DIFFERENT },
  ];
  const bench = benchOf({ reply });
  const run = bench.update(KEY);
  judgeDone(bench, run);
  deepStrictEqual(erasesOf(bench), [1, 2, 1]);
  deepStrictEqual(erasesOf(bench, 1), [1, 1, 1]);
  strictEqual(run.retries("segment").length, 1);
  strictEqual(bench.node.log.count("34"), 1, "that segment alone is sent to it by itself");
  const verified = run.events.flatMap((event) =>
    event.type === "segmentPhase" && event.node === "node-0" && event.phase === "verified"
      ? [event.segment]
      : []
  );
  deepStrictEqual(verified, [0, 2, 1]);
});

Deno.test("group: a node that is silent to its erase is not taken into the group", () => {
  const bench = benchOf({ ignore: [{ on: "31 01 FF 00", nth: 1, times: 3 }] });
  const run = bench.update(KEY);
  judgeDone(bench, run);
  const opened = bench.node.log.of("31 01 47 52")[0]?.atMs ?? Infinity;
  const erased = bench.node.log.of("31 01 FF 00").flatMap(({ answers }) => answers)
    .find(({ text }) => text.startsWith("71"));
  ok(erased !== undefined && erased.atMs < opened, "nobody knows whether it has erased anything");
});

/** Takes the bus away while the group is in the middle of its data, and gives it back. */
function interrupted(bench: RogueBench): RogueRun {
  const run = bench.start(KEY);
  let ms = 0;
  while (!run.events.some((event) => event.type === "segmentPhase" && event.phase === "writing")) {
    run.runTo(ms += 10);
  }
  run.runTo(ms + 1_000);
  ok(!bench.holdsImage(), "the group is through already");
  run.port.down();
  bench.wait(12_000);
  run.port.mend();
  run.finish();
  return run;
}

Deno.test("group: what this run has erased is believed by no checksum once the bus is back", () => {
  // Half-erased cells may read right for a moment.
  const reply = [{ on: CHECK, nth: 2, data: EQUAL }];
  const bench = benchOf({ reply }, { imageBytes: 200 * 1024 });
  const run = interrupted(bench);
  judgeDone(bench, run);
});

Deno.test("group: all of them are erased and sent everything once more as their bus is back", () => {
  const bench = benchOf({}, { imageBytes: 200 * 1024 });
  const run = interrupted(bench);
  judgeDone(bench, run);
  deepStrictEqual(steps(bench), ["check", "erase", "open", "erase", "open", "check"]);
  strictEqual(bench.node.log.count("34"), 0, "they lost it together, and go on together");
});

Deno.test("group: the vector table is erased before all other runs, where that is what is valid", () => {
  const bench = benchOf({}, { profile: "group: {}, erase: { first: vectors }" });
  judgeDone(bench, bench.update(KEY));
  deepStrictEqual(erasesOf(bench), [1, 1, 1]);
  strictEqual(bench.node.log.count("34"), 0);
});
