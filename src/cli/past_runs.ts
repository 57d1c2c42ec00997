import type { Host } from "../adapters/mod.ts";
import { EMPTY_FLEET, type FleetState, reduceFleet } from "../fleet/mod.ts";
import {
  type FolderMemory,
  JournalFormatError,
  openRuns,
  readJournal,
  type SeenJournal,
} from "../journal/mod.ts";
import { fileName, rehearsalsFolder, runsFolder } from "./run_memory.ts";

/**
 * Lists the journals of a state folder, rehearsals on nodes of their own process too.
 *
 * @param state The state folder.
 * @param host The outside.
 * @returns The newest first.
 */
export function pastRuns(
  state: string,
  { runFiles }: Pick<Host, "runFiles">,
): readonly SeenJournal[] {
  const journals = [runsFolder(state), rehearsalsFolder(state)]
    .flatMap((folder) => [...runFiles.list(folder)]);
  return journals.sort((left, right) => fileName(left.path) < fileName(right.path) ? 1 : -1);
}

/**
 * Reads how far a run came.
 *
 * @param journal Its journal.
 * @param host The outside.
 * @returns The fleet as its last event left it; `undefined` for what is no journal of a run.
 */
export function stateOfPastRun(
  { path, glance }: SeenJournal,
  host: Pick<Host, "readFile">,
): FleetState | undefined {
  if (glance === undefined) return undefined;
  try {
    const { events } = readJournal(host.readFile(path));
    return events.length === 0 ? undefined : events.reduce(reduceFleet, EMPTY_FLEET);
  } catch (error) {
    if (error instanceof JournalFormatError) return undefined;
    throw error;
  }
}

/**
 * Finds journals that nobody needs: of runs that are through, or that a later run has settled, and
 * of all rehearsals. What a node was left with is not lost where a later journal carries it.
 *
 * @param state The state folder.
 * @param host The outside.
 * @param keepCount How many of the newest are kept in any case.
 * @returns Their paths, the newest first.
 */
export function journalsToRemove(
  state: string,
  { runFiles }: Pick<Host, "runFiles">,
  keepCount: number,
): readonly string[] {
  const folders = [runsFolder(state), rehearsalsFolder(state)];
  return folders.flatMap((folder) => {
    const journals = [...runFiles.list(folder)];
    const open = new Set(openRuns(journals));
    return journals.slice(keepCount)
      .filter(({ path, glance }) => glance !== undefined && !open.has(path))
      .map(({ path }) => path)
      .filter((path) => !runFiles.isLocked(path));
  });
}

/**
 * Leaves out what a journal that is begun now does not carry: those that a run has gone on in since they
 * were looked at, and those that cannot be read, which a person is to look into.
 *
 * @param paths Journals.
 * @param known What the state folder holds as that journal is begun.
 * @returns Those whose content is carried.
 */
export function withoutUncarried(
  paths: readonly string[],
  { carried, memory }: FolderMemory,
): readonly string[] {
  const kept = new Set([...carried.except, ...memory.unread.map(({ file }) => file)]);
  return paths.filter((path) => !kept.has(fileName(path)));
}
