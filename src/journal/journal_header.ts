import { CborFormatError, type CborValue, crc32, decodeCbor, encodeCbor } from "../codec/mod.ts";
import { concatBytes } from "../core/mod.ts";
import type { NodeHistory } from "../fleet/mod.ts";
import { CLAIMS, HISTORY_FIELDS, MEMORY } from "./_memory_shapes.ts";
import { bytes, list, optional, type Read, record, ShapeError, text } from "./_shape.ts";
import { JournalFormatError } from "./journal_error.ts";
import { JOURNAL_MAGIC } from "./journal_head.ts";
import { EMPTY_MEMORY, type Memory } from "./memory.ts";
import type { NodeClaims } from "./node_claims.ts";

/** Version of the format that is written; others but the first one are refused. */
const FORMAT_VERSION = 2;
/** The first one: nodes are known by name, the header stands once, and so do announcements. */
const FIRST_VERSION = 1;

/** A file or a decision that a run rests on. */
export interface NamedDigest {
  /** Its name. */
  readonly name: string;
  /** SHA-256 of its bytes. */
  readonly sha256: Uint8Array;
}

/** A node of a run. */
export interface JournalNode {
  /** Its name in the fleet file. */
  readonly name: string;
  /** What it is known by before it has told anything. */
  readonly claims: NodeClaims;
}

/** Journals whose content a header carries: they need not be read again. */
export interface CarriedJournals {
  /** File name of the newest one; it and all that are older by name are carried. Empty: none. */
  readonly through: string;
  /** File names of those whose names tell no time. */
  readonly besides: readonly string[];
  /** File names of those of them whose runs went on at the time: they are not. */
  readonly except: readonly string[];
}

/** Where no other journal was there. */
export const NOTHING_CARRIED: CarriedJournals = { through: "", besides: [], except: [] };

/** What a node's earlier runs left, with its name, in journals of the first format. */
interface NamedHistory extends NodeHistory {
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
  /** The nodes that it is about. */
  readonly nodes: readonly JournalNode[];
  /** The images that its nodes get, by their names in the fleet file. */
  readonly images: readonly NamedDigest[];
  /** What was planned: see `planDigest`. */
  readonly plan: Uint8Array;
  /** What runs before it left of all nodes, those of other fleets too. */
  readonly memory: Memory;
  /** Whose content that is. */
  readonly carried: CarriedJournals;
}

type HeaderBody = Omit<JournalHeader, "args">;
type FirstHeaderBody = Omit<HeaderBody, "nodes" | "memory" | "carried"> & {
  readonly nodes: readonly string[];
  readonly histories: readonly NamedHistory[];
};

const COMMON_FIELDS = {
  tool: text,
  startedAt: text,
  fleet: bytes,
  release: optional(bytes),
  images: list(record<NamedDigest>({ name: text, sha256: bytes })),
  plan: bytes,
};

const HEADER_BODY: Read<HeaderBody> = record<HeaderBody>({
  ...COMMON_FIELDS,
  nodes: list(record<JournalNode>({ name: text, claims: CLAIMS })),
  memory: MEMORY,
  carried: record<CarriedJournals>({ through: text, besides: list(text), except: list(text) }),
});

const FIRST_HEADER_BODY: Read<FirstHeaderBody> = record<FirstHeaderBody>({
  ...COMMON_FIELDS,
  nodes: list(text),
  histories: list(record<NamedHistory>({ node: text, ...HISTORY_FIELDS })),
});

/** A map in a map in a list, and lists in that. */
const BODY_OPTIONS = { depthMax: 8 } as const;

/**
 * Encodes what a journal begins with: its header, twice, one behind the other.
 *
 * Each is `["canvoy journal", version, arguments, body (bytes: a map), CRC-32 of all before it]`: so
 * that the arguments can be read without decoding the rest, see `readJournalHead`.
 *
 * @param header What the run is.
 * @returns Both items.
 */
export function encodeJournalHeader(header: JournalHeader): Uint8Array {
  const { args, ...body } = header;
  const items = [JOURNAL_MAGIC, FORMAT_VERSION, args, encodeCbor(body, BODY_OPTIONS)];
  const item = encodeCbor([...items, crc32(encodeCbor(items))]);
  return concatBytes([item, item]);
}

/** A header, read. */
export interface ReadHeader {
  /** What the run is. */
  readonly header: JournalHeader;
  /** Whether it is of the first format: nothing of it stands twice. */
  readonly isFirstFormat: boolean;
}

/**
 * Takes an item of a journal as its header.
 *
 * @param value The decoded item.
 * @returns What the run is.
 * @throws {JournalFormatError} If it is no header that this version knows.
 */
export function readJournalHeader(value: CborValue): ReadHeader {
  if (!Array.isArray(value) || value[0] !== JOURNAL_MAGIC) {
    throw new JournalFormatError(0, "it does not begin as a journal does");
  }
  const [, version, args, body, checksum]: readonly CborValue[] = value;
  if (version !== FORMAT_VERSION && version !== FIRST_VERSION) {
    throw new JournalFormatError(0, `its format is ${String(version)}, not ${FORMAT_VERSION}`);
  }
  if (value.length !== 5 || checksum !== crc32(encodeCbor(value.slice(0, 4)))) {
    throw new JournalFormatError(0, "the checksum of its header is wrong");
  }
  try {
    const words = list(text)(args, "arguments");
    const decoded = decodeCbor(bytes(body, "header"), BODY_OPTIONS);
    const isFirstFormat = version === FIRST_VERSION;
    const header = isFirstFormat
      ? fromFirstFormat(words, FIRST_HEADER_BODY(decoded, "header"))
      : { args: words, ...HEADER_BODY(decoded, "header") };
    return { header, isFirstFormat };
  } catch (error) {
    if (!(error instanceof ShapeError) && !(error instanceof CborFormatError)) throw error;
    throw new JournalFormatError(0, error.message, { cause: error });
  }
}

/** Nodes of the first format are known by the fleet file and their name. */
function fromFirstFormat(
  args: readonly string[],
  { nodes, histories, ...body }: FirstHeaderBody,
): JournalHeader {
  const fleet = args[1] ?? "";
  const claimsOf = (name: string): NodeClaims => ({ name: nameClaim(fleet, name) });
  return {
    args,
    ...body,
    nodes: nodes.map((name) => ({ name, claims: claimsOf(name) })),
    memory: {
      ...EMPTY_MEMORY,
      records: histories.map(({ node, distrusted, endState }) => ({
        claims: claimsOf(node),
        name: node,
        fleet,
        distrusted,
        endState,
      })),
    },
    carried: NOTHING_CARRIED,
  };
}

/**
 * Makes the claim by which journals of the first format know a node.
 *
 * @param fleet The fleet file, absolute.
 * @param name The node's name in it.
 * @returns The claim.
 */
export function nameClaim(fleet: string, name: string): string {
  return `${fleet} ${name}`;
}
