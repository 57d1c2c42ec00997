import { readdirSync, readFileSync } from "node:fs";
import { readJournalHead, type SeenJournal } from "../../src/journal/journal_head.ts";

/** What the rights are computed from, read by Node. */

/**
 * Reads a text.
 *
 * @param path Its file.
 * @returns The text; empty where it cannot be read: canvoy itself says what is wrong with it.
 */
export function readTextOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/**
 * Looks at a journal.
 *
 * @param path Its file.
 * @returns What is to be seen; `undefined` where it is none that can be read.
 */
export function glanceAtFile(path: string): SeenJournal["glance"] {
  try {
    return readJournalHead(readFileSync(path));
  } catch {
    return undefined;
  }
}

/**
 * Looks at a folder's journals.
 *
 * @param folder The folder.
 * @returns Its journals, the newest first; none where it is not there.
 */
export function journalsIn(folder: string): readonly SeenJournal[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync(folder).sort().reverse();
  } catch {
    // No run was ever kept there.
  }
  return names.filter((name) => name.endsWith(".cborseq"))
    .map((name) => ({ path: `${folder}/${name}`, glance: glanceAtFile(`${folder}/${name}`) }));
}
