import { claimsIn, memoryOf, recordedIn } from "./history.ts";
import { JournalFormatError } from "./journal_error.ts";
import { placeOfRun } from "./journal_glance.ts";
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
  const carriers: CarriedJournals[] = [];
  const firstFormatPlaces = new Set<string>();
  const contributions: Contribution[] = [];
  const unread: string[] = [];
  let newest = "";
  const besides: string[] = [];
  const isCarried = (file: string): boolean =>
    carriers.some((carried) => covers(carried, file) && !carried.except.includes(file));
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
    carriers.push(journal.header.carried);
    contributions.push(contributionOf(file, journal, isRunning()));
  }
  const left = contributions.filter(({ file }) => !isCarried(file));
  return {
    memory: together(left, carriers, unread, (one) => one.memory),
    carriable: together(
      left,
      carriers,
      unread,
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

/** Whether a journal was there when another one began. */
function covers({ through, besides }: CarriedJournals, file: string): boolean {
  return tellsTime(file) ? file <= through : besides.includes(file);
}

/** A name that canvoy made: those sort by age. */
function tellsTime(file: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z/.test(file);
}

/** Names that tell no time come last. */
function isBehind(left: string, right: string): boolean {
  return tellsTime(left) === tellsTime(right) ? left < right : tellsTime(right);
}

function together(
  contributions: readonly Contribution[],
  carriers: readonly CarriedJournals[],
  unread: readonly string[],
  memoryOfOne: (one: Contribution) => Memory,
): Memory {
  const isPart = ({ file }: Contribution): boolean =>
    carriers.some((carried) => covers(carried, file) && carried.except.includes(file));
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
    own: [...claimsIn(recordedIn(journal)).values()],
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
