import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { crc32, encodeCbor } from "../../../src/codec/mod.ts";
import { bytesToHex, concatBytes } from "../../../src/core/mod.ts";
import type { FleetEvent } from "../../../src/fleet/mod.ts";
import {
  encodeJournalHeader,
  encodeJournalRecord,
  JournalFormatError,
  readJournal,
} from "../../../src/journal/mod.ts";
import { MIXED_RUN } from "../report/_support.ts";
import { encodeFirstHeader, HEADER, journalOf, withBitFlipped } from "./_support.ts";

const EVERY_OTHER: readonly FleetEvent[] = [
  { atMs: 0.25, type: "busState", bus: "body", state: "busOff" },
  { atMs: 1, type: "cancelRequested" },
  { atMs: 1, type: "journalFailed", error: { code: "FILE_UNWRITABLE", message: "disk full" } },
  { atMs: 2, node: "door", type: "nodeCancelled", state: "bootloader" },
  { atMs: 2, node: "door", type: "responsePending", service: 0x36, count: 2 },
  {
    atMs: 2,
    node: "door",
    type: "nodeIdentified",
    identity: {
      hardware: "H",
      version: "1",
      bootloader: "B",
      part: "P",
      sequence: 7,
      downgradeAllowed: true,
    },
  },
  { atMs: 2, node: "door", type: "nodeLeftGroup", reason: "it missed 11 % more than the others" },
  { atMs: 3, type: "runFinished" },
];

Deno.test("readJournal() gives back header and events of every kind", () => {
  const events = [...MIXED_RUN, ...EVERY_OTHER];
  const journal = readJournal(journalOf(events));
  deepStrictEqual(journal.header, HEADER);
  deepStrictEqual(journal.events, events);
  strictEqual(journal.tail, "whole");
  strictEqual(journal.isComplete, false);
  strictEqual(journal.nextIndex, events.length);
});

Deno.test("encodeJournalRecord() writes these bytes", () => {
  const event: FleetEvent = { atMs: 1.5, type: "runFinished" };
  // 83: three items; 18 2A: place 42; 58 20: 32 bytes, the map {"atMs": 1.5, "type": "runFinished"};
  // 1A: CRC-32 of 00 00 00 2A and the map, by Python's binascii.crc32.
  strictEqual(
    bytesToHex(encodeJournalRecord(42, { type: "event", event })),
    "83 18 2A 58 20 A2 64 61 74 4D 73 FB 3F F8 00 00 00 00 00 00 64 74 79 70 65 6B 72 75 6E 46 69 " +
      "6E 69 73 68 65 64 1A 1D 52 C7 29",
  );
});

Deno.test("readJournal() cuts a journal where its last record is torn", () => {
  const bytes = journalOf(MIXED_RUN);
  const header = encodeJournalHeader(HEADER).length;
  for (let length = header; length <= bytes.length; length++) {
    const { events, endOffset, tail } = readJournal(bytes.subarray(0, length));
    deepStrictEqual(events, MIXED_RUN.slice(0, events.length));
    strictEqual(tail, endOffset === length ? "whole" : "torn", `at ${length}`);
    deepStrictEqual(readJournal(bytes.subarray(0, endOffset)).events, events);
  }
});

Deno.test("readJournal() refuses a journal without a whole header, at every length", () => {
  const header = encodeJournalHeader(HEADER);
  const once = header.length / 2;
  for (let length = 0; length < once; length++) {
    throws(() => readJournal(header.subarray(0, length)), JournalFormatError);
  }
  for (let length = once; length < header.length; length++) {
    const { tail, gapAt } = readJournal(header.subarray(0, length));
    deepStrictEqual({ tail, gapAt }, { tail: "damaged", gapAt: 0 }, "it began longer");
  }
});

Deno.test("readJournal() takes the second header where a bit of the first is flipped, and the first else", () => {
  const bytes = journalOf(MIXED_RUN);
  for (let byte = 0; byte < encodeJournalHeader(HEADER).length; byte++) {
    const { header, events, tail } = readJournal(withBitFlipped(bytes, 8 * byte + byte % 8));
    deepStrictEqual(header, HEADER, `byte ${byte}`);
    strictEqual(events.length, MIXED_RUN.length);
    strictEqual(tail, "whole");
  }
});

