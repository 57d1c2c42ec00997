/** Bootloaders that sum up something else than what was written. */
import { ok, strictEqual } from "node:assert/strict";
import { rowTest } from "../support/dear.ts";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const SHORT = { maxNumberOfBlockLength: 1026 };
const NODES: Readonly<Record<string, BentNode>> = {
  "whole sectors": {
    rogue: { ...SHORT, checksOver: "sectors" },
    profile: rowProfile("checksum-of-sectors"),
  },
  "the whole application": {
    rogue: { ...SHORT, erasesWhole: true, checksOver: "application" },
    restMs: 10_000,
    profile: rowProfile("checksum-of-application"),
  },
  "an image without its header": {
    rogue: { ...SHORT, checksOver: { skipBytes: 512, tailBytes: 4 } },
    profile: rowProfile("checksum-without-header"),
  },
};
const LOST = [
  { on: "31 01 02 02", nth: 1 },
  { on: "31 01 FF 00", nth: 1 },
  { on: "36", nth: 3 },
];

for (const [i, [what, node]] of Object.entries(NODES).entries()) {
  rowTest(i, `checked parts: ${what}: lost answers, power cuts, resume`, () => {
    judgeBent(node, LOST);
  });
}

Deno.test("checked parts: what a checksum leaves out is written whatever it says before", () => {
  const bench = new RogueBench(NODES["an image without its header"]!);
  judgeDone(bench, bench.update());
  const blocks = bench.node.log.count("36");
  // The same image again: nothing tells that its header is right.
  judgeDone(bench, bench.update());
  strictEqual(bench.node.log.count("36"), 2 * blocks);
});

Deno.test("checked parts: an image of less than is left out is refused before anything is sent", () => {
  const profile = NODES["an image without its header"]!.profile!.replace("512", "65536");
  const bench = new RogueBench({ profile });
  let told = "";
  try {
    bench.update();
  } catch (error) {
    told = String(error);
  }
  ok(/check\.over leaves nothing of 40960 bytes to sum up/.test(told), told);
  strictEqual(bench.node.log.requests.length, 0);
});
