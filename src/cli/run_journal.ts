import { defined } from "../core/mod.ts";
import { type Host, type OpenJournal, stateFolderBeside } from "../adapters/mod.ts";
import type { EventJournal } from "../fleet/mod.ts";
import {
  EMPTY_MEMORY,
  encodeJournalHeader,
  type FolderMemory,
  type Journal,
  type JournalNode,
  JournalWriter,
  type Memory,
  memoryOf,
  mergeMemories,
  missingRecords,
  NOTHING_CARRIED,
  planDigest,
} from "../journal/mod.ts";
import { type BusChoice, chooseBuses } from "./bus_choice.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";
import { COMMANDS } from "./commands_table.ts";
import { jobArguments } from "./job_arguments.ts";
import { newJournalPath } from "./journal_path.ts";
import type { LoadedFleet } from "./load_jobs.ts";
import { journalNodes, placeOfBus } from "./node_places.ts";
import { isShared, lockRun } from "./run_locks.ts";
import {
  besideLines,
  doubtLines,
  fileName,
  lockRunsFolder,
  missingLines,
  readRunMemory,
  runsFolder,
} from "./run_memory.ts";
import { StateFolderError } from "./state_folder_error.ts";
import { stateFolderOf } from "./state_folder_of.ts";
import { VERSION } from "./version.ts";

/** A run's journal, with the locks that keep other runs away. */
export interface RunJournal {
  /** Where it is. */
  readonly path: string;
  /** Where the run's events go. */
  readonly events: EventJournal;
  /** What runs before it left of all nodes. */
  readonly memory: Memory;
  /** The nodes that it is about. */
  readonly nodes: readonly JournalNode[];
  /** The fleet file, absolute. */
  readonly fleetPath: string;
  /** What a person should know before anything is sent. */
  readonly notes: readonly string[];
  /**
   * Writes what is left, closes the journal and gives the locks up.
   *
   * @param isThrough Whether nothing is left to do.
   * @throws {FileError} If anything could not be written.
   */
  close(isThrough: boolean): Promise<void>;
  /** Leaves everything as it was before: nothing was sent. */
  abandon(): Promise<void>;
}

/** What a journal is opened for. */
export interface RunJournalParts {
  /** The fleet file, absolute. */
  readonly fleetPath: string;
  /** What it says. */
  readonly loaded: LoadedFleet;
  /** The command line. */
  readonly args: CommandArguments;
  /** The outside. */
  readonly host: Host;
  /** Where the buses are this time. */
  readonly choices: readonly BusChoice[];
  /** By which adapters, by the bus's name; unknown when absent. */
  readonly adapters?: ReadonlyMap<string, string>;
  /** Whether the person at the terminal was told already what cannot be read. */
  readonly areDoubtsTold?: boolean;
}

/**
 * Begins a journal, before the first frame.
 *
 * @param parts What the run is about.
 * @param more What is known of nodes besides what the state folder's runs left, by default nothing;
 * a journal that this process has locked itself.
 * @returns The journal, with all that.
 * @throws {FileError} If it cannot be written, or what is there cannot be read.
 * @throws {RunInProgressError} If another run works on the same fleet or bus.
 * @throws {StateFolderError} If nothing tells where to.
 */