Deno.test("readJournal() refuses a journal of which both headers have a bit flipped", () => {
  const header = encodeJournalHeader(HEADER);
  const once = header.length * 4;
  for (let bit = 0; bit < once; bit++) {
    const flipped = withBitFlipped(withBitFlipped(header, bit), once + (bit * 7) % once);
    throws(() => readJournal(flipped), JournalFormatError);
  }
});

Deno.test("readJournal() reads journals of the first format", () => {
  const history = {
    node: "seat",
    distrusted: [{ start: 16, end: 32 }],
    endState: "bootloader",
  } as const;
  const records = MIXED_RUN.map((event, i) => encodeJournalRecord(i, { type: "event", event }));
  const { header, events, isFirstFormat } = readJournal(
    concatBytes([encodeFirstHeader(["engine", "door"], [history]), ...records]),
  );
  deepStrictEqual({ events, isFirstFormat }, { events: MIXED_RUN, isFirstFormat: true });
  deepStrictEqual(header.nodes.map(({ claims }) => claims), [
    { name: "/bench/fleet.yaml engine" },
    { name: "/bench/fleet.yaml door" },
  ]);
  const { node: name, ...rest } = history;
  deepStrictEqual(header.memory.records, [
    { claims: { name: "/bench/fleet.yaml seat" }, name, fleet: "/bench/fleet.yaml", ...rest },
  ]);
});

Deno.test("readJournal() calls a tail of zeros torn, as a lost write leaves it", () => {
  const bytes = concatBytes([journalOf(MIXED_RUN), new Uint8Array(4096)]);
  const journal = readJournal(bytes);
  strictEqual(journal.tail, "torn");
  deepStrictEqual(journal.events, MIXED_RUN);
});

Deno.test("readJournal() calls a journal damaged when records stand behind a bad one", () => {
  const bytes = journalOf(MIXED_RUN);
  const whole = MIXED_RUN.map((event, i) => encodeJournalRecord(i, { type: "event", event }));
  const second = encodeJournalHeader(HEADER).length + whole[0]!.length;
  const flipped = bytes.slice();
  flipped[second + 8]! ^= 0x10;
  strictEqual(readJournal(flipped).tail, "damaged");
  const missing = concatBytes([encodeJournalHeader(HEADER), whole[0]!, ...whole.slice(2)]);
  strictEqual(readJournal(missing).tail, "damaged");
  const repeated = concatBytes([encodeJournalHeader(HEADER), whole[0]!, whole[0]!]);
  strictEqual(readJournal(repeated).tail, "damaged");
});

/** A journal of three erases, and where each record begins. */
function threeErases(): { readonly bytes: Uint8Array; readonly starts: readonly number[] } {
  const events: FleetEvent[] = [
    MIXED_RUN[0]!,
    { atMs: 1, type: "nodePlanned", node: "door", imageBytes: 9, segments: THREE_SEGMENTS },
    ...[0, 1, 2].flatMap((segment) =>
      (["erasing", "verified"] as const).map((phase): FleetEvent => ({
        atMs: 2,
        type: "segmentPhase",
        node: "door",
        segment,
        phase,
        attempt: 1,
      }))
    ),
  ];
  const starts: number[] = [];
  for (let i = 0; i <= events.length; i++) starts.push(journalOf(events.slice(0, i)).length);
  return { bytes: journalOf(events), starts };
}

const THREE_SEGMENTS = [0, 1, 2].map((i) => ({ start: 16 * i, end: 16 * i + 16, dataBytes: 3 }));

Deno.test("readJournal() loses no announcement of an erase to damage of one place", () => {
  const { bytes, starts: [begin] } = threeErases();
  for (let at = begin!; at < bytes.length; at++) {
    const { events, announcements, gapAt } = readJournal(withBitFlipped(bytes, 8 * at + at % 8));
    const announced = events.filter((event) =>
      event.type === "segmentPhase" && event.phase === "erasing"
    );
    // Where so much is hidden that an announcement may be, that is told.
    ok(gapAt !== undefined || announced.length === 3, `at ${at}`);
    strictEqual(announcements.size, announced.length);
    ok(gapAt === undefined || at < begin! + 500, `at ${at}: little is hidden`);
  }
});

