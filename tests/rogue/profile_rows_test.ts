/** Rows of docs/reference/profile.md that have no file of their own, and what each row must hold. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { parse } from "yaml";
import { readProfileFile } from "../../src/fleet/mod.ts";
import { PROFILE_CASES, PROFILE_ROWS, rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeFirstTry } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";
import { rowTest } from "../support/dear.ts";

/** As many lines are allowed to say a row. */
const LINES_MAX = 20;
const SHORT = { maxNumberOfBlockLength: 1026 };

const NODES: Readonly<Record<string, BentNode>> = {
  "one erase without a range": {
    rogue: { ...SHORT, erasesWhole: true },
    restMs: 10_000,
    profile: rowProfile("erase-whole"),
  },
  "blocks with address and length": {
    rogue: { ...SHORT, blocksCarryRange: true },
    profile: rowProfile("blocks-carry-range"),
  },
  "a checksum of its own": {
    rogue: { ...SHORT, reportsChecksumBytes: 4 },
    profile: rowProfile("checksum-reported"),
  },
  "nothing told by 22": {
    rogue: { ...SHORT, ignore: [{ on: "22" }] },
    profile: rowProfile("silent-to-22"),
  },
  "a boot window in which a question holds it": {
    rogue: { ...SHORT, bootWindowMs: 500, bootWindowHolds: true },
    profile: rowProfile("boot-window"),
  },
  "a step that takes 40 s": {
    restMs: 41_000,
    rogue: {
      ...SHORT,
      pending: [{ on: "31 01 FF 01", firstMs: 20, everyMs: 900, answerMs: 40_000 }],
    },
    profile: rowProfile("step-of-its-own-time"),
  },
  "no ear for functional requests": {
    rogue: { ...SHORT, s3RefreshedBy: "physicalSessionServices" },
    profile: rowProfile("no-functional-steps"),
  },
  "a subnet of its own": {
    rogue: SHORT,
    profile: rowProfile("functional-of-a-subnet"),
  },
};

for (const [row, [what, node]] of Object.entries(NODES).entries()) {
  rowTest(row % 4, `profile rows: a node with ${what}: lost answers, power cuts, resume`, () => {
    judgeBent(node, [
      { on: "31 01 FF 00", nth: 1 },
      { on: "34", nth: 1 },
      { on: "36", nth: 3 },
      { on: "37", nth: 1 },
    ]);
  });
}

Deno.test("profile rows: one erase without a range is asked once, and erases all there is", () => {
  const bench = new RogueBench(NODES["one erase without a range"]!);
  judgeFirstTry(bench, bench.update());
  deepStrictEqual(bench.node.log.of("31 01 FF 00").map(({ text }) => text), ["31 01 FF 00"]);
  ok(bench.node.flash.sectors.filter(({ erasedAtMs }) => erasedAtMs.length === 1).length > 3);
});

Deno.test("profile rows: functional steps go out as they are written", () => {
  const bench = new RogueBench(NODES["a subnet of its own"]!);
  judgeFirstTry(bench, bench.update());
  const sent = bench.node.log.requests.filter(({ isFunctional, data }) =>
    isFunctional && data[0] !== 0x3E
  ).map(({ text }) => text);
  deepStrictEqual(sent, [
    ...["10 83", "85 82 FF FF 33", "28 84 01 00 0A"],
    ...["28 85 01 00 0A", "85 81 FF FF 33", "10 81"],
  ]);
});

Deno.test("profile rows: each has an id of its own, few lines, and a test that loads them", () => {
  strictEqual(new Set(PROFILE_CASES.map(({ id }) => id)).size, PROFILE_CASES.length);
  for (const { id, profile, test } of PROFILE_CASES) {
    ok(profile.trimEnd().split("\n").length <= LINES_MAX, `${id} has more than ${LINES_MAX} lines`);
    const source = Deno.readTextFileSync(new URL(`../../${test}`, import.meta.url));
    ok(source.includes(`rowProfile("${id}")`), `${test} does not load the lines of ${id}`);
  }
  for (const { row, cases = [], limits = [] } of PROFILE_ROWS) {
    ok(cases.length + limits.length > 0, row);
  }
});

for (const { id, profile } of PROFILE_CASES) {
  Deno.test(`profile rows: the lines of ${id} are a profile as they stand`, () => {
    const read = (): { expected: string } => ({ expected: "no file" });
    readProfileFile({ name: `${id}.yaml`, text: profile }, read);
    ok(!Object.hasOwn(parse(profile), "extends"), "rows extend iso14229, the default");
  });
}
