/** What is a whole record, and what only looks like one: with its checksum right, whatever else is not. */
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { type CborValue, crc32, encodeCbor } from "../../../src/codec/mod.ts";
import { concatBytes } from "../../../src/core/mod.ts";
import {
  encodeJournalHeader,
  JournalFormatError,
  openJournalRecord,
  readJournal,
  RECORD_BYTES_MAX,
} from "../../../src/journal/mod.ts";
import { HEADER } from "./_support.ts";

const PAYLOAD = Uint8Array.of(1, 2, 3);

/** What a record's checksum is: over its index, as four bytes, and its payload. */
function checksum(index: readonly number[], payload: Uint8Array | string = PAYLOAD): number {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  return crc32(concatBytes([Uint8Array.from(index), bytes]));
}

Deno.test("openJournalRecord() takes any index that four bytes hold, and the longest payload", () => {
  for (const [index, bytes] of [[0, [0, 0, 0, 0]], [0xFFFF_FFFF, [255, 255, 255, 255]]] as const) {
    deepStrictEqual(openJournalRecord([index, PAYLOAD, checksum(bytes)]), {
      index,
      payload: PAYLOAD,
    });
  }
  const payload = new Uint8Array(RECORD_BYTES_MAX);
  strictEqual(openJournalRecord([1, payload, checksum([0, 0, 0, 1], payload)])?.payload, payload);
});

Deno.test("openJournalRecord() takes nothing else for a record, with the right checksum neither", () => {
  const zero = checksum([0, 0, 0, 0]);
  const long = new Uint8Array(RECORD_BYTES_MAX + 1);
  const items: readonly CborValue[] = [
    null,
    "abc",
    PAYLOAD,
    new Map(),
    [0, PAYLOAD],
    [0, PAYLOAD, zero, zero],
    [0, PAYLOAD, zero + 1],
    ["0", PAYLOAD, zero],
    [null, PAYLOAD, zero],
    [-1, PAYLOAD, checksum([255, 255, 255, 255])],
    [2 ** 32, PAYLOAD, zero],
    [0, "ab", checksum([0, 0, 0, 0], "ab")],
    [0, long, checksum([0, 0, 0, 0], long)],
  ];
  for (const item of items) strictEqual(openJournalRecord(item), undefined);
});

Deno.test("readJournal() refuses a header with an item too many, and calls a run that began not complete", () => {
  const journal = readJournal(encodeJournalHeader(HEADER));
  strictEqual(journal.isComplete, false);
  const items = ["canvoy journal", 2, HEADER.args, new Uint8Array(0)];
  const whole = [...items, crc32(encodeCbor(items))];
  for (const header of [whole, [...whole, 0]]) {
    throws(() => readJournal(encodeCbor(header)), (error: unknown) => {
      const isChecksum = `${error}`.includes("the checksum of its header is wrong");
      return error instanceof JournalFormatError && isChecksum === (header.length === 6);
    });
  }
});
