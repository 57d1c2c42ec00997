import type { Host } from "../adapters/mod.ts";
import { journalTimeMs, journalTimeName, REHEARSAL_ENDING } from "../journal/mod.ts";
import { fileName, rehearsalsFolder, runsFolder } from "./run_memory.ts";

/**
 * Names a new journal by its time.
 *
 * @param host Lists those that are there, and tells the time.
 * @param options The state folder, and whether its nodes outlive the run.
 * @returns Its path: it is later than all others, also where the clock was set back meanwhile.
 */
export function newJournalPath(
  host: { readonly runFiles: Pick<Host["runFiles"], "names">; readonly nowMs: Host["nowMs"] },
  { state, isDurable }: { readonly state: string; readonly isDurable: boolean },
): string {
  const folder = isDurable ? runsFolder(state) : rehearsalsFolder(state);
  // A rehearsal may not read what is there, and comes after nothing.
  const others = isDurable ? host.runFiles.names(folder) : [];
  const ending = isDurable ? ".cborseq" : REHEARSAL_ENDING;
  // Two runs of one millisecond, of different fleets, are told apart.
  const unique = crypto.randomUUID().slice(0, 4);
  return `${folder}/${timeAfter(others, host.nowMs())}-${unique}${ending}`;
}

/** Names sort by age; those that tell no time do not. */
function timeAfter(paths: readonly string[], nowMs: number): string {
  const newestMs = Math.max(...paths.map((path) => journalTimeMs(fileName(path)) ?? -Infinity));
  return journalTimeName(newestMs >= nowMs ? newestMs + 1 : nowMs);
}
