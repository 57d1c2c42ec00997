import { CanvoyError } from "../core/mod.ts";

/** What a map may be keyed by; by arrays only where {@linkcode CborOptions} allows it. */
export type CborKey = number | bigint | string | readonly CborValue[];

/**
 * What decoding gives. Integers are `number` where that is exact, else `bigint`; maps are `Map`s in
 * the order of their encoded keys.
 */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<CborKey, CborValue>
  | CborTag;

/** A value with a tag: a number that says how to read it. */
export class CborTag {
  /** The tag's number. */
  readonly tag: number;
  /** What is tagged. */
  readonly value: CborValue;

  /**
   * Tags a value.
   *
   * @param tag The tag's number, 0 to 2^32 - 1.
   * @param value What is tagged.
   */
  constructor(tag: number, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

/** What both directions agree on beyond the format. */
export interface CborOptions {
  /** Which tags may occur; none by default. */
  readonly tags?: readonly number[];
  /** Whether numbers that are no integers may occur; not by default. */
  readonly floats?: boolean;
  /** Whether maps may be keyed by arrays, as SUIT's text is by component; not by default. */
  readonly arrayKeys?: boolean;
  /** How deep arrays, maps and tags may nest; 32 by default. */
  readonly depthMax?: number;
}

/** How deep arrays, maps and tags may nest by default. */
export const CBOR_DEPTH_MAX = 32;

/** How many items may stand in one: a byte can make an object of a hundred. */
export const CBOR_ITEM_COUNT_MAX = 1 << 20;

/** Bytes that are not the deterministic CBOR that was asked for. */
export class CborFormatError extends CanvoyError {
  /** Stable machine-readable name. */
  override readonly code = "CBOR_FORMAT";
  /** Where in the bytes, 0 for the first. */
  readonly offset: number;
  /** Whether more bytes could mend it: a cut record, not a wrong one. */
  readonly isTruncated: boolean;

  /**
   * States what is wrong and where.
   *
   * @param offset Where in the bytes, 0 for the first.
   * @param state What was found and what was expected.
   * @param isTruncated Whether the bytes merely end too early.
   */
  constructor(offset: number, state: string, isTruncated = false) {
    super(`Cannot decode CBOR at byte ${offset}: ${state}`);
    this.offset = offset;
    this.isTruncated = isTruncated;
  }
}
