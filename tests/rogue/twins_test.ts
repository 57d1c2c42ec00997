/** Two nodes on one pair of identifiers are never flashed. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { judgeDone, judgeUntouched } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

/** Both of them as they were, and the run said so. */
function judgeRefused(
  rogue: RogueOptions,
  twin: RogueOptions,
  shown: readonly RegExp[],
  node = "",
): void {
  for (const needsNoKey of [true, false]) {
    const bench = new RogueBench({
      rogue: { ...rogue, needsNoKey },
      twin: { ...twin, needsNoKey },
      node,
      ...(needsNoKey ? { security: "none" } : {}),
    });
    const run = bench.update();
    judgeUntouched(bench);
    deepStrictEqual(run.outcomes, ["refused"], run.node.error?.message);
    for (const answer of shown) match(run.node.error!.message, answer);
  }
}

// CanEduDev/rover#212, Klipper3d/klipper#3902: a copied configuration, a spare part.
for (const laterMs of [4, 30]) {
  Deno.test(`twins: other hardware that answers ${laterMs} ms later is seen, and both are shown`, () => {
    const [first, later] = [{ hardware: "HW-A" }, { hardware: "HW-B", answerDelayMs: 1 + laterMs }];
    judgeRefused(first, later, [/HW-A/, /HW-B/]);
    judgeRefused(first, later, [/HW-A/, /HW-B/], "hardware: HW-A");
    judgeRefused(later, first, [/HW-A/, /HW-B/], "hardware: HW-A");
  });

  Deno.test(`twins: two versions of one hardware, ${laterMs} ms apart, are seen`, () => {
    const reply = [{ on: "22 F1 89", data: "62 F1 89 30 2E 39 2E 30" }];
    // Of a second answer in several frames, the first frame is all that there is to show.
    judgeRefused({}, { answerDelayMs: 1 + laterMs, reply }, [/1\.0\.0/, /0\.9/]);
  });

  Deno.test(`twins: two serial numbers of one hardware, ${laterMs} ms apart, are seen`, () => {
    const [first, later] = [{ serial: "S-1" }, { serial: "S-2", answerDelayMs: 1 + laterMs }];
    judgeRefused(first, later, [/S-1/, /S-2/]);
  });
}

Deno.test("twins: answers that start together collide, and neither node is erased", () => {
  for (const hardware of ["HW-B", "HW-LONGER-B"]) {
    const bench = new RogueBench({ rogue: { hardware: "HW-A" }, twin: { hardware } });
    const run = bench.update();
    judgeUntouched(bench);
    ok(["refused", "failed"].includes(run.node.phase), run.node.phase);
  }
});

Deno.test("twins: the message reads error frames at the moment of an answer as a sign of a pair", () => {
  for (const hardware of ["HW-B", "HW-LONGER-B"]) {
    const run = new RogueBench({ rogue: { hardware: "HW-A" }, twin: { hardware } }).update();
    match(run.node.error!.message, /(two|second|another|other) nodes?|same identifiers|twin/i);
  }
});

Deno.test("twins: an answer that cannot belong to the request, before the first erase, refuses", () => {
  const strays = [
    { on: "22 F1 89", nth: 1, data: "62 F1 91 48 57 2D 42" },
    { on: "27 01", nth: 1, data: "62 F1 91 48 57 2D 42" },
    { on: "31 01 02 02", nth: 1, data: "62 F1 89 39 2E 39 2E 39" },
  ];
  for (const stray of strays) {
    const bench = new RogueBench({ rogue: { stray: [stray] } });
    const run = bench.update();
    judgeUntouched(bench);
    deepStrictEqual(run.outcomes, ["refused"], `${stray.on}: ${run.node.error?.message}`);
  }
});

Deno.test("twins: one node that answers late, or is asked twice, is no pair", () => {
  for (const answerMs of [45, 60, 120]) {
    const pending = [{ on: "22 F1 91", nth: 1, firstMs: Infinity, answerMs }];
    for (const queuesRequests of [false, true]) {
      const bench = new RogueBench({ rogue: { pending, queuesRequests } });
      const run = bench.update();
      deepStrictEqual(run.outcomes, ["done"], `${answerMs} ms: ${run.node.error?.message}`);
    }
  }
  const lost = new RogueBench({ rogue: { lose: [{ on: "22 F1 91", nth: 1 }] } });
  judgeDone(lost, lost.update());
});

Deno.test("twins: listening for a second answer costs a bus one P2, not one for each node", () => {
  const bench = new RogueBench({ rogue: Array.from({ length: 8 }, () => ({})) });
  judgeDone(bench, bench.update());
  const entered = bench.nodes.map(({ log }) => log.of("10 02")[0]!.beganAtMs);
  ok(Math.max(...entered) < 300, `entered at ${entered.join()} ms`);
});

Deno.test("twins: a node beside a pair is updated, and the pair costs the bus one P2", () => {
  const bench = new RogueBench({
    rogue: [{}, {}, {}],
    twin: { hardware: "HW-B", answerDelayMs: 5 },
  });
  const run = bench.update();
  deepStrictEqual(run.outcomes, ["refused", "done", "done"]);
  ok(bench.holdsImage(bench.nodes[1]) && bench.holdsImage(bench.nodes[2]));
  strictEqual(bench.node.flash.unitsProgrammed, 0);
  strictEqual(bench.twin!.flash.unitsProgrammed, 0);
});
