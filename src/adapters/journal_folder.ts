import { readJournalHead, type SeenJournal } from "../journal/mod.ts";
import { toFileError } from "./files.ts";

/** Ending of a journal's name. */
const ENDING = ".cborseq";
/** How much of each end of a journal is looked at first: most headers, the last record. */
const HEAD_BYTES = 64 * 1024;
const TAIL_BYTES = 32;

/**
 * Looks at the journals of a folder.
 *
 * @param folder The folder; one that is not there holds none.
 * @returns Each, by name from the last to the first: the newest first, as their names are times.
 * @throws {FileError} While it is listed: if the folder or a journal is there and cannot be read, as
 * what it holds must not count as nothing.
 */
export function* listJournals(folder: string): Generator<SeenJournal> {
  for (const path of journalPaths(folder)) yield { path, glance: glanceAt(path) };
}

/**
 * Names the journals of a folder.
 *
 * @param folder The folder; one that is not there holds none.
 * @returns Their paths, as {@linkcode listJournals} orders them.
 * @throws {FileError} If the folder is there and cannot be read.
 */
export function journalPaths(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name)
      .filter((name) => name.endsWith(ENDING)).sort().reverse().map((name) => `${folder}/${name}`);
  } catch (error) {
    return nothingOr(error, folder, []);
  }
}

/**
 * Removes a journal.
 *
 * @param path Where it is; one that is not there is gone already.
 * @throws {FileError} If it cannot be removed.
 */
export function removeJournal(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    const failure = toFileError(error, path, "FILE_UNWRITABLE");
    if (failure.code !== "FILE_NOT_FOUND") throw failure;
  }
}

function glanceAt(path: string): SeenJournal["glance"] {
  try {
    using file = Deno.openSync(path, { read: true });
    const { size } = file.statSync();
    const bytes = new Uint8Array(Math.min(size, HEAD_BYTES + TAIL_BYTES));
    const headBytes = readInto(file, bytes.subarray(0, HEAD_BYTES));
    if (size <= HEAD_BYTES) return readJournalHead(bytes.subarray(0, headBytes));
    const tail = bytes.subarray(HEAD_BYTES);
    file.seekSync(-tail.length, Deno.SeekMode.End);
    readInto(file, tail);
    // The header of a large fleet, or of a long memory, is longer; so is one whose first is damaged.
    return readJournalHead(bytes) ?? readJournalHead(Deno.readFileSync(path));
  } catch (error) {
    return nothingOr(error, path, undefined);
  }
}

/** What is not there holds nothing; what cannot be read may hold anything. */
function nothingOr<Nothing>(error: unknown, path: string, nothing: Nothing): Nothing {
  const failure = toFileError(error, path, "FILE_UNREADABLE");
  if (failure.code === "FILE_NOT_FOUND") return nothing;
  throw failure;
}

function readInto(file: Deno.FsFile, target: Uint8Array): number {
  let length = 0;
  for (let read; length < target.length && (read = file.readSync(target.subarray(length)));) {
    length += read;
  }
  return length;
}
