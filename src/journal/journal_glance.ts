/**
 * What is to be seen of a journal without decoding it: the launcher needs it before it may load
 * anything, so this file imports nothing.
 */

/** The first item of a journal's header. */
export const JOURNAL_MAGIC = "canvoy journal";
/** The text of the record that says that nothing is left to do. */
export const COMPLETE_TEXT = "complete";

/** Longest argument list and argument that are looked at. */
const ARGUMENTS_MAX = 1000;
/** Its CBOR form, as the byte string that a record holds: `49 68 "complete"`. */
const COMPLETE_BYTES = [0x49, 0x68, ...new TextEncoder().encode(COMPLETE_TEXT)];

/** A journal at a glance. */
export interface JournalGlance {
  /** The job as a command line: what `canvoy` was called with, paths absolute. */
  readonly args: readonly string[];
  /** Whether its last record says that nothing is left to do. */
  readonly isComplete: boolean;
}

/**
 * Looks at a journal's beginning and end.
 *
 * @param bytes The journal; any bytes.
 * @returns What is to be seen; `undefined` where they do not begin as a journal does.
 */
export function glanceAtJournal(bytes: Uint8Array): JournalGlance | undefined {
  const items = new HeaderItems(bytes);
  if (items.head(4) === undefined || items.text() !== JOURNAL_MAGIC) return undefined;
  if (items.head(0) === undefined) return undefined;
  const argumentCount = items.head(4);
  if (argumentCount === undefined || argumentCount > ARGUMENTS_MAX) return undefined;
  const args: string[] = [];
  for (let i = 0; i < argumentCount; i++) {
    const argument = items.text();
    if (argument === undefined) return undefined;
    args.push(argument);
  }
  return { args, isComplete: endsComplete(bytes) };
}

/** Reads CBOR items one after the other, as far as a header needs them. */
class HeaderItems {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The argument of the next head, if it is of this major type. */
  head(major: number): number | undefined {
    const initial = this.#bytes[this.#offset];
    if (initial === undefined || initial >>> 5 !== major) return undefined;
    this.#offset++;
    const info = initial & 0x1F;
    if (info < 24) return info;
    if (info > 25) return undefined;
    let argument = 0;
    for (let i = 0; i <= info - 24; i++) argument = argument * 256 + this.#bytes[this.#offset++]!;
    return Number.isNaN(argument) ? undefined : argument;
  }

  text(): string | undefined {
    const lengthBytes = this.head(3);
    if (lengthBytes === undefined || this.#offset + lengthBytes > this.#bytes.length) {
      return undefined;
    }
    this.#offset += lengthBytes;
    return new TextDecoder().decode(this.#bytes.subarray(this.#offset - lengthBytes, this.#offset));
  }
}

/** The last item of a record is its checksum: one head, 1 to 5 bytes long. */
function endsComplete(bytes: Uint8Array): boolean {
  return [[1, 0], [2, 0x18], [3, 0x19], [5, 0x1A]].some(([sizeBytes, initial]) => {
    const at = bytes.length - sizeBytes!;
    const isHead = sizeBytes === 1 ? bytes[at]! < 0x18 : bytes[at] === initial;
    const start = at - COMPLETE_BYTES.length;
    return isHead && start >= 0 && COMPLETE_BYTES.every((byte, i) => bytes[start + i] === byte);
  });
}

/** A journal in a folder. */
export interface GlancedJournal {
  /** Where it is. */
  readonly path: string;
  /** What is to be seen of it; `undefined` where it is none. */
  readonly glance: JournalGlance | undefined;
}

/** Ending of the names of journals whose nodes were modelled in their own process, and died with it. */
export const REHEARSAL_ENDING = ".rehearsal.cborseq";
/** Options that say which nodes a run is about. */
const SELECTING: ReadonlySet<string> = new Set(["--only", "--except"]);
const PLACING: ReadonlySet<string> = new Set(["--bus"]);

/**
 * Finds the run that `canvoy resume` goes on with: the newest that is open. One that is through
 * settles those before it on the same buses: of the same choice of nodes, and where it was about
 * all nodes, of any.
 *
 * @param journals The newest first.
 * @returns Its journal; `undefined` where nothing is left to do.
 */
export function newestUnfinished(journals: Iterable<GlancedJournal>): string | undefined {
  const settled = new Set<string>();
  for (const { path, glance } of journals) {
    if (glance?.args[1] === undefined) continue;
    const ofAll = `${path.endsWith(REHEARSAL_ENDING)} ${placeOf(glance)}`;
    const chosen = `${ofAll} ${valuesOf(glance, SELECTING)}`;
    if (settled.has(ofAll) || settled.has(chosen)) continue;
    if (!glance.isComplete) return path;
    settled.add(glance.args.some((arg) => SELECTING.has(arg)) ? chosen : ofAll);
  }
  return undefined;
}

/**
 * Finds the newest run of a fleet on each set of buses that it was run on: together they hold all
 * that is known of its nodes, as each run takes over what those before it left.
 *
 * @param journals The newest first.
 * @param fleet The fleet file, absolute.
 * @returns Their journals, the newest first; without those whose nodes died with them.
 */
export function newestRunsOf(
  journals: Iterable<GlancedJournal>,
  fleet: string,
): readonly string[] {
  const newest = new Map<string, string>();
  for (const { path, glance } of journals) {
    if (glance?.args[1] !== fleet || path.endsWith(REHEARSAL_ENDING)) continue;
    const place = placeOf(glance);
    if (!newest.has(place)) newest.set(place, path);
  }
  return [...newest.values()];
}

/** Where the nodes of a run are: the same fleet file serves several benches. */
function placeOf(glance: JournalGlance): string {
  return JSON.stringify([glance.args[1], valuesOf(glance, PLACING)]);
}

function valuesOf({ args }: JournalGlance, options: ReadonlySet<string>): string {
  const values = args.flatMap((arg, i) => options.has(arg) ? [`${arg} ${args[i + 1]}`] : []);
  return JSON.stringify(values.sort());
}
