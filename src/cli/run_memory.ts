import type { Host } from "../adapters/mod.ts";
import {
  causesOf,
  describeClaims,
  type FolderMemory,
  type JournalNode,
  type Memory,
  readFolderMemory,
  REHEARSAL_ENDING,
} from "../journal/mod.ts";

/**
 * Reads what the runs of a state folder know of all nodes.
 *
 * @param state The state folder.
 * @param host The outside.
 * @param ownPath The journal that this process has locked itself, absolute, where there is one.
 * @returns What they know.
 * @throws {FileError} If the folder or a journal is there and cannot be read.
 */
export function readRunMemory(
  state: string,
  host: Pick<Host, "readFile" | "runFiles" | "absolutePath">,
  ownPath?: string,
): FolderMemory {
  const { runFiles } = host;
  const paths = runFiles.names(runsFolder(state))
    // Rehearsals of earlier versions lie among them.
    .filter((path) => !path.endsWith(REHEARSAL_ENDING));
  return readFolderMemory(paths.map((path) => ({
    file: fileName(path),
    read: () => host.readFile(path),
    isRunning: () => host.absolutePath(path) !== ownPath && runFiles.isLocked(path),
  })));
}

/**
 * Names the folder of the journals that count.
 *
 * @param state The state folder.
 * @returns The folder.
 */
export function runsFolder(state: string): string {
  return `${state}/runs`;
}

/**
 * Names the folder of the journals of runs whose nodes ended with their process: they never count.
 *
 * @param state The state folder.
 * @returns The folder.
 */
export function rehearsalsFolder(state: string): string {
  return `${state}/rehearsals`;
}

/** How long another run may take until its journal is there, in ms: it is synced meanwhile. */
const BEGIN_MS_MAX = 30_000;

/**
 * Keeps other runs from beginning, of whatever fleet: what a journal carries is what was there when
 * it was begun, so none may be on its way to the folder between the look and its own name.
 *
 * @param state The state folder.
 * @param host The outside.
 * @returns Dispose as soon as the journal is there; nothing may be awaited until then.
 * @throws {RunInProgressError} If another run does not get to its journal for long.
 * @throws {FileError} If the folder cannot be written to.
 */
export function lockRunsFolder(state: string, host: Pick<Host, "runFiles">): Disposable {
  return host.runFiles.lock(`${state}/runs.lock`, `the journals of ${state}`, {
    create: true,
    waitMs: BEGIN_MS_MAX,
  });
}

/**
 * Takes the name from a path.
 *
 * @param path The path.
 * @returns Its last part.
 */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * Says which nodes of a run are erased again because a journal cannot be read in whole.
 *
 * @param memory What is known.
 * @param nodes The nodes of the run.
 * @returns A line for each such journal.
 */
export function doubtLines(memory: Memory, nodes: readonly JournalNode[]): readonly string[] {
  const doubts = new Map<string, string[]>();
  for (const { name, claims } of nodes) {
    if (Object.keys(claims).length === 0) continue;
    for (const file of causesOf(memory, claims)) {
      const names = doubts.get(file) ?? [];
      doubts.set(file, [...names, name]);
    }
  }
  return [...doubts].map(([file, names]) =>
    `journal ${file} cannot be read in whole: ${listed(names)} may be torn and ${
      names.length === 1 ? "is" : "are"
    } erased again, unless you settle it: canvoy runs settle ${file}`
  );
}

/**
 * Says which torn nodes a run cannot mend, as its fleet file does not name them any more.
 *
 * @param missing What is known of them.
 * @returns A line for each.
 */
export function missingLines(missing: Memory["records"]): readonly string[] {
  return missing.map(({ name, claims, fleet }) =>
    `node "${name}" of ${fleet} (${
      describeClaims(claims)
    }) was left torn and is not in the fleet file: ` +
    `flash it, or say that it is scrap: canvoy runs forget ${
      shellWord(claims.serial ?? claims.spot ?? claims.name ?? "")
    }`
  );
}

/**
 * Says that another user's runs are not known here, where `sudo` has made one user another.
 *
 * @param beside That user's state folder; `undefined` where there is none.
 * @param state The one that counts.
 * @param host The outside.
 * @returns A line, where any run is kept there.
 */
export function besideLines(
  beside: string | undefined,
  state: string | undefined,
  { runFiles }: Pick<Host, "runFiles">,
): readonly string[] {
  if (beside === undefined || beside === state) return [];
  try {
    if (runFiles.names(runsFolder(beside)).length === 0) return [];
  } catch {
    // Whoever may not look there is not told what is there.
    return [];
  }
  return [
    `${beside} holds runs of the user who called sudo, of which nothing is known here: ` +
    `--state ${shellWord(beside)} goes on with what they left`,
  ];
}

const NAMES_MAX = 5;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX).join(", ");
  return names.length > NAMES_MAX ? `${shown} and ${names.length - NAMES_MAX} more` : shown;
}

/**
 * Writes a text as a shell takes it for one word.
 *
 * @param text The text.
 * @returns The same, quoted where that is needed.
 */
export function shellWord(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
