import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { crc32, encodeCbor } from "../../../src/codec/mod.ts";
import {
  encodeJournalRecord,
  newestUnfinished,
  readJournalHead,
  REHEARSAL_ENDING,
  type SeenJournal,
} from "../../../src/journal/mod.ts";
import { MIXED_RUN } from "../report/_support.ts";
import { encodeFirstHeader, HEADER, journalOf, withBitFlipped } from "./_support.ts";

Deno.test("readJournalHead() sees the arguments that the header holds, whatever their length", () => {
  for (const lengthBytes of [0, 1, 23, 24, 255, 256, 4096]) {
    const header = { ...HEADER, args: ["flash", "ü".repeat(lengthBytes), "--only", "door"] };
    deepStrictEqual(readJournalHead(journalOf([], { header })), {
      args: header.args,
      isComplete: false,
    });
  }
});

Deno.test("readJournalHead() sees that nothing is left to do, for every size of the checksum", () => {
  const sizes = new Set<number>();
  for (let index = 0; index < 3_000_000 && sizes.size < 2; index += 997) {
    const record = encodeJournalRecord(index, { type: "complete" });
    const checksumBytes = record.length - record.lastIndexOf(0x65) - 1;
    if (sizes.has(checksumBytes)) continue;
    sizes.add(checksumBytes);
    const journal = new Uint8Array([...journalOf(MIXED_RUN), ...record]);
    strictEqual(readJournalHead(journal)?.isComplete, true, `${checksumBytes} bytes`);
  }
});

Deno.test("readJournalHead() takes nothing else for a journal", () => {
  for (const other of [[], "canvoy journal", ["canvoy journal"], ["canvoy journal", 1, "flash"]]) {
    strictEqual(readJournalHead(encodeCbor(other)), undefined);
  }
  strictEqual(readJournalHead(new Uint8Array(0)), undefined);
  strictEqual(readJournalHead(journalOf([]).subarray(0, 20)), undefined);
  strictEqual(readJournalHead(encodeFirstHeader([]).with(30, 0)), undefined, "a wrong checksum");
});

/** A header of these items, whose checksum is right. */
function forged(...items: readonly unknown[]): Uint8Array {
  return encodeCbor([...items, crc32(encodeCbor(items))]);
}

Deno.test("readJournalHead() takes no header whose items are of other types, though it sums up", () => {
  const body = new Uint8Array(30);
  const args = ["flash", "/f.yaml"];
  deepStrictEqual(readJournalHead(forged("canvoy journal", 2, args, body))?.args, args);
  for (
    const items of [
      ["canvoy journey", 2, args, body],
      ["canvoy journal", "2", args, body],
      ["canvoy journal", 2, "flash /f.yaml", body],
      ["canvoy journal", 2, [7, 8], body],
      ["canvoy journal", 2, ["flash", new TextEncoder().encode("/f.yaml")], body],
      ["canvoy journal", 2, args, "a text of thirty bytes in all."],
      ["canvoy journal", 2, args],
      ["canvoy journal", 2, Array.from({ length: 1001 }, () => "a"), body],
    ]
  ) {
    strictEqual(readJournalHead(forged(...items)), undefined, JSON.stringify(items));
  }
  const most = Array.from({ length: 1000 }, () => "a");
  deepStrictEqual(readJournalHead(forged("canvoy journal", 2, most, body))?.args, most);
});

Deno.test("readJournalHead() takes no header that is cut, and none of which a bit is flipped", () => {
  const once = encodeFirstHeader(["door"]);
  deepStrictEqual(readJournalHead(once)?.args, HEADER.args);
  for (let length = 0; length < once.length; length++) {
    strictEqual(readJournalHead(once.subarray(0, length)), undefined, `${length} bytes`);
  }
  for (let bit = 0; bit < 8 * once.length; bit++) {
    strictEqual(readJournalHead(withBitFlipped(once, bit)), undefined, `bit ${bit}`);
  }
});

Deno.test("readJournalHead() sees the last word before a checksum of each size, and of no other", () => {
  const word = [0x49, 0x68, ...new TextEncoder().encode("complete")];
  const glance = (tail: readonly number[]) =>
    readJournalHead(new Uint8Array([...journalOf(MIXED_RUN), 0x83, 0x07, ...tail]))?.isComplete;
  for (const checksum of [[0x00], [0x17], [0x18, 0xFF], [0x19, 1, 0], [0x1A, 1, 0, 0, 0]]) {
    strictEqual(glance([...word, ...checksum]), true, `${checksum}`);
    strictEqual(glance([...word.with(9, 0x66), ...checksum]), false, `${checksum}`);
  }
  for (const other of [[], [0x18], [0x20], [0x1A, 1], [0x00, 1, 0], [0x1B, 1, 0, 0, 0]]) {
    strictEqual(glance([...word, ...other]), false, `${other}`);
  }
});

/** A journal of a folder: its name, whether it is through, and what its run was asked behind `flash`. */
function glanced(path: string, isComplete: boolean, ...args: readonly string[]): SeenJournal {
  return { path, glance: { args: ["flash", ...args], isComplete } };
}

Deno.test("newestUnfinished() is not misled by a later run of other nodes, on other buses, or rehearsed", () => {
  const killed = glanced("a", false, "/f.yaml");
  const unfinished = (...later: readonly SeenJournal[]) => newestUnfinished([...later, killed]);
  strictEqual(unfinished(), "a");
  strictEqual(unfinished(glanced("b", true, "/f.yaml", "--only", "door")), "a");
  strictEqual(unfinished(glanced("b", true, "/f.yaml", "--except", "door")), "a");
  strictEqual(unfinished(glanced("b", true, "/f.yaml", "--bus", "can=socketcan:can1")), "a");
  strictEqual(unfinished(glanced(`b${REHEARSAL_ENDING}`, true, "/f.yaml")), "a");
  strictEqual(unfinished(glanced("b", true, "/other.yaml")), "a");
  strictEqual(unfinished(glanced("b", false, "/f.yaml", "--only", "door")), "b");
  strictEqual(unfinished(glanced("b", true, "/f.yaml")), undefined);
});

Deno.test("newestUnfinished() takes a run of the same nodes, or of all, for one that settles it", () => {
  const killed = glanced("a", false, "/f.yaml", "--only", "door", "--only", "seat");
  strictEqual(newestUnfinished([glanced("b", true, "/f.yaml", "--only", "door"), killed]), "a");
  const same = glanced("b", true, "/f.yaml", "--only", "seat", "--only", "door");
  strictEqual(newestUnfinished([same, killed]), undefined);
  strictEqual(newestUnfinished([glanced("b", true, "/f.yaml"), killed]), undefined);
});

Deno.test("newestUnfinished() passes over what is no journal, and over runs of no fleet", () => {
  const killed = glanced("a", false, "/f.yaml");
  strictEqual(
    newestUnfinished([{ path: "c", glance: undefined }, glanced("b", false), killed]),
    "a",
  );
});
