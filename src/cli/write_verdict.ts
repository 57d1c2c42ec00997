import type { Host } from "../adapters/mod.ts";
import {
  encodeJournalHeader,
  encodeJournalRecord,
  type FolderMemory,
  type Memory,
} from "../journal/mod.ts";
import { concatBytes } from "../core/mod.ts";
import { newJournalPath } from "./journal_path.ts";
import { VERSION } from "./version.ts";

/**
 * Writes down what a person has decided: as a journal of no node, which carries what is known since.
 *
 * @param host The outside.
 * @param verdict The state folder, what it held, what is known now, and the command line.
 * @throws {FileError} If it cannot be written.
 */
export async function writeVerdict(
  host: Host,
  verdict: {
    readonly state: string;
    readonly known: FolderMemory;
    readonly memory: Memory;
    readonly args: readonly string[];
  },
): Promise<void> {
  const { state, known, memory, args } = verdict;
  const header = encodeJournalHeader({
    args,
    tool: VERSION,
    startedAt: new Date().toISOString(),
    fleet: new Uint8Array(0),
    nodes: [],
    images: [],
    plan: new Uint8Array(0),
    memory,
    carried: known.carried,
  });
  const content = concatBytes([header, encodeJournalRecord(0, { type: "complete" })]);
  const path = newJournalPath(host, { state, isDurable: true });
  await host.runFiles.create(path, { content, isDurable: true, ownsFolder: true }).close();
}
