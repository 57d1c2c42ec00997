import { crc32 } from "../codec/mod.ts";
import type { Prng } from "../core/mod.ts";

/** What the bootloader noted about the application that it accepted. */
export interface ApplicationRecord {
  /** First address that the checksum covers. */
  readonly start: number;
  /** How many bytes it covers. */
  readonly sizeBytes: number;
  /** CRC-32 of them. */
  readonly crc: number;
}

/** How many bytes a record takes: three words and their own CRC-32. */
export const RECORD_BYTES = 16;

/** How long writing takes, in ms: the write cycle of common serial EEPROMs. */
export const RECORD_WRITE_MS = 5;

/**
 * Where the bootloader notes which application it accepted: 16 bytes that survive without power.
 *
 * It stands for a serial EEPROM of the board, or a page of the bootloader's own: neither image nor
 * memory layout has to leave room for it, and the bootloader's region never changes. It is emptied
 * before the first erase and written after the final check only; a write that power cuts short
 * leaves bytes whose own CRC does not fit, and reads as empty.
 *
 * Layout, little-endian: `[start (4), sizeBytes (4), crc (4), CRC-32 of these 12 bytes (4)]`.
 */
export class RecordStore {
  #bytes = new Uint8Array(RECORD_BYTES).fill(0xFF);

  /** The accepted application; `undefined` from the first erase to the final check. */
  get record(): ApplicationRecord | undefined {
    return decodeRecord(this.#bytes);
  }

  /**
   * Notes an application, or that there is none.
   *
   * @param record The application.
   */
  write(record: ApplicationRecord | undefined): void {
    this.#bytes = encodeRecord(record);
  }

  /**
   * Power goes while it is written: some bytes are new, some are old.
   *
   * @param record As for `write`.
   * @param prng Which.
   */
  tear(record: ApplicationRecord | undefined, prng: Prng): void {
    const next = encodeRecord(record);
    this.#bytes = this.#bytes.map((byte, i) => prng.chance(0.5) ? next[i]! : byte);
  }

  /**
   * Takes what it holds.
   *
   * @returns A value for `restore`.
   */
  snapshot(): Uint8Array {
    return this.#bytes.slice();
  }

  /**
   * Puts back what it held.
   *
   * @param snapshot From `snapshot`.
   */
  restore(snapshot: Uint8Array): void {
    this.#bytes = snapshot.slice();
  }
}

/**
 * Reads a record.
 *
 * @param bytes As `encodeRecord` writes it.
 * @returns The record; `undefined` when its own CRC does not fit.
 */
export function decodeRecord(bytes: Uint8Array): ApplicationRecord | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (crc32(bytes.subarray(0, 12)) !== view.getUint32(12, true)) return undefined;
  const [start, sizeBytes, crc] = [0, 4, 8].map((offset) => view.getUint32(offset, true));
  return { start: start!, sizeBytes: sizeBytes!, crc: crc! };
}

/**
 * Writes a record.
 *
 * @param record The record; none leaves erased bytes.
 * @returns Its bytes.
 */
export function encodeRecord(record: ApplicationRecord | undefined): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RECORD_BYTES).fill(0xFF);
  if (record === undefined) return bytes;
  const view = new DataView(bytes.buffer);
  const { start, sizeBytes, crc } = record;
  [start, sizeBytes, crc].forEach((word, i) => view.setUint32(4 * i, word, true));
  view.setUint32(12, crc32(bytes.subarray(0, 12)), true);
  return bytes;
}
