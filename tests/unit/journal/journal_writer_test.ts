import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { EMPTY, type Observable } from "rxjs";
import { concatBytes } from "../../../src/core/mod.ts";
import type { FleetEvent } from "../../../src/fleet/mod.ts";
import {
  encodeJournalHeader,
  encodeJournalRecord,
  type JournalStorage,
  JournalWriter,
  readJournal,
} from "../../../src/journal/mod.ts";
import { SEGMENTS } from "../report/_support.ts";
import { HEADER } from "./_support.ts";

/** Remembers what it was given, and what somebody waits for. */
class ToldStorage implements JournalStorage {
  readonly parts: Uint8Array[] = [];
  readonly awaited: boolean[] = [];

  append(bytes: Uint8Array, { isAwaited }: { readonly isAwaited: boolean }): Observable<void> {
    this.parts.push(bytes);
    this.awaited.push(isAwaited);
    return EMPTY;
  }
}

const PLANNED: FleetEvent = {
  atMs: 1,
  type: "nodePlanned",
  node: "door",
  imageBytes: 9,
  segments: SEGMENTS,
};
const UPDATING: FleetEvent = { atMs: 2, type: "nodePhase", node: "door", phase: "updating" };

function phase(name: "erasing" | "erased" | "writing"): FleetEvent {
  return { atMs: 2, type: "segmentPhase", node: "door", segment: 0, phase: name, attempt: 1 };
}

Deno.test("JournalWriter has whoever erases waited for, whatever is written with it", () => {
  const storage = new ToldStorage();
  const writer = new JournalWriter(storage, 0, HEADER.nodes);
  writer.append([PLANNED, UPDATING]);
  writer.append([UPDATING, phase("erasing"), UPDATING]);
  writer.append([phase("erased"), phase("writing")]);
  writer.append([]);
  writer.complete();
  deepStrictEqual(storage.awaited, [false, true, false, false, true]);
});

Deno.test("JournalWriter goes on behind what it said was complete", () => {
  const storage = new ToldStorage();
  const writer = new JournalWriter(storage, 0, HEADER.nodes);
  writer.append([PLANNED]);
  writer.complete();
  writer.append([UPDATING, phase("erasing")]);
  const journal = readJournal(concatBytes([encodeJournalHeader(HEADER), ...storage.parts]));
  deepStrictEqual(journal.events, [PLANNED, UPDATING, phase("erasing")]);
  deepStrictEqual(
    { tail: journal.tail, nextIndex: journal.nextIndex, isComplete: journal.isComplete },
    { tail: "whole", nextIndex: 4, isComplete: false },
  );
});

Deno.test("JournalWriter keeps a serial number that a node tells once and then no more", () => {
  const storage = new ToldStorage();
  const writer = new JournalWriter(storage, 0);
  writer.append([
    PLANNED,
    { atMs: 1, type: "nodeIdentified", node: "door", identity: { serial: "4711" } },
    { atMs: 1, type: "nodeIdentified", node: "door", identity: { version: "1" } },
    phase("erasing"),
  ]);
  const journal = readJournal(concatBytes([encodeJournalHeader(HEADER), ...storage.parts]));
  const { start, end } = SEGMENTS[0]!;
  deepStrictEqual([...journal.announcements.values()], [
    { claims: { serial: "4711" }, range: { start, end } },
  ]);
});

Deno.test("encodeJournalRecord() refuses an event that no reader would take", () => {
  const event = (lengthBytes: number): FleetEvent => ({
    atMs: 1,
    type: "journalFailed",
    error: { code: "FILE_UNWRITABLE", message: "a".repeat(lengthBytes) },
  });
  throws(() => encodeJournalRecord(0, { type: "event", event: event(1024 * 1024) }));
  strictEqual(encodeJournalRecord(0, { type: "event", event: event(1_000_000) })[0], 0x83);
});
