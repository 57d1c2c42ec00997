/** What `readJournal()` makes of whatever stands behind the last whole record. */
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { crc32, encodeCbor } from "../../../src/codec/mod.ts";
import { concatBytes, uintToBytesBe } from "../../../src/core/mod.ts";
import type { FleetEvent } from "../../../src/fleet/mod.ts";
import {
  encodeJournalRecord,
  JournalFormatError,
  JournalWriter,
  readJournal,
} from "../../../src/journal/mod.ts";
import { SEGMENTS } from "../report/_support.ts";
import { encodeFirstHeader, HEADER, journalOf, MemoryStorage } from "./_support.ts";

const EVENT: FleetEvent = { atMs: 1, type: "cancelRequested" };
const LONG: FleetEvent = {
  atMs: 1,
  type: "journalFailed",
  error: { code: "FILE_UNWRITABLE", message: "disk full ".repeat(18) },
};
const FIRST = concatBytes([
  encodeFirstHeader(["door"]),
  encodeJournalRecord(0, { type: "event", event: EVENT }),
]);
const SECOND = journalOf([EVENT]);
const JUNK = new Uint8Array(400).fill(0xA5);

/** A record whose checksum is right, whatever it holds. */
function forged(index: number, payload: Uint8Array): Uint8Array {
  return encodeCbor([index, payload, crc32(payload, crc32(uintToBytesBe(index, 4)))]);
}

function endOf(journal: Uint8Array, ...rest: readonly Uint8Array[]): string {
  const { tail, endOffset, gapAt, events } = readJournal(concatBytes([journal, ...rest]));
  strictEqual(
    endOffset,
    tail === "whole" ? concatBytes([journal, ...rest]).length : journal.length,
  );
  if (events.length > 1) return `${tail}, ${events.length} events`;
  strictEqual(gapAt, tail === "damaged" ? 1 : undefined);
  return tail;
}

const LONG_RECORD = encodeJournalRecord(1, { type: "event", event: LONG });
const COMPLETE = encodeJournalRecord(1, { type: "complete" });

Deno.test("readJournal() calls every beginning of a record torn, zeros behind it or not", () => {
  for (const journal of [FIRST, SECOND]) {
    strictEqual(endOf(journal), "whole");
    for (const record of [LONG_RECORD, COMPLETE]) {
      for (let length = 1; length < record.length; length++) {
        const begun = record.slice(0, length);
        strictEqual(endOf(journal, begun), "torn", `${length} bytes`);
        // What was not written of the last sector is zero, and so may be the record's own end.
        strictEqual(endOf(journal, begun, new Uint8Array(600)), "torn", `${length} bytes, zeros`);
      }
    }
    strictEqual(endOf(journal, new Uint8Array(600)), "torn");
  }
});

Deno.test("readJournal() calls what no record begins with damaged where an announcement fits", () => {
  strictEqual(endOf(SECOND, JUNK.subarray(0, 159)), "torn");
  strictEqual(endOf(SECOND, JUNK.subarray(0, 160)), "damaged");
  for (const length of [1, 20, 159, 160]) {
    strictEqual(endOf(FIRST, JUNK.subarray(0, length)), "damaged", `${length} bytes`);
  }
});

