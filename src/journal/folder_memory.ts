import { everyClaimIn, memoryOf, recordedIn } from "./history.ts";
import { JournalFormatError } from "./journal_error.ts";
import { placeOfRun } from "./journal_head.ts";
import { type Journal, readJournal } from "./journal_reader.ts";
import { EMPTY_MEMORY, type Memory, mergeMemories, partOfMemory } from "./memory.ts";
import type { CarriedJournals } from "./journal_header.ts";
import type { NodeClaims } from "./node_claims.ts";

/** A journal of a folder. */
export interface FolderJournal {
  /** Its file's name: names sort by age. */
  readonly file: string;
  /** Reads it. */
  readonly read: () => Uint8Array;
  /** Whether a run works on it. */
  readonly isRunning: () => boolean;
}

/** What the journals of a folder hold together. */
export interface FolderMemory {
  /** What is known of all nodes. */
  readonly memory: Memory;
  /** What a header that is begun now carries: all but what runs are about that go on. */
  readonly carriable: Memory;
  /** Whose content that is. */
  readonly carried: CarriedJournals;
  /** File names of journals whose content others carry: they need not be gone on in. */
  readonly isCarried: (file: string) => boolean;
}

/** A journal, and what its header carries. */
interface Carrier {
  readonly file: string;
  readonly carried: CarriedJournals;
}

/** What one journal adds. */
interface Contribution {
  readonly file: string;
  readonly isRunning: boolean;
  readonly memory: Memory;
  readonly own: readonly NodeClaims[];
  readonly headerMemory: Memory;
}

/**
 * Puts together what the journals of a folder know: of each, unless a later one carries that. One that
 * cannot be read counts as one that may be about any node.
 *
 * @param journals The journals, in any order.
 * @returns What they know.
 */
export function readFolderMemory(journals: Iterable<FolderJournal>): FolderMemory {
  const carriers: Carrier[] = [];
  const firstFormatPlaces = new Set<string>();
  const contributions: Contribution[] = [];
  const unread: string[] = [];
  let newest = "";
  const besides: string[] = [];
  const isCarried = (file: string): boolean =>
    carriers.some((carrier) => covers(carrier, file) && !carrier.carried.except.includes(file));
  // By time, whatever other names sort before it: who carries others comes before them.
  const sorted = [...journals].sort((left, right) => isBehind(left.file, right.file) ? 1 : -1);
  for (const { file, read, isRunning } of sorted) {
    if (!tellsTime(file)) besides.push(file);
    else if (file > newest) newest = file;
    if (isCarried(file)) continue;
    const journal = readOrUndefined(read);
    if (journal === undefined) {
      unread.push(file);
      continue;
    }
    if (journal.isFirstFormat) {
      // Each of them holds all that those before it of the same fleet and buses left.
      const place = placeOfRun(journal.header.args);
      if (firstFormatPlaces.has(place)) continue;
      firstFormatPlaces.add(place);
    }
    carriers.push({ file, carried: journal.header.carried });
    contributions.push(contributionOf(file, journal, isRunning()));
  }
  // Among names that tell no time, who carries others may have come behind them.
  const left = contributions.filter(({ file }) => !isCarried(file));
  const unreadLeft = unread.filter((file) => !isCarried(file));
  return {
    memory: together(left, carriers, unreadLeft, (one) => one.memory),
    carriable: together(
      left,
      carriers,
      unreadLeft,
      (one) => one.isRunning ? partOfMemory(one.headerMemory, one.own, false) : one.memory,
    ),
    carried: {
      through: newest,
      besides,
      except: left.filter(({ isRunning }) => isRunning).map(({ file }) => file),
    },
    isCarried,
  };
}

/**
 * Whether a journal was there when another one began. None carries itself, nor what is named behind
 * it, whatever it says: two that carried each other would both be forgotten.
 */
function covers({ file: by, carried: { through, besides } }: Carrier, file: string): boolean {
  if (file === by) return false;
  if (!tellsTime(file)) return besides.includes(file);
  return file <= through && (!tellsTime(by) || file < by);
}

/**
 * Reads the time from a journal's name.
 *
 * @param file Its file's name.
 * @returns The time, in ms since 1970; `undefined` where it has a name that canvoy did not make: only
 * names with a time that exists sort by age.
 */
export function journalTimeMs(file: string): number | undefined {
  const [name, day, time] = /^(\d{4}-\d\d-\d\d)T(\d\d-\d\d-\d\d\.\d{3}Z)/.exec(file) ?? [];
  const ms = Date.parse(`${day}T${time?.replaceAll("-", ":")}`);
  // The 30th of February is in March.
  return !Number.isNaN(ms) && journalTimeName(ms) === name ? ms : undefined;
}

/**
 * Begins a journal's name by its time.
 *
 * @param ms The time, in ms since 1970.
 * @returns What its name begins with: `2026-11-30T09-12-00.000Z`.
 */
export function journalTimeName(ms: number): string {
  return new Date(ms).toISOString().replaceAll(":", "-");
}

function tellsTime(file: string): boolean {
  return journalTimeMs(file) !== undefined;
}

/** Names that tell no time come last. */
function isBehind(left: string, right: string): boolean {
  return tellsTime(left) === tellsTime(right) ? left < right : tellsTime(right);
}

function together(
  contributions: readonly Contribution[],
  carriers: readonly Carrier[],
  unread: readonly string[],
  memoryOfOne: (one: Contribution) => Memory,
): Memory {
  const isPart = ({ file }: Contribution): boolean =>
    carriers.some((carrier) => covers(carrier, file) && carrier.carried.except.includes(file));
  const whole = mergeMemories([
    ...contributions.filter((one) => !isPart(one)).map(memoryOfOne),
    { ...EMPTY_MEMORY, unread: unread.map((file) => ({ file, met: [] })) },
  ]);
  // Whoever went on while another run began tells of its own nodes alone: the other one knows the
  // rest, and what a person has settled since.
  const isKnown = ({ file }: { readonly file: string }): boolean =>
    whole.unread.some((one) => one.file === file);
  const parts = contributions.filter(isPart).map((one) => {
    const memory = memoryOfOne(one);
    const part = one.isRunning && memory !== one.memory
      ? { ...memory, records: [] }
      : partOfMemory(memory, one.own, true);
    return { ...part, unread: part.unread.filter(isKnown) };
  });
  return mergeMemories([whole, ...parts]);
}

function contributionOf(file: string, journal: Journal, isRunning: boolean): Contribution {
  return {
    file,
    isRunning,
    memory: memoryOf(journal, file),
    own: everyClaimIn(recordedIn(journal)),
    headerMemory: journal.header.memory,
  };
}

function readOrUndefined(read: () => Uint8Array): Journal | undefined {
  try {
    return readJournal(read());
  } catch (error) {
    if (error instanceof JournalFormatError) return undefined;
    throw error;
  }
}
