import { bytesToHex, hexToBytes, readUintBe, uintToBytesBe } from "../core/mod.ts";

/** How a data record holds something: names of the forms. */
export const DATA_FORMATS = ["text", "hex", "bcd", "dotted", "number", "number-le"] as const;

/** One of {@linkcode DATA_FORMATS}. */
export type DataFormat = typeof DATA_FORMATS[number];

/** Where a data identifier's record holds something, and how. */
export interface DataReading {
  /** The data identifier. */
  readonly did: number;
  /**
   * `text`: ASCII; `hex`: `01020A`; `bcd`: two digits a byte, `2.5.11`; `dotted`: a number a byte,
   * `1.2.10`; `number`: one number, most significant byte first; `number-le`: least significant first.
   */
  readonly format: DataFormat;
  /** Bytes in front of it. */
  readonly from: number;
  /** Its length in bytes; absent: all that follow. */
  readonly bytes?: number;
}

/** The largest number that is read: 6 bytes are exact. */
const NUMBER_BYTES_MAX = 6;
/** Length of a number that a node writes where its length is open. */
const NUMBER_BYTES = 4;

/**
 * Takes what a reading is about out of a record.
 *
 * @param reading Where it is.
 * @param record The record.
 * @returns Its bytes, at least one; `undefined` where the record is too short to hold it.
 */
export function dataPart({ from, bytes }: DataReading, record: Uint8Array): Uint8Array | undefined {
  const end = bytes === undefined ? record.length : from + bytes;
  return from < end && end <= record.length ? record.slice(from, end) : undefined;
}

/**
 * Writes bytes as a reading's format has them.
 *
 * @param format The format; `text` is not for this: what is text depends on what it is for.
 * @param part The bytes, at least one.
 * @returns The words; `undefined` where the bytes are none of that format.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { formatData } from "./data_format.ts";
 *
 * strictEqual(formatData("bcd", Uint8Array.of(0x02, 0x05, 0x11)), "2.5.11");
 * strictEqual(formatData("dotted", Uint8Array.of(1, 2, 10)), "1.2.10");
 * strictEqual(formatData("number-le", Uint8Array.of(0x00, 0x02)), "512");
 * strictEqual(formatData("bcd", Uint8Array.of(0x0A)), undefined);
 * ```
 */
export function formatData(
  format: Exclude<DataFormat, "text">,
  part: Uint8Array,
): string | undefined {
  switch (format) {
    case "hex":
      return bytesToHex(part, "");
    case "bcd": {
      const digits = [...part].map((byte) => byte.toString(16).padStart(2, "0"));
      return digits.every((two) => /^\d\d$/.test(two)) ? digits.map(Number).join(".") : undefined;
    }
    case "dotted":
      return [...part].join(".");
    case "number":
      return numberText(part);
    case "number-le":
      return numberText(part.toReversed());
  }
}

/** Leading zeros beyond what a number may have are passed over. */
function numberText(bytes: Uint8Array): string | undefined {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? bytes.subarray(0, 1) : bytes.subarray(first);
  return digits.length > NUMBER_BYTES_MAX
    ? undefined
    : String(readUintBe(digits, 0, digits.length));
}

/**
 * Makes a record that a reading is read from: the node's side of it.
 *
 * @param reading Where it is, and how.
 * @param text What is to be read.
 * @returns The record, zeros in front and behind; the text's own bytes where its format cannot hold it.
 */
export function writeData(reading: DataReading, text: string): Uint8Array {
  const { from, bytes } = reading;
  const part = partOf(reading, text) ?? new TextEncoder().encode(text);
  const record = new Uint8Array(from + (bytes ?? part.length));
  record.set(part.subarray(0, bytes ?? part.length), from);
  return record;
}

function partOf({ format, bytes }: DataReading, text: string): Uint8Array | undefined {
  switch (format) {
    case "text":
      return undefined;
    case "hex":
      return /^(?:[0-9A-Fa-f]{2})+$/.test(text) ? hexToBytes(text) : undefined;
    case "bcd":
      return /^\d{1,2}(?:\.\d{1,2})*$/.test(text)
        ? hexToBytes(text.split(".").map((number) => number.padStart(2, "0")).join(""))
        : undefined;
    case "dotted": {
      const numbers = /^\d+(?:\.\d+)*$/.test(text) ? text.split(".").map(Number) : [];
      const isWhole = numbers.length > 0 && numbers.every((number) => number <= 0xFF);
      return isWhole ? Uint8Array.from(numbers) : undefined;
    }
    case "number":
    case "number-le": {
      const size = Math.min(bytes ?? NUMBER_BYTES, NUMBER_BYTES_MAX);
      const number = /^\d{1,15}$/.test(text) ? Number(text) : Infinity;
      if (number >= 2 ** (8 * size)) return undefined;
      const written = uintToBytesBe(number, size);
      return format === "number" ? written : written.reverse();
    }
  }
}