Deno.test("readJournal() tells the beginning of a record of the first format by its heads", () => {
  const table: Readonly<Record<string, string>> = {
    "83": "torn",
    "83 1A 00 00": "torn",
    "83 60 01 01 01": "torn",
    "83 60 01 01 01 01": "damaged",
    "83 1B 00 00 00 00 00 00 00 01": "damaged",
    "83 05 60 01 01 01": "torn",
    "83 05 60 01 01 01 01": "damaged",
    "83 05 58 40 A2 64 61": "torn",
    "83 05 58 40 83 65 65": "torn",
    "83 05 58 40 68 63 6F": "torn",
    "83 05 58 40 A2 01 61": "damaged",
    "83 05 58 40 01 64 61": "damaged",
    "83 05 43 A1 61 61 1A 01 01": "torn",
    "83 05 43 A1 61 61 1A 01 01 01 01": "damaged",
    "83 05 43 A1 61 61 60 01 01 01 01": "damaged",
    "83 05 43 A1 61 61 01": "damaged",
    "83 1A 00 00 00 05 58 40 A2 64": "torn",
    "84 05 58 40 A2 64 61": "damaged",
  };
  for (const [hex, expected] of Object.entries(table)) {
    strictEqual(endOf(FIRST, Uint8Array.fromHex(hex.replaceAll(" ", ""))), expected, hex);
  }
});

Deno.test("readJournal() takes a last record whose checksum is wrong for torn in the second format", () => {
  const wrong = LONG_RECORD.with(200, LONG_RECORD[200]! ^ 1);
  strictEqual(endOf(SECOND, wrong), "torn");
  strictEqual(endOf(FIRST, wrong), "damaged");
  const ofAnotherPlace = encodeJournalRecord(7, { type: "event", event: LONG });
  strictEqual(endOf(SECOND, ofAnotherPlace.with(200, 0)), "damaged");
  strictEqual(endOf(SECOND, wrong, Uint8Array.of(0xA5)), "damaged");
  strictEqual(endOf(SECOND, encodeCbor([1, JUNK, 0, 0])), "damaged", "four items are no record");
});

Deno.test("readJournal() ends before the first bad place, and reads on behind it", () => {
  const next = encodeJournalRecord(1, { type: "event", event: EVENT });
  strictEqual(endOf(SECOND, JUNK, next), "damaged, 2 events");
  strictEqual(endOf(SECOND, JUNK.subarray(0, 20), next), "damaged, 2 events");
  strictEqual(endOf(SECOND, JUNK, next, JUNK.subarray(0, 5)), "damaged, 2 events");
});

Deno.test("readJournal() tells a gap where an announcement may have been, and nowhere else", () => {
  const record = (index: number, event = EVENT) =>
    encodeJournalRecord(index, { type: "event", event });
  const wrong = LONG_RECORD.with(200, LONG_RECORD[200]! ^ 1);
  const junk = (length: number) => JUNK.subarray(0, length);
  const gapAt = (...rest: readonly Uint8Array[]) =>
    readJournal(concatBytes([SECOND, ...rest])).gapAt;
  strictEqual(gapAt(junk(160), record(2)), 1);
  strictEqual(gapAt(junk(159), record(2)), undefined);
  strictEqual(gapAt(junk(14), record(2)), undefined);
  strictEqual(gapAt(junk(13), record(2)), 1, "too short for the one that is missing");
  strictEqual(gapAt(junk(27), record(3)), 1, "too short for the two that are missing");
  strictEqual(gapAt(junk(28), record(3)), undefined);
  strictEqual(gapAt(wrong, record(2)), undefined, "one record, and one is missing");
  strictEqual(gapAt(wrong, record(3)), 1, "another one is missing too");
  // A whole record of another place stands where one is missing.
  strictEqual(gapAt(record(1), junk(20), record(0), record(2)), 2);
  const erasing = {
    atMs: 2,
    type: "segmentPhase",
    node: "door",
    segment: 0,
    phase: "erasing",
  } as const;
  const announced = { event: { ...erasing, attempt: 1 }, announcement: { claims: {} } };
  const twice = (index: number) => encodeJournalRecord(index, { type: "event", ...announced });
  strictEqual(gapAt(twice(1), twice(1), record(2)), undefined);
  strictEqual(gapAt(twice(1), twice(5)), 2, "what is announced again is another erase");
});

