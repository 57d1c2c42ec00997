/** What a journal leaves of its nodes where a part of it cannot be read. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type AddressRange, concatBytes, withoutRanges } from "../../../src/core/mod.ts";
import type { FleetEventBody } from "../../../src/fleet/mod.ts";
import {
  historiesOf,
  type JournalHeader,
  memoryAfter,
  memoryOf,
  type NodeRecord,
  readJournal,
} from "../../../src/journal/mod.ts";
import { at, SEGMENTS, started } from "../report/_support.ts";
import { HEADER, journalOf } from "./_support.ts";

type Phase = (FleetEventBody & { readonly type: "segmentPhase" })["phase"];

const EVERYTHING = { start: 0, end: 2 ** 32 };
const [FIRST, SECOND] = SEGMENTS.map(({ start, end }) => ({ start, end })) as [
  AddressRange,
  AddressRange,
];
const DONE: FleetEventBody = { node: "door", type: "nodeDone", upToDate: false };
/** What stands at the place of a record that cannot be read. */
const LOST = "lost";

function planned(segments = SEGMENTS): FleetEventBody {
  return { node: "door", type: "nodePlanned", segments, imageBytes: 24_576 };
}

function phase(segment: number, name: Phase): FleetEventBody {
  return { node: "door", type: "segmentPhase", segment, phase: name, attempt: 1 };
}

/** What is left of the nodes by a journal without some of its records; the lost one may be any. */
function recordsOf(
  events: readonly (FleetEventBody | readonly [typeof LOST, FleetEventBody])[],
  header: JournalHeader = HEADER,
): readonly NodeRecord[] {
  const bodies = events.map((event) => "type" in event ? event : event[1]);
  const all = at(...bodies.map((body) => [1, body] as const));
  const ends = [0, ...all.map((_, i) => journalOf(all.slice(0, i + 1), { header }).length)];
  ends[0] = journalOf([], { header }).length;
  const bytes = journalOf(all, { header });
  const journal = readJournal(concatBytes([
    bytes.subarray(0, ends[0]),
    ...events.map((event, i) => "type" in event ? bytes.subarray(ends[i], ends[i + 1]) : []),
  ].map((part) => Uint8Array.from(part))));
  strictEqual(journal.gapAt, events.findIndex((event) => !("type" in event)));
  return memoryOf(journal, "a").records.filter(({ because }) => because === "a");
}

/** What is left of the door. */
function doorIn(events: Parameters<typeof recordsOf>[0]): NodeRecord {
  return recordsOf(events).find(({ name }) => name === "door")!;
}

function lost(event: FleetEventBody): readonly [typeof LOST, FleetEventBody] {
  return [LOST, event];
}

const SOMETHING = lost({ node: "door", type: "nodePhase", phase: "updating" });

Deno.test("memoryOf() is certain of what was verified behind a gap, and of nothing before it", () => {
  const door = doorIn([
    started("door"),
    planned(),
    phase(1, "erasing"),
    phase(0, "erasing"),
    phase(0, "verified"),
    SOMETHING,
    phase(1, "verified"),
  ]);
  deepStrictEqual(door.distrusted, withoutRanges([EVERYTHING], [SECOND]));
  strictEqual(door.endState, "bootloader");
});

Deno.test("memoryOf() takes what was done behind a gap by the plan of that time", () => {
  const other = [{ ...FIRST, start: FIRST.start + 0x1000, end: FIRST.end + 0x1000, dataBytes: 1 }];
  const door = doorIn([
    started("door"),
    planned(),
    SOMETHING,
    phase(1, "erasing"),
    phase(1, "verified"),
    planned(other),
    phase(0, "erasing"),
  ]);
  deepStrictEqual(door.distrusted, withoutRanges([EVERYTHING], [SECOND]));
});

Deno.test("memoryOf() is certain of nothing where the plan itself is in the gap", () => {
  const other = SEGMENTS.map((one) => ({ ...one, start: one.end, end: one.end + 0x1000 }));
  for (const before of [[planned()], []]) {
    const door = doorIn([
      started("door"),
      ...before,
      lost(planned(other)),
      phase(0, "erasing"),
      phase(0, "verified"),
      ...(before.length === 0 ? [] : [DONE]),
    ]);
    const certain = before.length === 0 ? other.slice(0, 1) : [];
    deepStrictEqual(door.distrusted, withoutRanges([EVERYTHING], certain));
    strictEqual(door.endState, "bootloader");
  }
});

