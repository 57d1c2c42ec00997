/**
 * What is to be seen of a journal without decoding it: the launcher needs it before it may load
 * anything, so this file imports nothing.
 */

/** The first item of a journal's header. */
export const JOURNAL_MAGIC = "canvoy journal";
/** The text of the record that says that nothing is left to do. */
export const COMPLETE_TEXT = "complete";

/** How a header begins: an array of five items, of which the first is the text above. */
const HEADER_ITEMS = 5;
const HEADER_BEGIN = [
  0x80 | HEADER_ITEMS,
  0x60 | JOURNAL_MAGIC.length,
  ...new TextEncoder().encode(JOURNAL_MAGIC),
];
/** How many places that look like a header are tried. */
const OFFSETS_MAX = 100;
/** Longest argument list and argument that are looked at. */
const ARGUMENTS_MAX = 1000;
/** Its CBOR form, as the byte string that a record holds: `49 68 "complete"`. */
const COMPLETE_BYTES = [0x49, 0x68, ...new TextEncoder().encode(COMPLETE_TEXT)];

/** A journal at a glance. */
export interface JournalHead {
  /** The job as a command line: what `canvoy` was called with, paths absolute. */
  readonly args: readonly string[];
  /** Whether its last record says that nothing is left to do. */
  readonly isComplete: boolean;
}

/**
 * Looks at a journal's beginning and end. Its header stands twice: the second one is looked at where
 * the first is not as it was written.
 *
 * @param bytes The journal; any bytes.
 * @returns What is to be seen; `undefined` where no header of it is whole.
 */
export function readJournalHead(bytes: Uint8Array): JournalHead | undefined {
  const candidates = journalHeaderOffsets(bytes);
  for (const offset of candidates) {
    const args = argumentsAt(bytes, offset);
    if (args !== undefined) return { args, isComplete: endsComplete(bytes) };
  }
  return undefined;
}

/**
 * Finds where headers of a journal may begin.
 *
 * @param bytes The journal; any bytes.
 * @returns Offsets of what looks like a header, from the first; not many.
 */
export function journalHeaderOffsets(bytes: Uint8Array): readonly number[] {
  const offsets: number[] = [];
  for (let at = bytes.indexOf(HEADER_BEGIN[0]!); at >= 0 && offsets.length < OFFSETS_MAX;) {
    if (HEADER_BEGIN.every((byte, i) => bytes[at + i] === byte)) offsets.push(at);
    at = bytes.indexOf(HEADER_BEGIN[0]!, at + 1);
  }
  return offsets;
}

/** The arguments of a header that is as it was written. */
function argumentsAt(bytes: Uint8Array, offset: number): readonly string[] | undefined {
  const items = new HeaderItems(bytes, offset);
  if (items.head(4) !== HEADER_ITEMS || items.text() !== JOURNAL_MAGIC) return undefined;
  if (items.head(0) === undefined) return undefined;
  const argumentCount = items.head(4);
  if (argumentCount === undefined || argumentCount > ARGUMENTS_MAX) return undefined;
  const args: string[] = [];
  for (let i = 0; i < argumentCount; i++) {
    const argument = items.text();
    if (argument === undefined) return undefined;
    args.push(argument);
  }
  if (!items.skipBytes()) return undefined;
  const checked = bytes.subarray(offset + 1, items.offset);
  const checksum = items.head(0);
  // It was made over an array of all but itself.
  return checksum === crc32(checked, crc32(Uint8Array.of(0x80 | (HEADER_ITEMS - 1))))
    ? args
    : undefined;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let register = index;
  for (let bit = 0; bit < 8; bit++) {
    register = (register >>> 1) ^ ((register & 1) === 0 ? 0 : 0xEDB8_8320);
  }
  return register;
});

/** CRC-32 of IEEE 802.3, as `codec` has it. */
function crc32(bytes: Uint8Array, previous = 0): number {
  let register = ~previous;
  for (const byte of bytes) {
    register = (register >>> 8) ^ CRC_TABLE[(register ^ byte) & 0xFF]!;
  }
  return ~register >>> 0;
}

/** Reads CBOR items one after the other, as far as a header needs them. */
class HeaderItems {
  readonly #bytes: Uint8Array;
  #offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  /** Where the next item begins. */
  get offset(): number {
    return this.#offset;
  }

  /** The argument of the next head, if it is of this major type. */
  head(major: number): number | undefined {
    const initial = this.#bytes[this.#offset];
    if (initial === undefined || initial >>> 5 !== major) return undefined;
    this.#offset++;
    const info = initial & 0x1F;
    if (info < 24) return info;
    if (info > 26) return undefined;
    let argument = 0;
    for (let i = 0; i < 2 ** (info - 24); i++) {
      argument = argument * 256 + this.#bytes[this.#offset++]!;
    }
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

  /** Whether a byte string was next, and whole. */
  skipBytes(): boolean {
    const lengthBytes = this.head(2);
    if (lengthBytes === undefined) return false;
    this.#offset += lengthBytes;
    return this.#offset <= this.#bytes.length;
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
export interface SeenJournal {
  /** Where it is. */
  readonly path: string;
  /** What is to be seen of it; `undefined` where it is none. */
  readonly glance: JournalHead | undefined;
}

/** Ending of the names of journals whose nodes were modelled in their own process, and died with it. */
export const REHEARSAL_ENDING = ".rehearsal.cborseq";
/** Options that say which nodes a run is about. */
const SELECTING: ReadonlySet<string> = new Set(["--only", "--except"]);
const PLACING: ReadonlySet<string> = new Set(["--bus"]);

/**
 * Finds the run that `canvoy resume` goes on with: the newest that is open.
 *
 * @param journals The newest first.
 * @returns Its journal; `undefined` where nothing is left to do.
 */
export function newestUnfinished(journals: Iterable<SeenJournal>): string | undefined {
  for (const path of openRuns(journals)) return path;
  return undefined;
}

/**
 * Finds the runs that are open. One that is through settles those before it on the same buses: of the
 * same choice of nodes, and where it was about all nodes, of any.
 *
 * @param journals The newest first.
 * @returns Their journals, the newest first.
 */
export function* openRuns(journals: Iterable<SeenJournal>): Generator<string> {
  const settled = new Set<string>();
  for (const { path, glance } of journals) {
    if (glance?.args[1] === undefined) continue;
    const ofAll = `${path.endsWith(REHEARSAL_ENDING)} ${placeOfRun(glance.args)}`;
    const chosen = `${ofAll} ${valuesOf(glance.args, SELECTING)}`;
    if (settled.has(ofAll) || settled.has(chosen)) continue;
    if (!glance.isComplete) {
      yield path;
      continue;
    }
    settled.add(glance.args.some((arg) => SELECTING.has(arg)) ? chosen : ofAll);
  }
}

/**
 * Tells where the nodes of a run are: the same fleet file serves several benches.
 *
 * @param args What the run was asked to do.
 * @returns The same text for runs at one place.
 */
export function placeOfRun(args: readonly string[]): string {
  return JSON.stringify([args[1], valuesOf(args, PLACING)]);
}

function valuesOf(args: readonly string[], options: ReadonlySet<string>): string {
  const values = args.flatMap((arg, i) => options.has(arg) ? [`${arg} ${args[i + 1]}`] : []);
  return JSON.stringify(values.sort());
}