export function beginJournal(
  parts: RunJournalParts,
  { besides = EMPTY_MEMORY, ownPath }: { readonly besides?: Memory; readonly ownPath?: string } =
    {},
): RunJournal {
  const { fleetPath, loaded, args, host, choices } = parts;
  const state = stateFolderOf(args, host, loaded.fleet);
  const locks = lockRun(choices, { fleetPath, host, state });
  try {
    const isDurable = isShared(choices);
    using _folder = lockFolder(state, parts);
    const known = knownInFolder(state, parts, ownPath);
    const content = encodeJournalHeader({
      args: jobArguments(fleetPath, args, FLASH_OPTIONS, host),
      tool: VERSION,
      startedAt: new Date(host.nowMs()).toISOString(),
      fleet: loaded.digests.fleet,
      ...defined({ release: loaded.digests.release }),
      nodes: nodesOf(parts),
      images: loaded.digests.images,
      plan: planDigest(loaded.jobs),
      memory: mergeMemories([besides, known?.carriable ?? EMPTY_MEMORY]),
      carried: known?.carried ?? NOTHING_CARRIED,
    });
    const file = createFile(state, { content, isDurable }, parts);
    return toRunJournal({
      file,
      nextIndex: 0,
      memory: mergeMemories([besides, known?.memory ?? EMPTY_MEMORY]),
      parts,
      locks,
      isNew: true,
    });
  } catch (error) {
    locks[Symbol.dispose]();
    throw error;
  }
}

/**
 * Goes on in the journal of a run that was not through. One that is damaged or of an earlier format
 * stays as it is, and so does one that a later run has taken over from: then a new one is begun.
 *
 * @param journal What it holds.
 * @param file Its file; it is closed with what is returned.
 * @param parts What the run is about.
 * @returns The journal.
 * @throws {FileError} If its torn tail cannot be cut off, or the new one cannot be written.
 * @throws {RunInProgressError} If another run works on the same fleet or bus.
 * @throws {StateFolderError} If nothing tells where its buses' locks are.
 */
export function continueJournal(
  journal: Journal,
  file: OpenJournal,
  parts: RunJournalParts,
): RunJournal {
  const { fleetPath, loaded, args, host, choices } = parts;
  const state = stateFolderOf(args, host, loaded.fleet);
  const ownPath = host.absolutePath(file.path);
  const isInFolder = state !== undefined &&
    ownPath.startsWith(`${host.absolutePath(runsFolder(state))}/`);
  const look = (): FolderMemory | undefined => knownInFolder(state, parts, ownPath);
  const known = isInFolder ? withFolderLocked(state, parts, look) : look();
  const isOutdated = isInFolder && known?.isCarried(fileName(file.path)) === true;
  // What others carry of it, or the folder holds with it, is not taken twice: it may be settled since.
  const own = isInFolder && known !== undefined
    ? EMPTY_MEMORY
    : memoryOf(journal, fileName(file.path));
  if (journal.tail === "damaged" || journal.isFirstFormat || isOutdated) {
    return beside(file, beginJournal(parts, { besides: own, ownPath }));
  }
  const locks = lockRun(choices, { fleetPath, host, state });
  try {
    file.continueAt(journal.endOffset, { isDurable: isShared(choices) });
    return toRunJournal({
      file,
      nextIndex: journal.nextIndex,
      memory: mergeMemories([own, known?.memory ?? EMPTY_MEMORY]),
      parts,
      locks,
      isNew: false,
    });
  } catch (error) {
    locks[Symbol.dispose]();
    throw error;
  }
}

/**
 * Tells of a run that is to begin what a person may want to settle first.
 *
 * @param parts What the run is about.
 * @returns A line for each journal that cannot be read in whole and counts against its nodes.
 */
export function doubtsBefore(parts: RunJournalParts): readonly string[] {
  const state = stateFolderOf(parts.args, parts.host, parts.loaded.fleet);
  const known = knownInFolder(state, parts);
  return known === undefined ? [] : doubtLines(known.memory, nodesOf(parts));
}

/** Whoever begins meanwhile finds this run's journal locked, or is found by it. */
function withFolderLocked<Result>(
  state: string,
  { host, choices }: RunJournalParts,
  body: () => Result,
): Result {
  if (!isShared(choices)) return body();
  using _folder = lockRunsFolder(state, host);
  return body();
}

/** Until the journal is there: one that is kept elsewhere, or never counts, is in nobody's way. */
function lockFolder(
  state: string | undefined,
  { args, host, choices }: RunJournalParts,
): Disposable {
  const isKept = isShared(choices) && optionText(args, "journal") === undefined;
  return state === undefined || !isKept ? new DisposableStack() : lockRunsFolder(state, host);
}

