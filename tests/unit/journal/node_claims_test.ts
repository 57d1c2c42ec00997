import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  agrees,
  claimsLeft,
  describeClaims,
  isSameNode,
  type NodeClaims,
  sharesClaim,
} from "../../../src/journal/mod.ts";

const PLACE = { adapter: "m1 usb 7E1", machine: "m1 can0 7E1", spot: "can0 7E1" };
const OTHER = { adapter: "m1 usb 7E2", machine: "m1 can0 7E2", spot: "can0 7E2" };
const SERIAL = { serial: "4711" };

/** Two nodes' claims; whether they are one node, share a claim, and differ in none; what is left. */
const TABLE: readonly (readonly [
  what: string,
  held: NodeClaims,
  node: NodeClaims,
  found: readonly [same: boolean, shares: boolean, agrees: boolean],
  left: NodeClaims | undefined,
])[] = [
  ["all is equal", { ...SERIAL, ...PLACE }, { ...SERIAL, ...PLACE }, [true, true, true], undefined],
  ["nothing is known of both", SERIAL, PLACE, [false, false, false], SERIAL],
  ["nothing is known of one", {}, PLACE, [false, false, false], undefined],
  ["one place", PLACE, { ...SERIAL, ...PLACE }, [true, true, true], undefined],
  ["another place", PLACE, { ...SERIAL, ...OTHER }, [false, false, false], PLACE],
  ["one serial number", SERIAL, { ...SERIAL, ...PLACE }, [true, true, true], undefined],
  [
    "one serial number at two places",
    { ...SERIAL, ...PLACE },
    { ...SERIAL, ...OTHER },
    [false, true, false],
    PLACE,
  ],
  [
    "two serial numbers at one place",
    { serial: "4712", ...PLACE },
    { ...SERIAL, ...PLACE },
    [false, true, false],
    { serial: "4712" },
  ],
  [
    "another adapter at one interface",
    PLACE,
    { ...PLACE, adapter: "m1 pci 7E1" },
    [false, true, false],
    { adapter: PLACE.adapter },
  ],
  [
    "one interface of two machines",
    { machine: PLACE.machine, spot: PLACE.spot },
    { machine: "m2 can0 7E1", spot: PLACE.spot },
    [false, true, false],
    { machine: PLACE.machine },
  ],
  ["one name", { name: "f door" }, { ...PLACE, name: "f door" }, [true, true, true], undefined],
  ["two names at one place", { ...PLACE, name: "f a" }, { ...PLACE, name: "f b" }, [
    true,
    true,
    false,
  ], undefined],
];

Deno.test("isSameNode(), sharesClaim(), agrees(), claimsLeft() judge what two are known by", () => {
  for (const [what, held, node, [same, shares, isAgreed], left] of TABLE) {
    strictEqual(isSameNode(held, node), same, what);
    strictEqual(sharesClaim(held, node), shares, what);
    strictEqual(agrees(held, node), isAgreed, what);
    deepStrictEqual(claimsLeft(held, node), left, what);
    // All but what is left is the same the other way round.
    strictEqual(isSameNode(node, held), same, what);
    strictEqual(sharesClaim(node, held), shares, what);
    strictEqual(agrees(node, held), isAgreed, what);
  }
});

Deno.test("describeClaims() says what a node is and where, as far as that is known", () => {
  strictEqual(describeClaims({ ...SERIAL, ...PLACE, name: "f door" }), "serial 4711 at can0 7E1");
  strictEqual(describeClaims({ name: "f door" }), "at f door");
  strictEqual(describeClaims(SERIAL), "serial 4711");
  strictEqual(describeClaims({}), "");
});
