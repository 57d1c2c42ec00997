import { Tag } from "cbor-x/decode";
import { Encoder } from "cbor-x/encode";
import { concatBytes } from "../core/mod.ts";
import { checkCborItem } from "./cbor_check.ts";
import { type EncoderBeneath, normalizeForCbor } from "./cbor_normal.ts";
import {
  CborFormatError,
  type CborKey,
  type CborOptions,
  CborTag,
  type CborValue,
} from "./cbor_value.ts";

/** The only use of cbor-x in canvoy: its defaults fit no protocol, and it decodes too leniently. */
const CBOR_X = new Encoder({
  useRecords: false,
  mapsAsObjects: false,
  tagUint8Array: false,
  variableMapSize: true,
  copyBuffers: true,
});

const BENEATH: EncoderBeneath = {
  makeTag: (tag, content) => new Tag(content, tag),
  encode: (normal) => CBOR_X.encode(normal),
};

/**
 * Encodes a value as deterministic CBOR: equal values give equal bytes.
 *
 * Map keys are sorted by their encoding, integers and lengths are shortest, lengths are definite.
 * Numbers that are no safe integers need `floats`, and are then always 64 bits long: our own rule.
 * `undefined` members of plain objects are left out.
 *
 * Source: RFC 8949, "Core Deterministic Encoding Requirements".
 *
 * @param value `null`, booleans, numbers, bigints of 64 bits, well-formed strings, `Uint8Array`,
 * arrays, Maps and plain objects of them, and {@link CborTag}.
 * @param options Which tags, whether floats, how deep.
 * @returns The bytes; a copy.
 * @throws {TypeError} If something has no CBOR form here.
 * @throws {RangeError} If a number, a text, a tag or the nesting is beyond what is allowed.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { bytesToHex } from "../core/mod.ts";
 * import { encodeCbor } from "./cbor.ts";
 *
 * strictEqual(bytesToHex(encodeCbor({ bb: 2, a: [1, -1] })), "A2 61 61 82 01 20 62 62 62 02");
 * ```
 */
export function encodeCbor(value: unknown, options: CborOptions = {}): Uint8Array {
  const normal = normalizeForCbor(value, options, BENEATH);
  return new Uint8Array(CBOR_X.encode(normal));
}

/**
 * Decodes one item of deterministic CBOR; what `encodeCbor` would write otherwise is refused.
 *
 * @param bytes The item, and nothing behind it.
 * @param options Which tags, whether floats, how deep.
 * @returns The value; byte strings are copies.
 * @throws {CborFormatError} If the bytes are anything else.
 */
export function decodeCbor(bytes: Uint8Array, options: CborOptions = {}): CborValue {
  const end = checkCborItem(bytes, 0, options);
  if (end !== bytes.length) throw new CborFormatError(end, "the item should end here");
  return decodeChecked(bytes);
}

/**
 * Encodes values one after the other, as a CBOR sequence.
 *
 * Source: RFC 8742, "CBOR Sequence Format".
 *
 * @param values As in {@link encodeCbor}.
 * @param options As in {@link encodeCbor}.
 * @returns The bytes.
 */
export function encodeCborSequence(
  values: readonly unknown[],
  options: CborOptions = {},
): Uint8Array {
  return concatBytes(values.map((value) => encodeCbor(value, options)));
}

/** One item of a sequence. */
export interface CborItem {
  /** Its value. */
  readonly value: CborValue;
  /** Where it ends: the index after its last byte. */
  readonly endOffset: number;
}

/**
 * Decodes the item of a CBOR sequence that begins at a place.
 *
 * @param bytes The sequence.
 * @param offset Where the item begins.
 * @param options As in {@link decodeCbor}.
 * @returns The item.
 * @throws {CborFormatError} If there is none, or it is cut.
 */
export function decodeCborItem(
  bytes: Uint8Array,
  offset: number,
  options: CborOptions = {},
): CborItem {
  const endOffset = checkCborItem(bytes, offset, options);
  return { value: decodeChecked(bytes.subarray(offset, endOffset)), endOffset };
}

/** What was read of a sequence. */
export interface CborSequence {
  /** The whole items. */
  readonly values: readonly CborValue[];
  /** How many bytes they take up: where a sequence with a torn tail is to be cut. */
  readonly endOffset: number;
  /** Why reading stopped before the end of the bytes; `undefined` when it did not. */
  readonly error: CborFormatError | undefined;
}

/**
 * Decodes a CBOR sequence as far as it is whole: the writer of a journal may die in any byte.
 *
 * Source: RFC 8742, "CBOR Sequence Format".
 *
 * @param bytes The sequence.
 * @param options As in {@link decodeCbor}, for each item.
 * @returns The items up to the end, or up to the first that is cut or wrong.
 */
export function decodeCborSequence(bytes: Uint8Array, options: CborOptions = {}): CborSequence {
  const values: CborValue[] = [];
  let endOffset = 0;
  while (endOffset < bytes.length) {
    let end: number;
    try {
      end = checkCborItem(bytes, endOffset, options);
    } catch (error) {
      if (!(error instanceof CborFormatError)) throw error;
      return { values, endOffset, error };
    }
    values.push(decodeChecked(bytes.subarray(endOffset, end)));
    endOffset = end;
  }
  return { values, endOffset, error: undefined };
}

function decodeChecked(item: Uint8Array): CborValue {
  // A view of its own: cbor-x puts a property on the array it is given.
  return toCborValue(CBOR_X.decode(item.subarray()));
}

/** From what cbor-x gives to our own types, which promise more. */
function toCborValue(decoded: unknown): CborValue {
  if (typeof decoded === "bigint") {
    const number = Number(decoded);
    return Number.isSafeInteger(number) ? number : decoded;
  }
  if (decoded === null || typeof decoded !== "object") return decoded as CborValue;
  if (decoded instanceof Uint8Array) return decoded;
  if (Array.isArray(decoded)) return decoded.map(toCborValue);
  if (decoded instanceof Map) {
    const pairs: readonly (readonly [unknown, unknown])[] = [...decoded];
    return new Map(pairs.map(([key, value]) => [toCborValue(key) as CborKey, toCborValue(value)]));
  }
  if (decoded instanceof Tag) return new CborTag(decoded.tag, toCborValue(decoded.value));
  // An allow-list with a tag that cbor-x reads by itself (a date, a set): a mistake of the caller.
  throw new TypeError("Cannot decode a CBOR tag that has a meaning of its own to cbor-x");
}