Deno.test("memoryOf() sees that another plan was followed by any of its ends, and by its length", () => {
  const { start, end } = SECOND;
  for (const range of [{ start, end: end + 4096 }, { start: start - 4096, end }]) {
    const other = [SEGMENTS[0]!, { ...range, dataBytes: 1 }];
    const events = [started("door"), planned(), lost(planned(other))];
    const door = doorIn([...events, phase(1, "erasing"), phase(1, "verified")]);
    deepStrictEqual(door.distrusted, [EVERYTHING]);
  }
  const longer = [...SEGMENTS, { start: end, end: end + 4096, dataBytes: 1 }];
  const events = [started("door"), planned(), lost(planned(longer)), phase(2, "erasing")];
  deepStrictEqual(doorIn([...events, phase(2, "verified")]).distrusted, [EVERYTHING]);
});

Deno.test("memoryAfter() learns nothing of a node that was only asked", () => {
  const unread = [{ file: "b", met: [] }];
  const recorded = {
    events: at(
      ...[started("door"), planned(), phase(0, "checking")].map((body) => [1, body] as const),
    ),
    nodes: HEADER.nodes,
    fleet: "/bench/fleet.yaml",
  };
  const torn = { claims: HEADER.nodes[1]!.claims, name: "door", fleet: "/bench/fleet.yaml" };
  const records = [{ ...torn, distrusted: [FIRST], endState: "bootloader" as const }];
  const before = { records, unread, shared: [] };
  deepStrictEqual(memoryAfter(before, recorded), before);
});

Deno.test("memoryOf() doubts a node that is through behind a gap beside its image alone", () => {
  const records = recordsOf([
    started("door", "engine"),
    SOMETHING,
    planned(),
    phase(0, "erasing"),
    phase(0, "verified"),
    phase(1, "skipped"),
    DONE,
  ]);
  deepStrictEqual(
    records.map(({ name, distrusted, endState }) => ({ name, distrusted, endState })),
    [
      { name: "engine", distrusted: [EVERYTHING], endState: "bootloader" },
      {
        name: "door",
        distrusted: withoutRanges([EVERYTHING], [FIRST, SECOND]),
        endState: "untouched",
      },
    ],
  );
});

Deno.test("memoryOf() keeps nothing of nodes that are known by nothing", () => {
  const header = { ...HEADER, nodes: [{ name: "door", claims: {} }] };
  deepStrictEqual(
    recordsOf([started("door"), planned(), SOMETHING, phase(0, "erasing")], header),
    [],
  );
  const events = at([1, started("door")], [1, planned()], [1, phase(0, "erasing")]);
  deepStrictEqual(memoryOf(readJournal(journalOf(events, { header })), "a").records, []);
});

Deno.test("historiesOf() takes nothing of one run for part of another one", () => {
  const events = [started("door"), planned(), phase(0, "erasing"), started("door"), DONE];
  const journal = readJournal(journalOf(at(...events.map((body) => [1, body] as const))));
  deepStrictEqual(Object.fromEntries(historiesOf(journal)), {
    door: { distrusted: [FIRST], endState: "untouched" },
  });
});

Deno.test("historiesOf() tells where a node with two banks ended, as that run told it", () => {
  const inactive = { ...planned(), bank: "inactive" } as FleetEventBody;
  const swapping: FleetEventBody = { node: "door", type: "nodePhase", phase: "swapping" };
  const failed: FleetEventBody = {
    node: "door",
    type: "nodeFailed",
    error: { code: "ACTIVATION", message: "Cannot confirm new application" },
    state: "rolledBack",
  };
  const history = (...events: readonly FleetEventBody[]) => {
    const all = [started("door"), inactive, ...events].map((body) => [1, body] as const);
    return historiesOf(readJournal(journalOf(at(...all)))).get("door");
  };
  deepStrictEqual(history(phase(0, "erasing")), { distrusted: [FIRST], endState: "untouched" });
  const verified = [phase(0, "verified"), phase(1, "verified")];
  deepStrictEqual(history(...verified, swapping, failed), {
    distrusted: [],
    endState: "rolledBack",
  });
});

Deno.test("historiesOf() calls no node whole of which an earlier image is torn elsewhere", () => {
  const first = [started("door"), planned(), phase(1, "erasing")];
  const second = [started("door"), planned(SEGMENTS.slice(0, 1)), phase(0, "verified")];
  const events = [...first, ...second].map((body) => [1, body] as const);
  deepStrictEqual(historiesOf(readJournal(journalOf(at(...events)))).get("door"), {
    distrusted: [SECOND],
    endState: "bootloader",
  });
});
