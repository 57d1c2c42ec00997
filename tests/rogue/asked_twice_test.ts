/** What was asked twice may be done twice, and answered twice: nothing else is asked before that. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { RogueBench } from "./rogue_bench.ts";

Deno.test("asked twice: an erase, with all answers in, before the next request goes out", () => {
  // Slower than the datasheet allows, without 0x78, and with a queue for what comes meanwhile.
  const bench = new RogueBench({
    rogue: { eraseMs: 1400, pending: [QUIET], queuesRequests: true },
  });
  const run = bench.update();
  deepStrictEqual([run.outcomes, bench.holdsImage()], [["done"], true]);
  const { requests } = bench.node.log;
  const steps = requests.filter(({ isStep }) => isStep);
  let twice = 0;
  for (const [i, step] of steps.entries()) {
    const next = steps[i + 1];
    if (next === undefined || step.text !== next.text || step.data[0] !== 0x31) continue;
    twice++;
    const after = steps[i + 2];
    const answeredMs = next.answers[0]?.atMs ?? Infinity;
    ok(after !== undefined && after.beganAtMs >= answeredMs, `${step.text} was not over`);
  }
  ok(twice > 0);
});

const QUIET = { on: "31 01 FF 00", firstMs: Infinity, answerMs: 1400 };
