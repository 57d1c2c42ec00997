import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { withoutRanges } from "../../../src/core/mod.ts";
import {
  causesOf,
  EMPTY_MEMORY,
  EVERYTHING,
  forgetNode,
  historyFor,
  type Memory,
  mergeMemories,
  missingRecords,
  type NodeOutcome,
  type NodeRecord,
  ownHistoryFor,
  partOfMemory,
  settleJournal,
  withOutcome,
} from "../../../src/journal/mod.ts";
import { nodeAt } from "./_support.ts";

const DOOR = nodeAt("door", "7E1>7E9").claims;
const SEAT = nodeAt("seat", "7E2>7EA").claims;
const LAMP = nodeAt("lamp", "7E3>7EB").claims;
const FIRST = { start: 0, end: 0x4000 };
const SECOND = { start: 0x4000, end: 0x8000 };

function record(claims: NodeRecord["claims"], more: Partial<NodeRecord> = {}): NodeRecord {
  const told = { name: "a node", fleet: "/bench/fleet.yaml" };
  return { claims, ...told, distrusted: [FIRST], endState: "bootloader", ...more };
}

function memoryOf(...records: readonly NodeRecord[]): Memory {
  return { ...EMPTY_MEMORY, records };
}

function outcome(claims: NodeRecord["claims"], more: Partial<NodeOutcome> = {}): NodeOutcome {
  const told = { name: "a node", fleet: "/bench/fleet.yaml" };
  return { claims, ...told, isDone: true, planned: [FIRST], verified: [], ...more };
}

Deno.test("missingRecords() tells what is torn for certain, and belongs to none of the nodes", () => {
  const torn = record(DOOR);
  const memory = memoryOf(
    torn,
    record(SEAT),
    record(DOOR, { because: "a journal" }),
    record(DOOR, { endState: "untouched" }),
    record(DOOR, { isFound: true }),
  );
  deepStrictEqual(missingRecords(memory, [SEAT, LAMP]), [torn]);
  deepStrictEqual(missingRecords(memory, [SEAT, DOOR]), []);
});

Deno.test("causesOf() names journals that cannot be read, once, where they leave a doubt", () => {
  const memory = {
    ...memoryOf(
      record(DOOR, { because: "b" }),
      record(DOOR, { because: "b" }),
      record(DOOR, { because: "c", endState: "untouched" }),
      record(DOOR),
      record(SEAT, { because: "d" }),
    ),
    unread: [{ file: "e", met: [SEAT] }, { file: "f", met: [DOOR, SEAT] }],
  };
  deepStrictEqual(causesOf(memory, DOOR), ["b", "e"]);
  deepStrictEqual(causesOf(memory, SEAT), ["d"]);
});

Deno.test("partOfMemory() keeps what is about some nodes, or all but that", () => {
  const memory = memoryOf(record(DOOR), record(SEAT), record(LAMP));
  const kept = (isAbout: boolean) =>
    partOfMemory(memory, [DOOR, LAMP], isAbout).records.map(({ claims }) => claims);
  deepStrictEqual(kept(true), [DOOR, LAMP]);
  deepStrictEqual(kept(false), [SEAT]);
});

Deno.test("settleJournal() drops what that journal left in doubt, and no more", () => {
  const unread = [{ file: "b", met: [] }, { file: "c", met: [] }];
  const others = [record(DOOR), record(DOOR, { because: "c" })];
  const memory = { ...memoryOf(...others, record(DOOR, { because: "b" })), unread };
  deepStrictEqual(settleJournal(memory, "b"), { ...memoryOf(...others), unread: [unread[1]] });
});

Deno.test("forgetNode() drops a node by its serial number, its place or its name alone", () => {
  const numbered = { ...DOOR, serial: "4711" };
  const memory = memoryOf(record(numbered), record(SEAT));
  for (const what of ["4711", DOOR.spot!, DOOR.name!]) {
    deepStrictEqual(forgetNode(memory, what), memoryOf(record(SEAT)), what);
  }
  deepStrictEqual(forgetNode(memory, "4712"), memory);
});

