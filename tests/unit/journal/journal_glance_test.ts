import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { encodeCbor } from "../../../src/codec/mod.ts";
import { encodeJournalRecord, glanceAtJournal } from "../../../src/journal/mod.ts";
import { MIXED_RUN } from "../report/_support.ts";
import { HEADER, journalOf } from "./_support.ts";

Deno.test("glanceAtJournal() sees the arguments that the header holds, whatever their length", () => {
  for (const lengthBytes of [0, 1, 23, 24, 255, 256, 4096]) {
    const header = { ...HEADER, args: ["flash", "ü".repeat(lengthBytes), "--only", "door"] };
    deepStrictEqual(glanceAtJournal(journalOf([], { header })), {
      args: header.args,
      isComplete: false,
    });
  }
});

Deno.test("glanceAtJournal() sees that nothing is left to do, for every size of the checksum", () => {
  const sizes = new Set<number>();
  for (let index = 0; index < 3_000_000 && sizes.size < 2; index += 997) {
    const record = encodeJournalRecord(index, { type: "complete" });
    const checksumBytes = record.length - record.lastIndexOf(0x65) - 1;
    if (sizes.has(checksumBytes)) continue;
    sizes.add(checksumBytes);
    const journal = new Uint8Array([...journalOf(MIXED_RUN), ...record]);
    strictEqual(glanceAtJournal(journal)?.isComplete, true, `${checksumBytes} bytes`);
  }
});

Deno.test("glanceAtJournal() takes nothing else for a journal", () => {
  for (const other of [[], "canvoy journal", ["canvoy journal"], ["canvoy journal", 1, "flash"]]) {
    strictEqual(glanceAtJournal(encodeCbor(other)), undefined);
  }
  strictEqual(glanceAtJournal(new Uint8Array(0)), undefined);
  strictEqual(glanceAtJournal(journalOf([]).subarray(0, 20)), undefined);
});
