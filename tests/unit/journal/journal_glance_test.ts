import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { encodeCbor } from "../../../src/codec/mod.ts";
import {
  encodeJournalRecord,
  glanceAtJournal,
  type GlancedJournal,
  newestUnfinished,
  REHEARSAL_ENDING,
} from "../../../src/journal/mod.ts";
import { MIXED_RUN } from "../report/_support.ts";
import { encodeFirstHeader, HEADER, journalOf } from "./_support.ts";

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
  strictEqual(glanceAtJournal(encodeFirstHeader([]).with(30, 0)), undefined, "a wrong checksum");
});

/** A journal of a folder: its name, whether it is through, and what its run was asked behind `flash`. */
function glanced(path: string, isComplete: boolean, ...args: readonly string[]): GlancedJournal {
  return { path, glance: { args: ["flash", ...args], isComplete } };
}

Deno.test("newestUnfinished() is not misled by a later run of other nodes, on other buses, or rehearsed", () => {
  const killed = glanced("a", false, "/f.yaml");
  const unfinished = (...later: readonly GlancedJournal[]) => newestUnfinished([...later, killed]);
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
