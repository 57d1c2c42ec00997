import { compareBytes } from "./cbor_check.ts";
import {
  CBOR_DEPTH_MAX,
  type CborKey,
  type CborOptions,
  CborTag,
  type CborValue,
} from "./cbor_value.ts";

/** What the encoder beneath does. */
export interface EncoderBeneath {
  /** Makes what it is given for a tagged value. */
  readonly makeTag: (tag: number, value: unknown) => unknown;
  /** Encodes a value in its one form. */
  readonly encode: (normal: unknown) => Uint8Array;
}

/** A map's key that needs no bytes to be put in order. */
type PlainKey = number | bigint | string;

const INTEGER_MAX = 2n ** 64n - 1n;
const UTF8 = new TextEncoder();
// deno-lint-ignore no-control-regex
const ASCII = /^[\x00-\x7F]*$/;

/**
 * Brings a value into the one form that leads to deterministic bytes: map keys in the order of
 * their encoding, integers so that the encoder beneath writes them shortest, no `undefined`.
 *
 * @param value Any value.
 * @param options Which tags, and whether floats may occur.
 * @param beneath The encoder beneath.
 * @returns The value for the encoder beneath.
 * @throws {TypeError} If something has no CBOR form here.
 * @throws {RangeError} If a number, a text or the nesting is beyond what is allowed.
 */
export function normalizeForCbor(
  value: unknown,
  options: CborOptions,
  beneath: EncoderBeneath,
): unknown {
  const { tags = [], floats = false, arrayKeys = false, depthMax = CBOR_DEPTH_MAX } = options;

  function normalize(item: unknown, depth: number): unknown {
    if (item === null || typeof item === "boolean") return item;
    if (typeof item === "string") return checkedText(item);
    if (typeof item === "number") return normalizeNumber(item, floats);
    if (typeof item === "bigint") return normalizeInteger(item);
    // cbor-x looks at the constructor, so a Buffer would not be taken for bytes.
    if (item instanceof Uint8Array) {
      return new Uint8Array(item.buffer, item.byteOffset, item.byteLength);
    }
    if (typeof item !== "object") throw new TypeError(`Cannot encode ${typeof item} as CBOR`);
    if (depth >= depthMax) {
      throw new RangeError(`Cannot encode CBOR nested deeper than ${depthMax}`);
    }
    if (Array.isArray(item)) return Array.from(item, (element) => normalize(element, depth + 1));
    if (item instanceof CborTag) {
      if (!tags.includes(item.tag)) throw new RangeError(`Cannot encode CBOR tag ${item.tag}`);
      return beneath.makeTag(item.tag, normalize(item.value, depth + 1));
    }
    const pairs = entriesOf(item).map(([key, member]): [CborKey, unknown] => [
      Array.isArray(key) && arrayKeys
        ? normalize(key, depth + 1) as readonly CborValue[]
        : normalizeKey(key),
      normalize(member, depth + 1),
    ]);
    return new Map(pairs.every(isPlainPair) ? sortedPairs(pairs) : sortedByBytes(pairs, beneath));
  }

  return normalize(value, 0);
}

/**
 * Orders map keys as their encodings are ordered byte by byte.
 *
 * Source: RFC 8949, "Core Deterministic Encoding Requirements".
 *
 * @param left One key.
 * @param right The other.
 * @returns Less than 0, 0 or more, as `sort` wants it.
 */
export function compareCborKeys(left: PlainKey, right: PlainKey): number {
  if (typeof left === "string" && typeof right === "string") return compareTexts(left, right);
  if (typeof left === "string") return 1;
  if (typeof right === "string") return -1;
  // Non-negative integers come first, upwards; then negative ones, downwards from -1.
  if (left < 0 !== right < 0) return left < 0 ? 1 : -1;
  if (left === right) return 0;
  return (left < right) === (left >= 0) ? -1 : 1;
}

function isPlainPair(pair: [CborKey, unknown]): pair is [PlainKey, unknown] {
  return typeof pair[0] !== "object";
}

function sortedPairs(pairs: [PlainKey, unknown][]): readonly [CborKey, unknown][] {
  const sorted = pairs.sort(([left], [right]) => compareCborKeys(left, right));
  const isTwice = sorted.some(([key], i) => i > 0 && key === sorted[i - 1]![0]);
  if (isTwice) throw new RangeError("Cannot encode a CBOR key twice");
  return sorted;
}

function sortedByBytes(
  pairs: readonly [CborKey, unknown][],
  { encode }: EncoderBeneath,
): readonly [CborKey, unknown][] {
  const sorted = pairs
    .map((pair) => ({ pair, bytes: new Uint8Array(encode(pair[0])) }))
    .sort((left, right) => compareBytes(left.bytes, right.bytes));
  const isTwice = sorted.some(({ bytes }, i) =>
    i > 0 && compareBytes(bytes, sorted[i - 1]!.bytes) === 0
  );
  if (isTwice) throw new RangeError("Cannot encode a CBOR key twice");
  return sorted.map(({ pair }) => pair);
}

/** The length stands in the head, so shorter texts come first. */
function compareTexts(left: string, right: string): number {
  // Keys are nearly always ASCII, where code units are bytes.
  if (ASCII.test(left) && ASCII.test(right)) {
    return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
  }
  const leftBytes = UTF8.encode(left);
  const rightBytes = UTF8.encode(right);
  if (leftBytes.length !== rightBytes.length) return leftBytes.length - rightBytes.length;
  for (let i = 0; i < leftBytes.length; i++) {
    if (leftBytes[i] !== rightBytes[i]) return leftBytes[i]! - rightBytes[i]!;
  }
  return 0;
}

/** Map entries as they are; members of plain objects without those that are `undefined`. */
function entriesOf(item: object): readonly (readonly [unknown, unknown])[] {
  if (item instanceof Map) return [...item];
  const prototype: unknown = Object.getPrototypeOf(item);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new TypeError(`Cannot encode an object of ${item.constructor.name} as CBOR`);
  }
  return Object.entries(item).filter(([, member]) => member !== undefined);
}

function normalizeKey(key: unknown): PlainKey {
  if (typeof key === "string") return checkedText(key);
  if (typeof key === "bigint") return normalizeInteger(key);
  if (typeof key !== "number") throw new TypeError(`Cannot encode ${typeof key} as a CBOR map key`);
  return normalizeNumber(key, false);
}

function normalizeNumber(value: number, floats: boolean): number | bigint {
  if (Number.isSafeInteger(value)) {
    const isShort = value >= -(2 ** 32) && value < 2 ** 32;
    return isShort ? value + 0 : BigInt(value); // -0 becomes 0
  }
  if (floats && Number.isFinite(value)) return value;
  throw new RangeError(`Cannot encode ${value} as a CBOR integer`);
}

/** cbor-x writes numbers beyond 32 bits as floats, and all bigints in nine bytes. */
function normalizeInteger(value: bigint): number | bigint {
  if (value > INTEGER_MAX || value < -INTEGER_MAX) {
    throw new RangeError(`Cannot encode ${value} as a CBOR integer of 64 bits`);
  }
  return value >= -(2n ** 32n) && value < 2n ** 32n ? Number(value) : value;
}

function checkedText(text: string): string {
  if (!text.isWellFormed()) {
    throw new RangeError("Cannot encode text with a lone surrogate as CBOR");
  }
  return text;
}
