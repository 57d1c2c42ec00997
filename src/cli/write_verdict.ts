import type { Host, OpenJournal } from "../adapters/mod.ts";
import {
  encodeJournalHeader,
  encodeJournalRecord,
  type FolderMemory,
  type Memory,
} from "../journal/mod.ts";
import { concatBytes } from "../core/mod.ts";
import { newJournalPath } from "./journal_path.ts";
import { lockRunsFolder, readRunMemory } from "./run_memory.ts";
import { VERSION } from "./version.ts";

/**
 * Writes down what a person has decided: as a journal of no node, which carries what is known since.
 * No run begins between what was known and that.
 *
 * @param host The outside.
 * @param verdict The state folder, what is known once the person has decided, and the command line.
 * @throws {FileError} If it cannot be written, or what is there cannot be read.
 * @throws {RunInProgressError} If another run does not get to its journal for long.
 */
export async function writeVerdict(
  host: Host,
  verdict: {
    readonly state: string;
    readonly decide: (known: FolderMemory) => Memory;
    readonly args: readonly string[];
  },
): Promise<void> {
  await beginVerdict(host, verdict).close();
}

function beginVerdict(
  host: Host,
  { state, decide, args }: Parameters<typeof writeVerdict>[1],
): OpenJournal {
  using _folder = lockRunsFolder(state, host);
  const known = readRunMemory(state, host);
  const header = encodeJournalHeader({
    args,
    tool: VERSION,
    startedAt: new Date(host.nowMs()).toISOString(),
    fleet: new Uint8Array(0),
    nodes: [],
    images: [],
    plan: new Uint8Array(0),
    memory: decide(known),
    carried: known.carried,
  });
  const content = concatBytes([header, encodeJournalRecord(0, { type: "complete" })]);
  const path = newJournalPath(host, { state, isDurable: true });
  return host.runFiles.create(path, { content, isDurable: true, ownsFolder: true });
}
