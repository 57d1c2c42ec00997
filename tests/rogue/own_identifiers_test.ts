/** Bootloaders that are reached by other identifiers than their applications. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { FleetFileError } from "../../src/fleet/mod.ts";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const ABOVE = 0x10;
const OWN: BentNode = {
  rogue: { maxNumberOfBlockLength: 1026, bootloaderIdsAbove: ABOVE },
  profile: rowProfile("bootloader-by-its-own-identifiers"),
  node: "bootloader: { request: 0x610, response: 0x690 }",
};
/** Requests, responses, and what goes to all. */
const NAMED = [0x600, 0x610, 0x680, 0x690, 0x7DF];

Deno.test("own identifiers: lost answers, power cuts, resume", () => {
  judgeBent(OWN, [
    { on: "10 02", nth: 1 },
    { on: "27 01", nth: 1 },
    { on: "31 01 FF 00", nth: 1 },
    { on: "36", nth: 3 },
    { on: "11 01", nth: 1 },
  ]);
});

Deno.test("own identifiers: nothing goes to others than the fleet file names", () => {
  const bench = new RogueBench(OWN);
  const seen = new Set<number>();
  bench.bus.onWire = ({ frame }) => void seen.add(frame.id);
  const run = bench.start();
  run.runTo(2_000);
  bench.node.powerCut();
  run.finish();
  judgeDone(bench, run);
  deepStrictEqual([...seen].filter((id) => !NAMED.includes(id)), []);
  ok(seen.has(0x610) && seen.has(0x600));
});

const MISTAKES: readonly (readonly [string, Partial<BentNode>, RegExp])[] = [
  [
    "a profile that talks to it, and a fleet that does not name it",
    { node: "" },
    /bootloader: missing, expected/,
  ],
  [
    "a fleet that names it, and a profile that does not say when",
    { profile: "" },
    /expected no bootloader: profile mine does not say when/,
  ],
  [
    "the identifiers of the application once more",
    { node: "bootloader: { request: 0x600, response: 0x690 }" },
    /nodes\[0\]\.bootloader\.request: expected an identifier of its own on bench, 0x600 is the request of node-0/,
  ],
];

for (const [what, change, told] of MISTAKES) {
  Deno.test(`own identifiers: ${what}: refused when the fleet is read`, () => {
    let error: unknown;
    try {
      new RogueBench({ ...OWN, ...change });
    } catch (thrown) {
      error = thrown;
    }
    ok(error instanceof FleetFileError);
    match(error.message, told);
    strictEqual(error.issues.length, 1, error.message);
  });
}
