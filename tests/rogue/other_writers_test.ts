/** Bootloaders that are not written by 34, 36 and 37. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { dearTest } from "../support/dear.ts";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const BY_ADDRESS: BentNode = {
  rogue: { writesBy: "3D" },
  profile: rowProfile("written-by-address"),
};
const BY_IDENTIFIER: BentNode = {
  rogue: { writesBy: "2E" },
  profile: rowProfile("written-by-identifier"),
};
const FILE: BentNode = {
  rogue: { takesFile: "app.bin", erasesWhole: true, maxNumberOfBlockLength: 1026 },
  restMs: 10_000,
  profile: rowProfile("file-transfer"),
};
const ERASE = { on: "31 01 FF 00", nth: 1 };

Deno.test("other writers: 3D: lost answers, power cuts, resume", () => {
  judgeBent(BY_ADDRESS, [ERASE, { on: "3D", nth: 1 }, { on: "3D", nth: 7 }]);
});

dearTest("other writers: 2E: lost answers, power cuts, resume", () => {
  judgeBent(BY_IDENTIFIER, [ERASE, { on: "2E FD 01", nth: 1 }, { on: "2E FD 01", nth: 7 }]);
});

dearTest("other writers: 38: lost answers, power cuts, resume", () => {
  judgeBent(FILE, [ERASE, { on: "38", nth: 1 }, { on: "36", nth: 3 }, { on: "37", nth: 1 }]);
});

Deno.test("other writers: a 3D whose answer is lost is sent again as it was, and no segment is", () => {
  const bench = new RogueBench({
    ...BY_ADDRESS,
    rogue: { ...BY_ADDRESS.rogue, lose: [{ on: "3D", nth: 7 }] },
  });
  const run = bench.update();
  judgeDone(bench, run);
  deepStrictEqual(run.retries("segment"), []);
  const sent = bench.node.log.of("3D").map(({ text }) => text);
  strictEqual(sent.length, new Set(sent).size + 1);
});

Deno.test("other writers: a 2E whose answer is lost has its segment written again, and is not repeated", () => {
  const bench = new RogueBench({
    ...BY_IDENTIFIER,
    rogue: { ...BY_IDENTIFIER.rogue, lose: [{ on: "2E FD 01", nth: 7 }] },
  });
  const run = bench.update();
  judgeDone(bench, run);
  strictEqual(run.retries("segment").length, 1);
  const blocks = bench.node.log.of("2E FD 01");
  ok(blocks.every(({ text }, i) => text !== blocks[i - 1]?.text));
});

Deno.test("other writers: nothing begins or ends what 3D and 2E write", () => {
  for (const node of [BY_ADDRESS, BY_IDENTIFIER]) {
    const bench = new RogueBench(node);
    judgeDone(bench, bench.update());
    deepStrictEqual(["34", "36", "37"].map((service) => bench.node.log.count(service)), [0, 0, 0]);
  }
});
