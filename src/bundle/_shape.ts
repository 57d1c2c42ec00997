import {
  cborDiagnostic,
  CborFormatError,
  type CborKey,
  type CborOptions,
  type CborValue,
  decodeCbor,
  encodeCbor,
} from "../codec/mod.ts";
import { BundleError, type BundleErrorCode } from "./bundle_error.ts";

/** What occurs in envelopes and signatures: COSE_Sign1, SUIT's envelope, keys that are arrays. */
export const BUNDLE_CBOR: CborOptions = { tags: [18, 107], arrayKeys: true, depthMax: 16 };

const LINE_LENGTH_MAX = 256;

/** Takes decoded CBOR apart; what has another form is refused with the name of the part. */
export class ShapeReader {
  readonly #code: BundleErrorCode;
  readonly #what: string;

  /**
   * @param code Code of the errors.
   * @param what What is read, for messages: "bundle".
   */
  constructor(code: BundleErrorCode, what: string) {
    this.#code = code;
    this.#what = what;
  }

  /**
   * Refuses.
   *
   * @param state What is wrong.
   * @param code The reader's own by default.
   */
  fail(state: string, code: BundleErrorCode = this.#code): never {
    throw new BundleError(code, `Cannot read ${this.#what}: ${state}`);
  }

  /** Decodes the CBOR inside a byte string. */
  embedded(value: CborValue | undefined, part: string): CborValue {
    return this.decode(this.bytes(value, part), part);
  }

  /** Decodes bytes that are one item of deterministic CBOR. */
  decode(bytes: Uint8Array, part: string): CborValue {
    try {
      return decodeCbor(bytes, BUNDLE_CBOR);
    } catch (error) {
      if (!(error instanceof CborFormatError)) throw error;
      const state = error.message.replace(/^Cannot decode CBOR at/, "at");
      throw new BundleError(this.#code, `Cannot read ${this.#what}: ${part}, ${state}`, {
        cause: error,
      });
    }
  }

  /** A byte string, of a length where one is told. */
  bytes(value: CborValue | undefined, part: string, lengthBytes?: number): Uint8Array {
    if (!(value instanceof Uint8Array)) this.fail(`${part} is no byte string`);
    if (lengthBytes !== undefined && value.length !== lengthBytes) {
      this.fail(`${part} has ${value.length} bytes, expected ${lengthBytes}`);
    }
    return value;
  }

  /** A number that is not negative. */
  uint(value: CborValue | undefined, part: string): number {
    if (typeof value !== "number" || value < 0) this.fail(`${part} is no number from 0 up`);
    return value;
  }

  /** A text. */
  text(value: CborValue | undefined, part: string): string {
    if (typeof value !== "string") this.fail(`${part} is no text`);
    return value;
  }

  /** A text of one line, so that it cannot steer a terminal. */
  line(value: CborValue | undefined, part: string): string {
    const text = this.text(value, part);
    if (text === "" || text.length > LINE_LENGTH_MAX || /[\p{Cc}\p{Cf}]/u.test(text)) {
      this.fail(`${part} is no text of one line`);
    }
    return text;
  }

  /** A truth value. */
  flag(value: CborValue | undefined, part: string): boolean {
    if (typeof value !== "boolean") this.fail(`${part} is neither true nor false`);
    return value;
  }

  /** An array. */
  array(value: CborValue | undefined, part: string): readonly CborValue[] {
    if (!Array.isArray(value)) this.fail(`${part} is no array`);
    return value;
  }

  /** A map. */
  map(value: CborValue | undefined, part: string): ReadonlyMap<CborKey, CborValue> {
    if (!(value instanceof Map)) this.fail(`${part} is no map`);
    return value;
  }

  /** A map of known integer keys: an unknown one may be critical, so it is refused. */
  record(
    value: CborValue | undefined,
    part: string,
    keys: readonly number[],
  ): ReadonlyMap<CborKey, CborValue> {
    const map = this.map(value, part);
    for (const key of map.keys()) {
      if (typeof key !== "number" || !keys.includes(key)) {
        this.fail(
          `${part} has an entry ${keyText(key)} that canvoy does not know`,
          unknownOf(this.#code),
        );
      }
    }
    return map;
  }
}

/** Encodes what {@linkcode ShapeReader} reads. */
export function encodeShape(value: unknown): Uint8Array {
  return encodeCbor(value, BUNDLE_CBOR);
}

/** A key as messages show it: what a file says must not steer a terminal. */
export function keyText(key: CborKey): string {
  return typeof key === "object" ? "that is an array" : cborDiagnostic(key);
}

function unknownOf(code: BundleErrorCode): BundleErrorCode {
  return code === "BUNDLE_FORMAT" ? "BUNDLE_UNKNOWN_PART" : code;
}
