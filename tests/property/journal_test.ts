import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import { historiesOf, readJournal, readJournalHead } from "../../src/journal/mod.ts";
import { journalOf } from "../unit/journal/_support.ts";
import { JOURNAL } from "../fuzz/decoders/journal.ts";

const TEXTS = fc.string({ unit: "grapheme", maxLength: 20 });
const COUNTS = fc.nat();
const TIMES = fc.oneof(COUNTS, fc.double({ min: 0, max: 1e9, noNaN: true }));
const ERRORS = fc.record(
  { code: TEXTS, message: TEXTS, request: TEXTS, response: TEXTS },
  { requiredKeys: ["code", "message"] },
);
const PHASES = fc.constantFrom(
  "pending",
  "checking",
  "erasing",
  "writing",
  "verifying",
  "verified",
  "skipped",
  "waitingToRetry",
  "failed",
);

/** Events of the kinds that have the most to them. */
const EVENTS: fc.Arbitrary<FleetEvent> = fc.oneof(
  fc.record({
    atMs: TIMES,
    type: fc.constant("runStarted" as const),
    nodes: fc.array(fc.record({ name: TEXTS, bus: TEXTS, device: TEXTS, image: TEXTS })),
  }),
  fc.record({
    atMs: TIMES,
    type: fc.constant("nodePlanned" as const),
    node: TEXTS,
    imageBytes: COUNTS,
    segments: fc.array(fc.record({ start: COUNTS, end: COUNTS, dataBytes: COUNTS })),
  }),
  fc.record({
    atMs: TIMES,
    type: fc.constant("segmentPhase" as const),
    node: TEXTS,
    segment: COUNTS,
    phase: PHASES,
    attempt: COUNTS,
  }),
  fc.record({
    atMs: TIMES,
    type: fc.constant("retry" as const),
    node: TEXTS,
    scope: fc.constantFrom("request", "segment", "node"),
    attempt: COUNTS,
    delayMs: TIMES,
    error: ERRORS,
  }),
);

Deno.test("readJournal() gives back any events", () => {
  fc.assert(fc.property(fc.array(EVENTS, { maxLength: 20 }), (events) => {
    const journal = readJournal(journalOf(events));
    deepStrictEqual(journal.events, plain(events));
    strictEqual(journal.tail, "whole");
  }));
});

Deno.test("readJournal() gives a prefix of the events for every prefix of a journal", () => {
  const inputs = fc.tuple(
    fc.array(EVENTS, { maxLength: 8 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  fc.assert(fc.property(inputs, ([events, share]) => {
    const header = journalOf([]).length;
    const bytes = journalOf(events);
    const length = header + Math.floor(share * (bytes.length - header));
    const journal = readJournal(bytes.subarray(0, length));
    deepStrictEqual(journal.events, plain(events.slice(0, journal.events.length)));
    ok(journal.endOffset <= length && journal.tail !== "damaged");
  }));
});

Deno.test("readJournal() gives records and a cut, or a typed error, for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void JOURNAL.attempt(bytes)));
});

Deno.test("readJournalHead() and historiesOf() agree with readJournal() on whole journals", () => {
  fc.assert(fc.property(fc.array(EVENTS, { maxLength: 8 }), fc.boolean(), (events, isComplete) => {
    const bytes = journalOf(events, { isComplete });
    const journal = readJournal(bytes);
    deepStrictEqual(readJournalHead(bytes), { args: journal.header.args, isComplete });
    historiesOf(journal);
  }));
});

/** fast-check's records have no prototype, and -0 is no CBOR integer. */
function plain(events: readonly FleetEvent[]): readonly FleetEvent[] {
  return JSON.parse(JSON.stringify(events));
}