Deno.test("readJournal() calls nothing complete that goes on, or has not begun", () => {
  const isComplete = (...parts: readonly Uint8Array[]) =>
    readJournal(concatBytes(parts)).isComplete;
  strictEqual(isComplete(journalOf([])), false);
  strictEqual(isComplete(SECOND), false);
  const complete = journalOf([EVENT], { isComplete: true });
  strictEqual(isComplete(complete), true);
  for (const rest of [JUNK.subarray(0, 5), JUNK, new Uint8Array(600), LONG_RECORD.subarray(0, 9)]) {
    strictEqual(isComplete(complete, rest), false);
  }
  const hostile = concatBytes(Array.from({ length: 1100 }, () => encodeCbor([1, JUNK, 1])));
  strictEqual(isComplete(complete, hostile), false);
  const next = encodeJournalRecord(1, { type: "event", event: EVENT });
  strictEqual(readJournal(concatBytes([SECOND, hostile, next])).events.length, 1, "too many tried");
  strictEqual(readJournal(concatBytes([SECOND, hostile, next])).gapAt, 1);
});

Deno.test("readJournal() takes nothing for a record that is none, though it sums up", () => {
  const payload = encodeCbor({ ...EVENT });
  const sumOf = (index: number): number => crc32(payload, crc32(uintToBytesBe(index, 4)));
  const huge = new Uint8Array(1024 * 1024 + 1).fill(0x61);
  strictEqual(endOf(FIRST, encodeCbor([1, payload, sumOf(1)])), "whole, 2 events");
  strictEqual(endOf(FIRST, forged(0xFFFF_FFFF, payload)), "damaged, 2 events");
  for (
    const item of [
      encodeCbor([-1, payload, 0]),
      encodeCbor([2 ** 32, payload, 0]),
      encodeCbor(["1", payload, sumOf(1)]),
      encodeCbor([1, "payload", sumOf(1)]),
      encodeCbor([1, payload]),
      encodeCbor([1, payload, sumOf(1), 0]),
      encodeCbor({ 0: 1, 1: payload, 2: sumOf(1) }),
      forged(1, huge),
    ]
  ) {
    strictEqual(endOf(FIRST, item), "damaged");
  }
});

Deno.test("readJournal() refuses a whole record that says what it does not know", () => {
  const claims = { claims: {} };
  const erasing = { atMs: 1, type: "segmentPhase", node: "door", segment: 0, phase: "erasing" };
  const event = { ...erasing, attempt: 1 };
  strictEqual(endOf(SECOND, forged(1, encodeCbor(["erase", event, claims]))), "whole, 2 events");
  for (
    const payload of [
      encodeCbor(["erasure", event, claims]),
      encodeCbor(["erase", event, claims, 1]),
      encodeCbor(["erase", event]),
      encodeCbor(["erase", event, { ...claims, extra: 1 }]),
      Uint8Array.of(0xFF),
      encodeCbor("completed"),
    ]
  ) {
    throws(() => readJournal(concatBytes([SECOND, forged(1, payload)])), JournalFormatError);
  }
});

Deno.test("JournalWriter announces by the serial number that a node has told meanwhile", () => {
  const storage = new MemoryStorage();
  const writer = new JournalWriter(storage, 1, HEADER.nodes);
  writer.append([
    { atMs: 1, type: "nodePlanned", node: "door", imageBytes: 9, segments: SEGMENTS },
    { atMs: 1, type: "nodeIdentified", node: "door", identity: { hardware: "H" } },
    { atMs: 1, type: "nodeIdentified", node: "door", identity: { serial: "4711" } },
  ]);
  writer.append([
    { atMs: 2, type: "segmentPhase", node: "door", segment: 1, phase: "erasing", attempt: 1 },
  ]);
  const { announcements } = readJournal(concatBytes([SECOND, storage.bytes]));
  const { start, end } = SEGMENTS[1]!;
  deepStrictEqual([...announcements.values()], [
    { claims: { ...HEADER.nodes[1]!.claims, serial: "4711" }, range: { start, end } },
  ]);
});
