import {
  CBOR_DEPTH_MAX,
  CBOR_ITEM_COUNT_MAX,
  CborFormatError,
  type CborOptions,
} from "./cbor_value.ts";

/** Major types of RFC 8949. */
const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;

const SIMPLE_FALSE = 20;
const SIMPLE_NULL = 22;
const FLOAT64 = 0xFB;
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * Checks that bytes begin with one item in the deterministic form that `encodeCbor` writes, before
 * a lenient decoder sees them: definite lengths, shortest integers and lengths, map keys unique and
 * in the order of their bytes, valid UTF-8, only the tags and depth allowed.
 *
 * Source: RFC 8949, "Core Deterministic Encoding Requirements".
 *
 * @param bytes Where the item is.
 * @param offset Where it begins.
 * @param options What is allowed.
 * @returns Where it ends: the index after its last byte.
 * @throws {CborFormatError} If the item is anything else, or cut.
 */
export function checkCborItem(bytes: Uint8Array, offset: number, options: CborOptions): number {
  return new CborChecker(bytes, options).checkItem(offset, 0);
}

/** The first bytes of an item. */
interface Head {
  readonly major: number;
  /** Value, length, count or tag number; exact up to 2^53, which no length reaches. */
  readonly argument: number;
  readonly end: number;
}

class CborChecker {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #tags: readonly number[];
  readonly #floats: boolean;
  readonly #arrayKeys: boolean;
  readonly #depthMax: number;
  #itemCount = 0;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true });

