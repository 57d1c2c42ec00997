/** Which node a run was about, where nodes at one place told several serial numbers, or none. */
import { deepStrictEqual } from "node:assert/strict";
import type { FleetEventBody } from "../../../src/fleet/mod.ts";
import {
  claimsIn,
  EMPTY_MEMORY,
  everyClaimIn,
  memoryAfter,
  type NodeClaims,
  type RecordedEvents,
} from "../../../src/journal/mod.ts";
import { at, SEGMENTS, started } from "../report/_support.ts";
import { nodeAt } from "./_support.ts";

const FLEET = "/bench/fleet.yaml";
const DOOR = nodeAt("door", "7E1>7E9");
const PLACE = DOOR.claims;

function recorded(
  runs: readonly (readonly FleetEventBody[])[],
  more: Partial<RecordedEvents> = {},
): RecordedEvents {
  const bodies = runs.flatMap((run) => [started("door"), ...run]);
  const events = at(...bodies.map((body) => [1, body] as const));
  return { events, nodes: [DOOR], fleet: FLEET, ...more };
}

const told = (serial: string): FleetEventBody => ({
  node: "door",
  type: "nodeIdentified",
  identity: { serial },
});
const UNTOLD: FleetEventBody = { node: "door", type: "nodeIdentified", identity: {} };
const ERASE: FleetEventBody = {
  node: "door",
  type: "segmentPhase",
  segment: 0,
  phase: "erasing",
  attempt: 1,
};
/** The first segment is erased. */
const TORN: readonly FleetEventBody[] = [
  { node: "door", type: "nodePlanned", segments: SEGMENTS, imageBytes: 24_576 },
  ERASE,
];

/** The serial numbers of the nodes that a segment is torn of, in the order of the runs. */
function tornSerials(runs: readonly (readonly FleetEventBody[])[]): readonly unknown[] {
  return memoryAfter(EMPTY_MEMORY, recorded(runs)).records.map(({ claims }) => claims.serial);
}

Deno.test("claimsIn() tells the serial number that each node told last, beside its place", () => {
  const claims = (run: readonly FleetEventBody[], more: Partial<RecordedEvents> = {}): NodeClaims =>
    claimsIn(recorded([run], more)).get("door")!;
  deepStrictEqual(claims([]), PLACE);
  deepStrictEqual(claims([told("S-1")]), { ...PLACE, serial: "S-1" });
  deepStrictEqual(claims([told("S-1"), told("S-2"), UNTOLD, ERASE]), { ...PLACE, serial: "S-2" });
  // The announcement of an erase says it, too.
  const announcements = new Map([[2, { claims: { ...PLACE, serial: "S-3" } }]]);
  deepStrictEqual(claims([told("S-1"), ERASE], { announcements }), { ...PLACE, serial: "S-3" });
});

Deno.test("claimsIn() knows a node by its name that the header does not tell of", () => {
  const name = `${FLEET} door`;
  deepStrictEqual([...claimsIn(recorded([[told("S-1")]], { nodes: [] }))], [
    ["door", { name, serial: "S-1" }],
  ]);
  const { records, shared } = memoryAfter(EMPTY_MEMORY, recorded([TORN], { nodes: [] }));
  deepStrictEqual(records.map(({ claims }) => claims), [{ name }]);
  deepStrictEqual(shared, []);
});

Deno.test("memoryAfter() takes what told no serial number for the one node that told one there", () => {
  deepStrictEqual(tornSerials([TORN, [told("S-1")]]), ["S-1"]);
  deepStrictEqual(tornSerials([[told("S-1")], TORN]), ["S-1"]);
});

Deno.test("memoryAfter() takes it for none of two that told one, but for who told it earlier in that run", () => {
  deepStrictEqual(tornSerials([TORN, [told("S-1")], [told("S-2")]]), [undefined]);
  deepStrictEqual(tornSerials([[told("S-1")], TORN, [told("S-2")]]), [undefined]);
  deepStrictEqual(tornSerials([[told("S-1"), ...TORN], [told("S-2"), ...TORN]]), ["S-1", "S-2"]);
  deepStrictEqual(tornSerials([[...TORN, told("S-1"), told("S-2"), told("S-3")]]), ["S-3"]);
});

Deno.test("everyClaimIn() tells each node that was at a place, and a serial number shared by none", () => {
  const runs = recorded([TORN, [told("S-1")], [told("S-2")]]);
  deepStrictEqual(everyClaimIn(runs), [
    { ...PLACE, serial: "S-2" },
    PLACE,
    { ...PLACE, serial: "S-1" },
  ]);
  deepStrictEqual(memoryAfter(EMPTY_MEMORY, runs).shared, []);
});
