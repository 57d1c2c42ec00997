/** Bootloaders whose 37 carries a checksum, and whose 74, 76 or 77 answer values to be compared. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

/** All bytes, as a sum of 16 bits, most significant byte first. */
function sum16(data: Uint8Array): readonly number[] {
  const sum = data.reduce((total, byte) => total + byte, 0);
  return [sum >> 8 & 0xFF, sum & 0xFF];
}

const SHORT = { maxNumberOfBlockLength: 1026 };
const CARRIED: BentNode = {
  rogue: { ...SHORT, exitCarries: "checksum" },
  profile: 'download: { exit: "37 {checksum:4}" }',
};
const CARRIED_ALONE: BentNode = {
  rogue: { ...SHORT, exitCarries: "checksum", exitSum: sum16 },
  profile: rowProfile("exit-carries-checksum"),
};
const ANSWERED: BentNode = {
  rogue: { ...SHORT, exitAnswersSum: true },
  profile: rowProfile("exit-answers-checksum"),
};
const ANSWERED_ALONE: BentNode = {
  rogue: { ...SHORT, exitAnswersSum: true, exitSum: sum16 },
  profile: `check: none,
    download: { exit: { request: "37", answer: "77 {checksum:2}", algorithm: sum16 } }`,
};
const RANGE_CARRIED: BentNode = {
  rogue: { ...SHORT, exitCarries: "addressAndSize" },
  profile: rowProfile("exit-carries-range"),
};
const ADDRESS_ANSWERED: BentNode = {
  rogue: { ...SHORT, answersRepeatAddress: true },
  profile: rowProfile("answers-repeat-address"),
};
const SUM_ANSWERED: BentNode = {
  rogue: { ...SHORT, blockAnswerSum: sum16 },
  profile: rowProfile("block-answers-sum"),
};

const NODES: Readonly<Record<string, BentNode>> = {
  "37 carries the check's checksum": CARRIED,
  "37 carries another one, and nothing else checks": CARRIED_ALONE,
  "77 answers the checksum": ANSWERED,
  "77 answers the checksum, and nothing else checks": ANSWERED_ALONE,
  "37 carries address and size": RANGE_CARRIED,
  "74 and 76 answer the address": ADDRESS_ANSWERED,
  "76 answers a sum of the block": SUM_ANSWERED,
};
const LOST = [
  { on: "34", nth: 1 },
  { on: "36", nth: 3 },
  { on: "37", nth: 1 },
  { on: "37", nth: 3 },
];

for (const [what, node] of Object.entries(NODES)) {
  Deno.test(`exit checksum: ${what}: lost answers, power cuts, resume`, () => {
    judgeBent(node, LOST);
  });
}

/** A bench whose node gives one false answer. */
function falseOnce({ rogue, ...rest }: BentNode, on: string, data: string): RogueBench {
  return new RogueBench({ ...rest, rogue: { ...rogue, reply: [{ on, nth: 2, data }] } });
}

const FALSE: readonly (readonly [BentNode, string, string, RegExp])[] = [
  [ANSWERED, "37", "77 12 34 56 78", /"37".*\{checksum\} 0x12345678 where 0x.*download\.exit\.ans/],
  [ANSWERED_ALONE, "37", "77 12 34", /\{checksum\} 0x1234 where 0x/],
  [ADDRESS_ANSWERED, "34", "74 20 04 02 08 00 00 00", /\{address\} 0x08000000.*download\.answer/],
  [
    ADDRESS_ANSWERED,
    "36",
    "76 02 08 00 80 00",
    /\{address\} .*0x08008400.*download\.block\.answer/,
  ],
  [SUM_ANSWERED, "36", "76 02 00 00", /\{checksum\} 0x0000 where/],
];

for (const [node, on, data, told] of FALSE) {
  Deno.test(`exit checksum: ${data} once: the segment is tried again, and it is told why`, () => {
    const bench = falseOnce(node, on, data);
    const run = bench.update();
    judgeDone(bench, run);
    const [retry, ...more] = run.retries("segment");
    deepStrictEqual(more, []);
    ok(retry !== undefined && told.test(retry), retry);
  });
}

Deno.test("exit checksum: 77 always answers another one: the node fails with the key's name", () => {
  const bench = new RogueBench({ ...ANSWERED, rogue: { ...ANSWERED.rogue, exitSum: sum16 } });
  const run = bench.update();
  strictEqual(run.node.error?.code, "ROUTINE_STATUS");
  ok(/download\.exit\.answer/.test(run.node.error!.message), run.node.error!.message);
  const reply = [{ on: "37", data: "77 00 00 00 00" }];
  const other = new RogueBench({ ...ANSWERED, rogue: { ...ANSWERED.rogue, reply } }).update();
  strictEqual(other.node.error?.code, "ANSWER_MISMATCH");
  ok(other.retries("segment").length > 0);
});

Deno.test("exit checksum: a download that others left open is closed by a 37 of right length", () => {
  const bench = new RogueBench({
    ...CARRIED,
    rogue: { ...CARRIED.rogue, closesIncomplete: true, repeatedBlock: "sequenceError" },
  });
  const first = bench.start();
  while (bench.node.log.count("36") < 3) first.runTo(bench.clock.now() - first.startedAtMs + 5);
  first.kill();
  bench.wait(100);
  const run = bench.update();
  judgeDone(bench, run);
  ok(bench.node.log.of("37").every(({ data }) => data.length === 5));
});

Deno.test("exit checksum: a node that sums up in silence before 77 gets the time for it", () => {
  const pending = [{ on: "37", firstMs: Infinity, answerMs: 100 }];
  const run = new RogueBench({ ...CARRIED, rogue: { ...CARRIED.rogue, pending } }).update();
  deepStrictEqual([run.outcomes[0]?.split(":")[0], run.retries()], ["done", []]);
});