Deno.test("withOutcome() leaves in doubt what a run has not made certain of a node", () => {
  const memory = { ...EMPTY_MEMORY, unread: [{ file: "b", met: [SEAT] }] };
  for (const isDone of [true, false]) {
    const { records, unread } = withOutcome(memory, outcome(DOOR, { isDone, verified: [SECOND] }));
    deepStrictEqual(
      records.map(({ because, distrusted, endState }) => [because, distrusted, endState]),
      [
        [
          "b",
          withoutRanges([EVERYTHING], [isDone ? FIRST : SECOND]),
          isDone ? "untouched" : "bootloader",
        ],
      ],
    );
    strictEqual(unread[0]!.met.length, 2, "the node was met");
  }
  const twice = withOutcome(withOutcome(memory, outcome(DOOR)), outcome(DOOR));
  strictEqual(twice.unread[0]!.met.length, 2, "and is so once");
});

Deno.test("withOutcome() keeps why a node is distrusted beside its image", () => {
  for (const because of [undefined, "b"]) {
    const told = because === undefined ? {} : { because };
    const memory = memoryOf(record(DOOR, { ...told, distrusted: [FIRST, SECOND] }));
    const { records } = withOutcome(memory, outcome(DOOR));
    deepStrictEqual(records.map(({ distrusted }) => distrusted), [[SECOND]]);
    deepStrictEqual(records.map((one) => "because" in one ? one.because : "none"), [
      because ?? "none",
    ]);
  }
});

Deno.test("withOutcome() of a node that was not brought through is certain of that node alone", () => {
  const doubt = record(DOOR, { because: "b", distrusted: [FIRST, SECOND] });
  const failed = (claims: NodeRecord["claims"]) => ({
    ...outcome(claims, { isDone: false, verified: [FIRST] }),
    history: { distrusted: [], endState: "bootloader" } as const,
  });
  const kept = (claims: NodeRecord["claims"]) =>
    withOutcome(memoryOf(doubt), failed(claims)).records
      .filter(({ because }) => because === "b").map(({ distrusted }) => distrusted);
  deepStrictEqual(kept(DOOR), [[SECOND]]);
  deepStrictEqual(kept(SEAT), [[FIRST, SECOND]]);
  // One claim is shared and another one differs: it may be either node.
  deepStrictEqual(kept({ ...DOOR, machine: "m2 7E1>7E9@socketcan:can0" }), [[FIRST, SECOND]]);
});

Deno.test("withOutcome() drops the doubt of a journal once all of it was verified", () => {
  const doubt = record(DOOR, { because: "b" });
  const failed = {
    ...outcome(DOOR, { isDone: false, verified: [FIRST] }),
    history: { distrusted: [], endState: "bootloader" } as const,
  };
  const { records } = withOutcome(memoryOf(doubt), failed);
  deepStrictEqual(records.map(({ because }) => because), [undefined]);
});

Deno.test("mergeMemories() makes one of records that say the same of one node", () => {
  const merged = mergeMemories([
    memoryOf(record(DOOR), record(SEAT)),
    memoryOf(record(DOOR, { distrusted: [SECOND] }), record(DOOR, { because: "b" })),
  ]);
  deepStrictEqual(merged.records, [
    record(DOOR, { distrusted: [{ start: FIRST.start, end: SECOND.end }] }),
    record(SEAT),
    record(DOOR, { because: "b" }),
  ]);
});

Deno.test("historyFor() distrusts what any record does, and tells where the node's own run left it", () => {
  const beside = record(DOOR, { endState: "untouched", distrusted: [SECOND] });
  const doubt = record(DOOR, { because: "b", endState: "bootloader" });
  const own = record(DOOR, { endState: "eraseUnconfirmed", distrusted: [] });
  const both = [{ start: FIRST.start, end: SECOND.end }];
  deepStrictEqual(historyFor(memoryOf(beside, doubt, own), DOOR), {
    distrusted: both,
    endState: "eraseUnconfirmed",
  });
  deepStrictEqual(historyFor(memoryOf(beside, doubt), DOOR), {
    distrusted: both,
    endState: "bootloader",
  });
  deepStrictEqual(historyFor(memoryOf(beside), DOOR), {
    distrusted: [SECOND],
    endState: "untouched",
  });
  strictEqual(historyFor(memoryOf(beside, doubt, own), SEAT), undefined);
  deepStrictEqual(ownHistoryFor(memoryOf(beside, doubt, own), DOOR), {
    distrusted: [SECOND],
    endState: "eraseUnconfirmed",
  });
  strictEqual(ownHistoryFor(memoryOf(doubt), DOOR), undefined);
});
