/** Bootloaders that lose what comes too soon: frames, requests, and requests behind a reset. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { dearTest } from "../support/dear.ts";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent, judgeUndisturbed } from "./bent_node.ts";
import { RogueBench } from "./rogue_bench.ts";

const LOST = [
  { on: "31 01 FF 00", nth: 1 },
  { on: "36", nth: 3 },
  { on: "37", nth: 1 },
];
/** Its controller holds three frames, and its core takes 0.6 ms for each: a frame takes 0.25 ms. */
const SLOW_CORE: BentNode = {
  rogue: { maxNumberOfBlockLength: 514, frameTakenMs: 0.6 },
  profile: rowProfile("frame-gap"),
};
const SLOW_LOOP: BentNode = {
  rogue: { maxNumberOfBlockLength: 1026, deafBehindAnswerMs: 12 },
  profile: rowProfile("request-gap"),
};
/** A reset on the way in has it hear nothing for a while. */
const RESET_FIRST: BentNode = {
  rogue: { maxNumberOfBlockLength: 1026, bootMs: 400 },
  profile: rowProfile("reset-on-the-way-in"),
};

/** A gateway has buffers for 130 bytes, and passes a frame on in 2 ms; it says nothing of either. */
const BEHIND_GATEWAY: BentNode = {
  rogue: { gateway: { messageBytesMax: 130, gapMsMin: 2 } },
  profile: rowProfile("behind-gateway"),
};

dearTest("gaps: behind a gateway with little room: lost answers, power cuts, resume", () => {
  judgeBent(BEHIND_GATEWAY, LOST);
});

dearTest(
  "gaps: behind the same gateway, a node that is talked to as if it stood alone is not written",
  () => {
    const bench = new RogueBench({ ...BEHIND_GATEWAY, profile: "" });
    ok(bench.update().outcomes.join() !== "done");
    ok(bench.node.flash.violations.length === 0);
  },
);

Deno.test("gaps: least gap between frames: lost answers, power cuts, resume", () => {
  judgeBent(SLOW_CORE, LOST);
});

Deno.test("gaps: at STmin 0 the same node's controller overflows, and blocks break off", () => {
  const bench = new RogueBench({ ...SLOW_CORE, profile: "" });
  const run = bench.update();
  ok(bench.node.link.counts.fifoLost > 0);
  ok(run.retries().length > 0, run.outcomes.join());
  const good = new RogueBench(SLOW_CORE);
  good.update();
  strictEqual(good.node.link.counts.fifoLost, 0);
});

Deno.test("gaps: least time between requests: lost answers, power cuts, resume", () => {
  judgeBent(SLOW_LOOP, LOST);
});

Deno.test("gaps: no request comes sooner behind an answer than is stated", () => {
  const bench = new RogueBench(SLOW_LOOP);
  bench.update();
  const own = bench.node.log.requests.filter(({ isFunctional }) => !isFunctional);
  const soon = own.filter(({ beganAtMs }, i) =>
    beganAtMs - (own[i - 1]?.answers.at(-1)?.atMs ?? -Infinity) < 15
  );
  deepStrictEqual(soon, []);
});

Deno.test("gaps: least time behind a reset on the way in", () => {
  judgeUndisturbed(RESET_FIRST);
  const bench = new RogueBench(RESET_FIRST);
  bench.update();
  const [reset] = bench.node.life.resetAtMs;
  const first = bench.node.log.of("10 02").find(({ beganAtMs }) => beganAtMs > reset!);
  ok(first!.beganAtMs - reset! >= 500);
});

Deno.test("gaps: a pause that the profile writes behind a reset takes the place of the quiet time", () => {
  const profile = RESET_FIRST.profile!.replace('"11 01",', '"11 01", { waitMs: 420 },');
  const bench = new RogueBench({ ...RESET_FIRST, profile });
  bench.update();
  const [reset] = bench.node.life.resetAtMs;
  const first = bench.node.log.of("10 02").find(({ beganAtMs }) => beganAtMs > reset!);
  ok(first!.beganAtMs - reset! < 450, `${first!.beganAtMs - reset!}`);
});
