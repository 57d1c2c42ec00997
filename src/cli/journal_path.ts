import type { Host } from "../adapters/mod.ts";
import { REHEARSAL_ENDING } from "../journal/mod.ts";
import { rehearsalsFolder, runsFolder } from "./run_memory.ts";

/**
 * Names a new journal by its time.
 *
 * @param host Lists those that are there.
 * @param options The state folder, and whether its nodes outlive the run.
 * @returns Its path: it is later than all others, also where the clock was set back meanwhile.
 */
export function newJournalPath(
  host: Pick<Host, "runFiles">,
  { state, isDurable }: { readonly state: string; readonly isDurable: boolean },
): string {
  const folder = isDurable ? runsFolder(state) : rehearsalsFolder(state);
  // A rehearsal may not read what is there, and comes after nothing.
  const others = isDurable ? host.runFiles.names(folder) : [];
  const ending = isDurable ? ".cborseq" : REHEARSAL_ENDING;
  // Two runs of one millisecond, of different fleets, are told apart.
  const unique = crypto.randomUUID().slice(0, 4);
  return `${folder}/${timeAfter(others, Date.now())}-${unique}${ending}`;
}

/** Names sort by age. */
function timeAfter(paths: readonly string[], nowMs: number): string {
  const times = paths.map(timeOf).filter((ms) => !Number.isNaN(ms));
  const newestMs = Math.max(...times);
  const time = new Date(newestMs >= nowMs ? newestMs + 1 : nowMs);
  return time.toISOString().replaceAll(":", "-");
}

function timeOf(path: string): number {
  const [, day, hours, minutes, rest] = /([^/T]+)T(\d\d)-(\d\d)-([\d.]+Z)[^/]*$/.exec(path) ?? [];
  return Date.parse(`${day}T${hours}:${minutes}:${rest}`);
}
