import { ok } from "node:assert/strict";
import { crc32, encodeCbor } from "../../../src/codec/mod.ts";
import { concatBytes, uintToBytesBe } from "../../../src/core/mod.ts";
import { historiesOf, readJournal, readJournalHead } from "../../../src/journal/mod.ts";
import { journalOf } from "../../unit/journal/_support.ts";
import { MIXED_RUN } from "../../unit/report/_support.ts";
import { accepted, type FuzzDecoder, textWords } from "../decoder.ts";
import { decodeScript, encodeScript } from "../script.ts";

/** Initial bytes of CBOR items that lead somewhere else. */
export const CBOR_WORDS: readonly Uint8Array[] = [
  [0x00],
  [0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
  [0x3B],
  [0x5A, 0x7F, 0xFF, 0xFF, 0xFF],
  [0x5B, 0x00, 0x20, 0, 0, 0, 0, 0, 0],
  [0x7B],
  [0x83],
  [0x9A, 0xFF, 0xFF, 0xFF, 0xFF],
  [0x9B],
  [0x9F],
  [0xA0],
  [0xBA, 0xFF, 0xFF, 0xFF, 0xFF],
  [0xBF],
  [0xC0],
  [0xD8, 0x6B],
  [0xF9, 0x7E, 0x00],
  [0xFB],
  [0xFF],
  [0x5F],
  [0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81],
].map((bytes) => Uint8Array.from(bytes));

/** Reads bytes as a journal in every way there is; tells whether they are one. */
function readAll(bytes: Uint8Array): boolean {
  readJournalHead(bytes);
  const journal = accepted(() => readJournal(bytes));
  if (journal === undefined) return false;
  ok(journal.endOffset <= bytes.length);
  historiesOf(journal);
  return true;
}

/** Journals. */
export const JOURNAL: FuzzDecoder = {
  seeds: [
    journalOf(MIXED_RUN.slice(0, 6), { isComplete: true }),
    journalOf(MIXED_RUN.slice(0, 12)),
    journalOf([]),
  ],
  words: CBOR_WORDS,
  inputBytesMax: 4096,
  attempt: readAll,
};

/** What a record holds: a journal is made of the steps of a script, all checksums right. */
export const JOURNAL_RECORDS: FuzzDecoder = {
  seeds: [
    encodeScript(MIXED_RUN.slice(0, 9).map((event) => ({ kind: 0, data: encodeEvent(event) }))),
    encodeScript(MIXED_RUN.slice(9).map((event) => ({ kind: 0, data: encodeEvent(event) }))),
  ],
  words: [
    ...CBOR_WORDS,
    ...textWords("node", "engine", "segment", "phase", "erasing", "verified", "start", "__proto__"),
  ],
  inputBytesMax: 4096,
  attempt: (bytes) => {
    const records = [...decodeScript(bytes)].map(({ data }, index) =>
      encodeCbor([index, data, crc32(data, crc32(uintToBytesBe(index, 4)))])
    );
    return readAll(concatBytes([journalOf([]), ...records])) && records.length > 0;
  },
};

function encodeEvent(event: object): Uint8Array {
  return encodeCbor(event, { floats: true, depthMax: 8 });
}
