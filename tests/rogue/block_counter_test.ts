/** Bootloaders that count blocks in their own way, or not at all; answers that repeat nothing. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";
import { rowTest } from "../support/dear.ts";

/** Blocks of 64 bytes: 256 of them in a segment, so that each counter comes round. */
const SHORT = { maxNumberOfBlockLength: 66 };
const LOST = [
  { on: "36", nth: 1 },
  { on: "36", nth: 255 },
  { on: "36", nth: 300 },
  { on: "37", nth: 1 },
  { on: "34", nth: 2 },
];

function counted(counter: string): string {
  return `download: { block: { request: "36 {counter:1} {data}", counter: ${counter} } }`;
}

const NODES: Readonly<Record<string, BentNode>> = {
  "from 00": {
    rogue: { ...SHORT, blockCounter: { first: 0 } },
    profile: rowProfile("counter-from-00"),
  },
  "01 behind FF": {
    rogue: { ...SHORT, blockCounter: { behindFf: 1 } },
    profile: rowProfile("counter-wraps-to-01"),
  },
  "going on over the downloads of a session": {
    rogue: { ...SHORT, blockCounter: { goesOnInSession: true }, repeatedBlock: "wrongCounter" },
    profile: rowProfile("counter-goes-on"),
  },
  "going on, and forgotten with the download at a repeated block": {
    rogue: {
      ...SHORT,
      blockCounter: { goesOnInSession: true, first: 0, behindFf: 1 },
      repeatedBlock: "sequenceErrorAndClose",
    },
    profile: counted("{ first: 0, wrapsTo: 1, goesOn: true }"),
  },
  "none": {
    rogue: { ...SHORT, blockCounter: "none" },
    profile: rowProfile("counter-none"),
  },
  "not repeated by 76": {
    rogue: { ...SHORT, answersBarely: true },
    profile: rowProfile("answers-barely"),
  },
};

for (const [row, [what, node]] of Object.entries(NODES).entries()) {
  rowTest(row, `block counter: ${what}: lost answers, power cuts, resume`, () => {
    judgeBent(node, LOST);
  });
}

for (const what of ["none", "not repeated by 76"]) {
  Deno.test(`block counter: ${what}: no block is sent twice, the segment begins again`, () => {
    const node = NODES[what]!;
    const lose = [{ on: "36", nth: 20 }];
    const bench = new RogueBench({ ...node, rogue: { ...node.rogue, lose } });
    const run = bench.update();
    judgeDone(bench, run);
    strictEqual(run.retries("segment").length, 1);
    const { log } = bench.node;
    const sent = log.of("36").slice(18, 22).map(({ data }) => data.subarray(-64).join());
    ok(sent[1] !== sent[2], log.toString());
  });
}

Deno.test("block counter: none: a late answer is waited for, and nothing is sent twice", () => {
  const node = NODES.none!;
  const pending = [{ on: "36", nth: 20, firstMs: Infinity, answerMs: 700 }];
  const bench = new RogueBench({ ...node, rogue: { ...node.rogue, pending } });
  const run = bench.update();
  judgeDone(bench, run);
  deepStrictEqual(run.retries(), []);
});

Deno.test("block counter: a profile that counts otherwise than the node ends with its words", () => {
  const bench = new RogueBench({ rogue: { blockCounter: { first: 0 } } });
  const run = bench.update();
  strictEqual(run.node.error?.code, "UDS_TRANSFER_RESTART");
  ok(/0x73/.test(run.node.error!.message), run.node.error!.message);
});
