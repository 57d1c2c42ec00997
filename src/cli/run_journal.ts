import { type Host, type OpenJournal, stateFolder } from "../adapters/mod.ts";
import type { EventJournal, NodeHistory } from "../fleet/mod.ts";
import {
  encodeJournalHeader,
  historiesOf,
  type Journal,
  JournalFormatError,
  JournalWriter,
  mergeHistories,
  newestRunsOf,
  planDigest,
  readJournal,
  REHEARSAL_ENDING,
  toNamedHistories,
} from "../journal/mod.ts";
import type { BusChoice } from "./bus_choice.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";
import { COMMANDS } from "./commands_table.ts";
import { jobArguments } from "./job_arguments.ts";
import type { LoadedFleet } from "./load_jobs.ts";
import { isShared, lockRun } from "./run_locks.ts";
import { StateFolderError } from "./state_folder_error.ts";
import { VERSION } from "./version.ts";

/** A run's journal, with the locks that keep other runs away. */
export interface RunJournal {
  /** Where it is. */
  readonly path: string;
  /** Where the run's events go. */
  readonly events: EventJournal;
  /** What runs before it left, by node. */
  readonly histories: ReadonlyMap<string, NodeHistory>;
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
}

/** What is known of nodes, by name. */
type Histories = ReadonlyMap<string, NodeHistory>;

/**
 * Begins a journal, before the first frame.
 *
 * @param parts What the run is about.
 * @param known What is known of its nodes besides what the fleet's runs left; nothing unless told.
 * @returns The journal, with all that.
 * @throws {FileError} If it cannot be written.
 * @throws {RunInProgressError} If another run works on the same fleet or bus.
 * @throws {StateFolderError} If nothing tells where to.
 */
export function beginJournal(parts: RunJournalParts, known: Histories = new Map()): RunJournal {
  const { fleetPath, loaded, args, host, choices } = parts;
  const state = stateFolder((name) => host.env(name));
  const locks = lockRun(choices, { fleetPath, host });
  try {
    const isDurable = isShared(choices);
    const histories = mergeHistories([known, ...historiesLeft(state, parts)]);
    const content = encodeJournalHeader({
      args: jobArguments(fleetPath, args, FLASH_OPTIONS, host),
      tool: VERSION,
      startedAt: new Date().toISOString(),
      fleet: loaded.digests.fleet,
      ...(loaded.digests.release === undefined ? {} : { release: loaded.digests.release }),
      nodes: loaded.jobs.map(({ name }) => name),
      images: loaded.digests.images,
      plan: planDigest(loaded.jobs),
      histories: toNamedHistories(histories),
    });
    const file = createFile(state, { content, isDurable }, parts);
    return toRunJournal({ file, nextIndex: 0, histories, locks, isNew: true });
  } catch (error) {
    locks[Symbol.dispose]();
    throw error;
  }
}

/**
 * Goes on in the journal of a run that was not through. One that is damaged stays as it is, and so
 * does one that a later run of the fleet has taken over from: then a new one is begun.
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
  const { fleetPath, host, choices } = parts;
  const state = stateFolder((name) => host.env(name));
  const histories = historiesOf(journal);
  if (journal.tail === "damaged" || isOutdated(file.path, state, parts)) {
    return beside(file, beginJournal(parts, histories));
  }
  const locks = lockRun(choices, { fleetPath, host });
  try {
    file.continueAt(journal.endOffset, { isDurable: isShared(choices) });
    return toRunJournal({
      file,
      nextIndex: journal.nextIndex,
      histories: mergeHistories([histories, ...historiesLeft(state, parts)]),
      locks,
      isNew: false,
    });
  } catch (error) {
    locks[Symbol.dispose]();
    throw error;
  }
}

/** Whether another run knows more of the fleet than the journal at a path does. */
function isOutdated(
  path: string,
  state: string | undefined,
  { fleetPath, host }: RunJournalParts,
): boolean {
  const runs = host.absolutePath(`${state}/runs`);
  const absolute = host.absolutePath(path);
  if (!absolute.startsWith(`${runs}/`) || path.endsWith(REHEARSAL_ENDING)) return false;
  return !newestRunsOf(host.runFiles.list(runs), fleetPath).includes(absolute);
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

function toRunJournal(parts: {
  readonly file: OpenJournal;
  readonly nextIndex: number;
  readonly histories: ReadonlyMap<string, NodeHistory>;
  readonly locks: Disposable;
  readonly isNew: boolean;
}): RunJournal {
  const { file, nextIndex, histories, locks, isNew } = parts;
  const writer = new JournalWriter(file, nextIndex);
  return {
    path: file.path,
    events: writer,
    histories,
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
  const runs = `${state}/runs`;
  // A rehearsal may not read what is there, and comes after nothing.
  const [newest] = options.isDurable ? host.runFiles.list(runs) : [];
  const ending = options.isDurable ? ".cborseq" : REHEARSAL_ENDING;
  // Two runs of one millisecond, of different fleets, are told apart.
  const unique = crypto.randomUUID().slice(0, 4);
  const path = `${runs}/${timeAfter(newest?.path ?? "", Date.now())}-${unique}${ending}`;
  return host.runFiles.create(path, { ...options, ownsFolder: true });
}

/** A journal's name is its time: names sort by age, also where the clock was set back meanwhile. */
function timeAfter(newestPath: string, nowMs: number): string {
  const [, day, hours, minutes, rest] = /([^/T]+)T(\d\d)-(\d\d)-([\d.]+Z)[^/]*$/.exec(newestPath) ??
    [];
  const newestMs = Date.parse(`${day}T${hours}:${minutes}:${rest}`);
  const time = new Date(newestMs >= nowMs ? newestMs + 1 : nowMs);
  return time.toISOString().replaceAll(":", "-");
}

/** What runs of the fleet left; nothing where its nodes are modelled here, and are new each time. */
function historiesLeft(state: string | undefined, parts: RunJournalParts): readonly Histories[] {
  const { fleetPath, host, choices } = parts;
  if (state === undefined || !isShared(choices)) return [];
  return newestRunsOf(host.runFiles.list(`${state}/runs`), fleetPath)
    .map((path) => readHistories(path, parts));
}

function readHistories(path: string, { loaded, host }: RunJournalParts): Histories {
  try {
    return historiesOf(readJournal(host.readFile(path)));
  } catch (error) {
    if (!(error instanceof JournalFormatError)) throw error;
    // Another version's: whatever it says of torn segments cannot be read, so all may be torn.
    const everything = {
      distrusted: [{ start: 0, end: 2 ** 32 }],
      endState: "bootloader",
    } as const;
    return new Map(loaded.jobs.map(({ name }) => [name, everything]));
  }
}
