import { CborFormatError, type CborValue, crc32, decodeCbor, encodeCbor } from "../codec/mod.ts";
import type { NodeHistory } from "../fleet/mod.ts";
import { bytes, count, list, oneOf, optional, record, ShapeError, text } from "./_shape.ts";
import { JournalFormatError } from "./journal_error.ts";
import { JOURNAL_MAGIC } from "./journal_glance.ts";

/** Version of the format; another one is refused. */
const FORMAT_VERSION = 1;

/** A file or a decision that a run rests on. */
export interface NamedDigest {
  /** Its name. */
  readonly name: string;
  /** SHA-256 of its bytes. */
  readonly sha256: Uint8Array;
}

/** What a node's earlier runs left, with its name. */
export interface NamedHistory extends NodeHistory {
  /** The node. */
  readonly node: string;
}

/** What a run is: written before its first event. */
export interface JournalHeader {
  /** The job as a command line, its paths absolute: `["flash", "/bench/fleet.yaml"]`. */
  readonly args: readonly string[];
  /** Version of canvoy. */
  readonly tool: string;
  /** When it began, as ISO 8601 in UTC. */
  readonly startedAt: string;
  /** SHA-256 of the fleet file. */
  readonly fleet: Uint8Array;
  /** What the signers of its release signed, where it has one. */
  readonly release?: Uint8Array;
  /** The nodes that it is about, by name. */
  readonly nodes: readonly string[];
  /** The images that its nodes get, by their names in the fleet file. */
  readonly images: readonly NamedDigest[];
  /** What was planned: see `planDigest`. */
  readonly plan: Uint8Array;
  /** What runs before it left, where that was known. */
  readonly histories: readonly NamedHistory[];
}

type HeaderBody = Omit<JournalHeader, "args">;

const HEADER_BODY = record<HeaderBody>({
  tool: text,
  startedAt: text,
  fleet: bytes,
  release: optional(bytes),
  nodes: list(text),
  images: list(record<NamedDigest>({ name: text, sha256: bytes })),
  plan: bytes,
  histories: list(record<NamedHistory>({
    node: text,
    distrusted: list(record({ start: count, end: count })),
    endState: oneOf({
      untouched: true,
      oldImage: true,
      eraseUnconfirmed: true,
      bootloader: true,
      newImageUnconfirmed: true,
      rolledBack: true,
    }),
  })),
});

/**
 * Encodes a journal's first item.
 *
 * `["canvoy journal", version, arguments, body (bytes: a map), CRC-32 of all before it]`: so that
 * the arguments can be read without decoding the rest, see `glanceAtJournal`.
 *
 * @param header What the run is.
 * @returns The item.
 */
export function encodeJournalHeader(header: JournalHeader): Uint8Array {
  const { args, ...body } = header;
  const items = [JOURNAL_MAGIC, FORMAT_VERSION, args, encodeCbor(body)];
  return encodeCbor([...items, crc32(encodeCbor(items))]);
}

/**
 * Takes a journal's first item as its header.
 *
 * @param value The decoded item.
 * @returns What the run is.
 * @throws {JournalFormatError} If it is no header of this version.
 */
export function readJournalHeader(value: CborValue): JournalHeader {
  if (!Array.isArray(value) || value[0] !== JOURNAL_MAGIC) {
    throw new JournalFormatError(0, "it does not begin as a journal does");
  }
  const [, version, args, body, checksum]: readonly CborValue[] = value;
  if (version !== FORMAT_VERSION) {
    throw new JournalFormatError(0, `its format is ${String(version)}, not ${FORMAT_VERSION}`);
  }
  if (value.length !== 5 || checksum !== crc32(encodeCbor(value.slice(0, 4)))) {
    throw new JournalFormatError(0, "the checksum of its header is wrong");
  }
  try {
    return {
      args: list(text)(args, "arguments"),
      ...HEADER_BODY(decodeCbor(bytes(body, "header")), "header"),
    };
  } catch (error) {
    if (!(error instanceof ShapeError) && !(error instanceof CborFormatError)) throw error;
    throw new JournalFormatError(0, error.message, { cause: error });
  }
}