  constructor(bytes: Uint8Array, options: CborOptions) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#tags = options.tags ?? [];
    this.#floats = options.floats ?? false;
    this.#arrayKeys = options.arrayKeys ?? false;
    this.#depthMax = options.depthMax ?? CBOR_DEPTH_MAX;
  }

  checkItem(offset: number, depth: number): number {
    const initial = this.#bytes[offset];
    if (initial === undefined) this.#failTruncated(offset);
    if (++this.#itemCount > CBOR_ITEM_COUNT_MAX) {
      throw new CborFormatError(offset, `more than ${CBOR_ITEM_COUNT_MAX} items in one`);
    }
    if (initial >>> 5 === 7) return this.#checkSimple(offset, initial);
    const head = this.#checkHead(offset);
    switch (head.major) {
      case UNSIGNED:
      case NEGATIVE:
        return head.end;
      case BYTES:
        return this.#checkInside(head, head.argument);
      case TEXT:
        return this.#checkText(offset, head);
    }
    if (depth >= this.#depthMax) {
      throw new CborFormatError(offset, `nested deeper than ${this.#depthMax}`);
    }
    switch (head.major) {
      case ARRAY:
        return this.#checkArray(head, depth);
      case MAP:
        return this.#checkMap(head, depth);
      default:
        return this.#checkTag(offset, head, depth);
    }
  }

  #checkArray(head: Head, depth: number): number {
    this.#checkInside(head, head.argument);
    let end = head.end;
    for (let i = 0; i < head.argument; i++) end = this.checkItem(end, depth + 1);
    return end;
  }

  #checkMap(head: Head, depth: number): number {
    this.#checkInside(head, 2 * head.argument);
    let end = head.end;
    let previousKey: Uint8Array | undefined;
    for (let i = 0; i < head.argument; i++) {
      const keyStart = end;
      const initial = this.#bytes[keyStart];
      if (initial === undefined) this.#failTruncated(keyStart);
      if (!this.#isKey(initial >>> 5)) {
        throw new CborFormatError(keyStart, "map key that is neither integer nor text");
      }
      const keyEnd = this.checkItem(keyStart, depth + 1);
      const key = this.#bytes.subarray(keyStart, keyEnd);
      const order = previousKey === undefined ? -1 : compareBytes(previousKey, key);
      if (order === 0) throw new CborFormatError(keyStart, "map key that occurs twice");
      if (order > 0) throw new CborFormatError(keyStart, "map keys out of order");
      previousKey = key;
      end = this.checkItem(keyEnd, depth + 1);
    }
    return end;
  }

  #isKey(major: number): boolean {
    return major === UNSIGNED || major === NEGATIVE || major === TEXT ||
      (major === ARRAY && this.#arrayKeys);
  }

  #checkTag(offset: number, head: Head, depth: number): number {
    if (!this.#tags.includes(head.argument)) {
      throw new CborFormatError(offset, `tag ${head.argument} is not allowed here`);
    }
    return this.checkItem(head.end, depth + 1);
  }

  #checkText(offset: number, head: Head): number {
    const end = this.#checkInside(head, head.argument);
    try {
      this.#utf8.decode(this.#bytes.subarray(head.end, end));
    } catch {
      throw new CborFormatError(offset, "text that is not UTF-8");
    }
    return end;
  }

  #checkSimple(offset: number, initial: number): number {
    const value = initial & 0x1F;
    if (value >= SIMPLE_FALSE && value <= SIMPLE_NULL) return offset + 1;
    if (initial !== FLOAT64 || !this.#floats) {
      throw new CborFormatError(
        offset,
        `initial byte 0x${initial.toString(16)} is not allowed here`,
      );
    }
    if (offset + 9 > this.#bytes.length) this.#failTruncated(this.#bytes.length);
    const float = this.#view.getFloat64(offset + 1);
    if (!Number.isFinite(float) || Number.isSafeInteger(float)) {
      throw new CborFormatError(offset, `float ${float}, expected a finite number, no integer`);
    }
    return offset + 9;
  }

  #checkHead(offset: number): Head {
    const initial = this.#bytes[offset]!;
    const major = initial >>> 5;
    const info = initial & 0x1F;
    if (info < 24) return { major, argument: info, end: offset + 1 };
    if (info > 27) throw new CborFormatError(offset, "indefinite or reserved length");
    const sizeBytes = 1 << (info - 24);
    const end = offset + 1 + sizeBytes;
    if (end > this.#bytes.length) this.#failTruncated(this.#bytes.length);
    const argument = this.#argument(offset + 1, sizeBytes);
    const argumentMin = sizeBytes === 1 ? 24 : 2 ** (4 * sizeBytes);
    if (argument < argumentMin) {
      throw new CborFormatError(offset, `${argument} in ${sizeBytes} bytes, expected fewer`);
    }
    // cbor-x writes -2^64 as a bignum, so this one integer cannot come back as it was.
    if (
      major === NEGATIVE && sizeBytes === 8 && this.#view.getBigUint64(offset + 1) === UINT64_MAX
    ) {
      throw new CborFormatError(offset, "integer -2^64, expected more");
    }
    return { major, argument, end };
  }

  #argument(offset: number, sizeBytes: number): number {
    if (sizeBytes === 1) return this.#view.getUint8(offset);
    if (sizeBytes === 2) return this.#view.getUint16(offset);
    if (sizeBytes === 4) return this.#view.getUint32(offset);
    return this.#view.getUint32(offset) * 2 ** 32 + this.#view.getUint32(offset + 4);
  }

  /** Every byte, element or half of a pair takes a byte: what cannot fit is cut, or a lie. */
  #checkInside(head: Head, lengthBytes: number): number {
    const end = head.end + lengthBytes;
    if (end > this.#bytes.length) this.#failTruncated(this.#bytes.length);
    return end;
  }

  #failTruncated(offset: number): never {
    throw new CborFormatError(offset, "the bytes end within an item", true);
  }
}

/**
 * Orders encodings.
 *
 * @param left One.
 * @param right The other.
 * @returns Less than 0, 0 or more, as `sort` wants it.
 */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const lengthBytes = Math.min(left.length, right.length);
  for (let i = 0; i < lengthBytes; i++) {
    if (left[i] !== right[i]) return left[i]! - right[i]!;
  }
  return left.length - right.length;
}