Deno.test("readJournal() says what an announcement is about, whatever else is lost", () => {
  const { bytes, starts } = threeErases();
  const [begin, , planned, erasing] = starts;
  const cut = concatBytes([bytes.subarray(0, begin), bytes.subarray(planned!)]);
  const { announcements, gapAt, tail } = readJournal(cut);
  deepStrictEqual({ gapAt, tail }, { gapAt: 0, tail: "damaged" });
  deepStrictEqual([...announcements.values()].map(({ range }) => range), [
    { start: 0, end: 16 },
    { start: 16, end: 32 },
    { start: 32, end: 48 },
  ]);
  deepStrictEqual(announcements.get(0)!.claims, HEADER.nodes[1]!.claims);
  // Both records of the first erase are gone: more than that may be.
  const hole = concatBytes([bytes.subarray(0, planned), bytes.subarray(erasing!)]);
  strictEqual(readJournal(hole).gapAt, 2);
  const filled = bytes.slice().fill(0xA5, planned, erasing);
  strictEqual(readJournal(filled).gapAt, 2);
});

Deno.test("readJournal() refuses whole records that it does not know", () => {
  const known = { atMs: 1, type: "busState", bus: "body", state: "busOff" };
  for (
    const event of [
      { ...known, type: "invented" },
      { ...known, state: "melted" },
      { ...known, state: ["busOff"] },
      { ...known, type: ["busState"] },
      { ...known, extra: 1 },
      { ...known, bus: 7 },
      { atMs: 1, type: "busState", bus: "body" },
      { atMs: 1, type: "segmentPhase", node: "a", segment: -1, phase: "erasing", attempt: 1 },
      { atMs: 1, type: "runStarted", nodes: {} },
      { atMs: 1, type: "nodeIdentified", node: "a", identity: { hardware: null } },
    ] as unknown as FleetEvent[]
  ) {
    throws(() => readJournal(journalOf([event])), JournalFormatError);
  }
  const extra = { ...known, extra: 1 } as unknown as FleetEvent;
  throws(() => readJournal(journalOf([extra])), /expected a map without "extra"/);
});

Deno.test("readJournal() refuses a header that says what it does not know, though it sums up", () => {
  const { args, ...fields } = HEADER;
  const header = (magic: string, words: unknown, body: unknown): Uint8Array => {
    const items = [magic, 2, words, body];
    return encodeCbor([...items, crc32(encodeCbor(items))]);
  };
  const body = encodeCbor(fields, { depthMax: 8 });
  deepStrictEqual(readJournal(header("canvoy journal", args, body)).header, HEADER);
  for (
    const bytes of [
      header("canvoy journey", args, body),
      header("canvoy journal", [7], body),
      header("canvoy journal", args, "a text"),
      header("canvoy journal", args, body.subarray(1)),
      header("canvoy journal", args, encodeCbor({ ...fields, extra: 1 }, { depthMax: 8 })),
      header("canvoy journal", args, encodeCbor({ ...fields, nodes: [{}] }, { depthMax: 8 })),
    ]
  ) {
    throws(() => readJournal(bytes), JournalFormatError);
  }
});

Deno.test("readJournal() refuses another version of the format", () => {
  throws(
    () => readJournal(encodeCbor(["canvoy journal", 3, [], new Uint8Array(0), 0])),
    /its format is 3, not 2/,
  );
});

Deno.test("readJournal() tells that nothing is left to do only where that is the last word", () => {
  ok(readJournal(journalOf(MIXED_RUN, { isComplete: true })).isComplete);
  const { length } = MIXED_RUN;
  const more = encodeJournalRecord(length + 1, { type: "event", event: MIXED_RUN[0]! });
  const goneOn = concatBytes([journalOf(MIXED_RUN, { isComplete: true }), more]);
  strictEqual(readJournal(goneOn).isComplete, false);
  strictEqual(readJournal(goneOn).events.length, length + 1);
});

Deno.test("readJournal() takes no longer for what only looks like records", () => {
  const hostile = concatBytes([
    journalOf(MIXED_RUN),
    ...Array.from({ length: 20_000 }, () => encodeCbor([1, new Uint8Array(100), 1])),
  ]);
  strictEqual(readJournal(hostile).tail, "damaged");
});