/** Nothing where the nodes are modelled here, and are new each time. */
function knownInFolder(
  state: string | undefined,
  { host, choices }: RunJournalParts,
  ownPath?: string,
): FolderMemory | undefined {
  return state === undefined || !isShared(choices)
    ? undefined
    : readRunMemory(state, host, ownPath);
}

function nodesOf(parts: RunJournalParts): readonly JournalNode[] {
  const { fleetPath, loaded, choices, host, adapters } = parts;
  const machine = host.machineId();
  return journalNodes(fleetPath, loaded, choices, {
    ...defined({ machine, adapters }),
  });
}

/** A new journal; the file of the one before it stays locked as long as it is written. */
function beside(file: OpenJournal, journal: RunJournal): RunJournal {
  return {
    ...journal,
    close: (isThrough) => journal.close(isThrough).finally(() => file.close()),
    abandon: () => journal.abandon().finally(() => file.close()),
  };
}

const FLASH_OPTIONS = COMMANDS.find(({ name }) => name === "flash")!.options;

function toRunJournal(made: {
  readonly file: OpenJournal;
  readonly nextIndex: number;
  readonly memory: Memory;
  readonly parts: RunJournalParts;
  readonly locks: Disposable;
  readonly isNew: boolean;
}): RunJournal {
  const { file, nextIndex, memory, parts, locks, isNew } = made;
  const nodes = nodesOf(parts);
  const writer = new JournalWriter(file, nextIndex, nodes);
  return {
    path: file.path,
    events: writer,
    memory,
    nodes,
    fleetPath: parts.fleetPath,
    notes: [
      ...(parts.areDoubtsTold === true ? [] : doubtLines(memory, nodes)),
      ...missingLines(missingHere(memory, parts)),
      ...linesBeside(parts),
    ],
    close: async (isThrough) => {
      // A failure is told by the file when it is closed.
      if (isThrough) writer.complete().subscribe({ error: () => {} });
      try {
        await file.close();
      } finally {
        locks[Symbol.dispose]();
      }
    },
    abandon: async () => {
      locks[Symbol.dispose]();
      if (isNew) file.remove();
      await file.close();
    },
  };
}

function linesBeside({ args, host, loaded, choices }: RunJournalParts): readonly string[] {
  if (!isShared(choices)) return [];
  const beside = stateFolderBeside((name) => host.env(name));
  return besideLines(beside, stateFolderOf(args, host, loaded.fleet), host);
}

/** Torn nodes that this fleet file, or one with the same buses, named once and names no more. */
function missingHere(memory: Memory, parts: RunJournalParts): Memory["records"] {
  const { fleetPath, loaded: { fleet }, args } = parts;
  // Also those on buses that this run leaves alone.
  const choices = chooseBuses(fleet, args);
  const all = nodesOf({ ...parts, choices, loaded: { ...parts.loaded, nodes: fleet.nodes } });
  const places = new Set(choices.flatMap(({ url }) => placeOfBus(url) ?? []));
  return missingRecords(memory, all.map(({ claims }) => claims))
    .filter(({ fleet, claims: { spot = "" } }) =>
      fleet === fleetPath || places.has(spot.slice(spot.indexOf("@") + 1))
    );
}

function createFile(
  state: string | undefined,
  options: { readonly content: Uint8Array; readonly isDurable: boolean },
  { args, host }: RunJournalParts,
): OpenJournal {
  const chosen = optionText(args, "journal");
  if (chosen !== undefined) {
    return host.runFiles.create(chosen, { ...options, ownsFolder: false });
  }
  if (state === undefined) throw new StateFolderError("keep a journal");
  const path = newJournalPath(host, { state, isDurable: options.isDurable });
  return host.runFiles.create(path, { ...options, ownsFolder: true });
}
