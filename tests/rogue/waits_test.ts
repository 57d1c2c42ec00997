/** Bootloaders that are busy for a while, or need longer, or shorter, waits for one request. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone, judgeUntouched } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const SHORT = { maxNumberOfBlockLength: 1026 };
const LOST = [{ on: "31 01 FF 00", nth: 1 }, { on: "36", nth: 3 }, { on: "31 01 FF 01", nth: 1 }];
const BUSY: BentNode = {
  rogue: { ...SHORT, busy: [{ on: "31 01 FF 00", forMs: 8_000 }] },
  profile: rowProfile("busy-for-seconds"),
  isPolled: true,
};
/** An erase of it is refused as busy for longer than any request may take. */
const BUSY_ERASE: BentNode = {
  rogue: { ...SHORT, busy: [{ on: "31 01 FF 00", forMs: 40_000 }] },
  profile: rowProfile("busy-erase"),
  isPolled: true,
};
/** It looks at its image in silence before it answers FF01. */
const SILENT: BentNode = {
  rogue: { ...SHORT, pending: [{ on: "31 01 FF 01", firstMs: Infinity, answerMs: 900 }] },
  profile: rowProfile("silent-step"),
};

for (
  const [what, node] of Object.entries({
    "0x21 for 8 s": BUSY,
    "0x21 to an erase for 40 s": BUSY_ERASE,
    "silence before one answer": SILENT,
  })
) {
  Deno.test(`waits: ${what}: lost answers, power cuts, resume`, () => judgeBent(node, LOST));
}

Deno.test("waits: 0x21 for longer than is stated ends it, with nothing touched", () => {
  const bench = new RogueBench({
    ...BUSY,
    rogue: { ...SHORT, busy: [{ on: "31 01 FF 00", forMs: 1e9 }] },
    profile: "timing: { busyMsMax: 3000, nodeAttemptsMax: 1, segmentAttemptsMax: 1 }",
  });
  const run = bench.update();
  strictEqual(run.node.error?.code, "UDS_NEGATIVE_RESPONSE");
  const asked = bench.node.log.of("31 01 FF 00");
  const [first, last] = [asked[0]!, asked.at(-1)!];
  ok(last.beganAtMs - first.beganAtMs <= 3000, `${last.beganAtMs - first.beganAtMs}`);
  ok(last.beganAtMs - first.beganAtMs > 2800, `${last.beganAtMs - first.beganAtMs}`);
  judgeUntouched(bench);
});

Deno.test("waits: a shorter P2* of one step notices soon that its answer is lost", () => {
  const lost = {
    ...SHORT,
    pending: [{ on: "31 01 FF 01", firstMs: 10, answerMs: 60 }],
    lose: [{ on: "31 01 FF 01", nth: 1 }],
  };
  const durationOf = (profile: string): number => {
    const bench = new RogueBench({ rogue: lost, profile });
    const run = bench.update();
    judgeDone(bench, run);
    return run.node.endedAtMs! - run.startedAtMs;
  };
  const usualMs = durationOf("");
  const shortMs = durationOf('finish: [{ request: "31 01 FF 01", p2StarMs: 200 }, "11 01"]');
  ok(usualMs - shortMs > 4000, `${usualMs} and ${shortMs}`);
});

Deno.test("waits: a stated P2 is not the node's own, and the other requests keep theirs", () => {
  const bench = new RogueBench({ ...SILENT, profile: SILENT.profile!.replace("1000", "300") });
  const run = bench.update();
  const asked = bench.node.log.of("31 01 FF 01").map(({ beganAtMs }) => beganAtMs);
  ok(Math.abs(asked[1]! - asked[0]! - 300) < 5, asked.join());
  deepStrictEqual(run.retries("segment"), []);
});
