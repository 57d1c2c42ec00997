import type { CborKey, CborValue } from "../codec/mod.ts";
import { encodeShape, ShapeReader } from "./_shape.ts";
import { decodeSuitSequence, encodeSuitSequence, type SuitCommand } from "./suit_commands.ts";
import { readSuitDigest, toSuitDigest } from "./suit_digest.ts";
import { decodeSuitText, encodeSuitText, type SuitText } from "./suit_text.ts";

/** A part that may stand in the manifest, or outside it with its digest inside. */
export type Severable<Part> =
  | { readonly kind: "here"; readonly part: Part }
  | { readonly kind: "severed"; readonly digest: Uint8Array };

/** A manifest: what is to be done with which images on which hardware. */
export interface SuitManifest {
  /** Counts up with every release. */
  readonly sequenceNumber: number;
  /** The components that commands name by index; each identifier is a path of byte strings. */
  readonly components: readonly (readonly Uint8Array[])[];
  /** Runs before every other sequence. */
  readonly shared?: readonly SuitCommand[];
  /** Where a full manifest is to be found. */
  readonly referenceUri?: string;
  /** Compares what is installed. */
  readonly validate?: readonly SuitCommand[];
  /** Brings images to where they run. */
  readonly load?: readonly SuitCommand[];
  /** Starts what is installed. */
  readonly invoke?: readonly SuitCommand[];
  /** Fetches payloads. */
  readonly payloadFetch?: Severable<readonly SuitCommand[]>;
  /** Writes payloads. */
  readonly install?: Severable<readonly SuitCommand[]>;
  /** What is said to people. */
  readonly text?: Severable<SuitText>;
}

const VERSION = 1;
const SEQUENCE_NUMBER = 2;
const COMMON = 3;
const REFERENCE_URI = 4;
/** Sequences that never leave the manifest. */
const SEQUENCES = [[7, "validate"], [8, "load"], [9, "invoke"]] as const;
/** Sequences that may be severed. */
export const SEVERABLE_SEQUENCES = [[16, "payloadFetch"], [20, "install"]] as const;
/** The severable text. */
export const TEXT = 23;
const COMPONENTS = 2;
const SHARED_SEQUENCE = 4;
const COMPONENT_COUNT_MAX = 1024;

const READER: ShapeReader = new ShapeReader("BUNDLE_FORMAT", "bundle");
const KNOWN_KEYS = [1, 2, 3, 4, 7, 8, 9, 16, 20, 23];

/**
 * Decodes a manifest; members that canvoy does not know are refused.
 *
 * Source: draft-ietf-suit-manifest, SUIT_Manifest.
 *
 * @param bytes What the envelope's byte string holds.
 * @returns The manifest.
 * @throws {BundleError} If the bytes are anything else.
 */
export function decodeSuitManifest(bytes: Uint8Array): SuitManifest {
  const map = READER.record(READER.decode(bytes, "manifest"), "manifest", KNOWN_KEYS);
  if (map.get(VERSION) !== 1) {
    READER.fail("the manifest is not of version 1", "BUNDLE_UNKNOWN_PART");
  }
  const common = READER.record(READER.embedded(map.get(COMMON), "common"), "common", [2, 4]);
  const shared = common.get(SHARED_SEQUENCE);
  const uri = map.get(REFERENCE_URI);
  const text = map.get(TEXT);
  return {
    sequenceNumber: READER.uint(map.get(SEQUENCE_NUMBER), "sequence number"),
    components: readComponents(common.get(COMPONENTS)),
    ...(shared === undefined ? {} : {
      shared: decodeSuitSequence(READER.bytes(shared, "shared sequence"), {
        part: "shared sequence",
        isShared: true,
      }),
    }),
    ...(uri === undefined ? {} : { referenceUri: READER.text(uri, "reference URI") }),
    ...readSequences(map),
    ...readSeverableSequences(map),
    ...(text === undefined ? {} : { text: readSeverable(text, "text", decodeSuitText) }),
  };
}

/**
 * Encodes a manifest.
 *
 * @param manifest The manifest.
 * @returns The bytes.
 */
export function encodeSuitManifest(manifest: SuitManifest): Uint8Array {
  const { sequenceNumber, components, shared, referenceUri, text } = manifest;
  const common = new Map<number, CborValue>();
  if (components.length > 0) common.set(COMPONENTS, components);
  if (shared !== undefined) common.set(SHARED_SEQUENCE, encodeSuitSequence(shared));
  const map = new Map<number, CborValue>([
    [VERSION, 1],
    [SEQUENCE_NUMBER, sequenceNumber],
    [COMMON, encodeShape(common)],
  ]);
  if (referenceUri !== undefined) map.set(REFERENCE_URI, referenceUri);
  for (const [key, name] of SEQUENCES) {
    const sequence = manifest[name];
    if (sequence !== undefined) map.set(key, encodeSuitSequence(sequence));
  }
  for (const [key, name] of SEVERABLE_SEQUENCES) {
    const sequence = manifest[name];
    if (sequence !== undefined) map.set(key, fromSeverable(sequence, encodeSuitSequence));
  }
  if (text !== undefined) map.set(TEXT, fromSeverable(text, encodeSuitText));
  return encodeShape(map);
}

function readComponents(value: CborValue | undefined): readonly (readonly Uint8Array[])[] {
  if (value === undefined) return [];
  const items = READER.array(value, "components");
  if (items.length === 0 || items.length > COMPONENT_COUNT_MAX) {
    READER.fail(`there are ${items.length} components, expected 1..${COMPONENT_COUNT_MAX}`);
  }
  return items.map((item) =>
    READER.array(item, "component identifier").map((part) =>
      READER.bytes(part, "component identifier")
    )
  );
}

function readSequences(map: ReadonlyMap<CborKey, CborValue>): Partial<SuitManifest> {
  const found = SEQUENCES.filter(([key]) => map.has(key));
  return Object.fromEntries(found.map(([key, name]) => [
    name,
    decodeSuitSequence(READER.bytes(map.get(key), name), { part: name }),
  ]));
}

function readSeverableSequences(map: ReadonlyMap<CborKey, CborValue>): Partial<SuitManifest> {
  const found = SEVERABLE_SEQUENCES.filter(([key]) => map.has(key));
  return Object.fromEntries(found.map(([key, name]) => [
    name,
    readSeverable(map.get(key)!, name, (bytes) => decodeSuitSequence(bytes, { part: name })),
  ]));
}

function readSeverable<Part>(
  value: CborValue,
  part: string,
  decode: (bytes: Uint8Array) => Part,
): Severable<Part> {
  return value instanceof Uint8Array
    ? { kind: "here", part: decode(value) }
    : { kind: "severed", digest: readSuitDigest(value, part) };
}

function fromSeverable<Part>(
  severable: Severable<Part>,
  encode: (part: Part) => Uint8Array,
): CborValue {
  return severable.kind === "here" ? encode(severable.part) : toSuitDigest(severable.digest);
}
