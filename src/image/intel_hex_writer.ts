import { bytesToHex, concatBytes, uintToBytesBe } from "../core/mod.ts";
import type { FirmwareImage } from "./firmware_image.ts";

const SEGMENT_BYTES = 0x10000;

/** How text formats are laid out. */
export interface RecordOptions {
  /** Data bytes of a full record, 1 to 250; 16 by default, as most tools write. */
  readonly recordBytes?: number;
}

/** Longest data field that every record of both text formats can carry. */
const RECORD_BYTES_MAX = 250;

/**
 * Checks how long records shall be.
 *
 * @param options As callers gave them.
 * @returns The data bytes of a full record.
 * @throws {RangeError} If that is not 1 to 250.
 */
export function recordBytesOf({ recordBytes = 16 }: RecordOptions): number {
  if (!Number.isInteger(recordBytes) || recordBytes < 1 || recordBytes > RECORD_BYTES_MAX) {
    throw new RangeError(`Cannot write records of ${recordBytes} bytes, expected 1 to 250`);
  }
  return recordBytes;
}

/**
 * Writes Intel HEX with extended linear addresses (04), the entry address (05) where it is known,
 * and the end-of-file record. Lines end with LF; the digits are upper case.
 *
 * Source: Intel, "Hexadecimal Object File Format Specification", revision A, 1988.
 *
 * @param image The image.
 * @param options How long records are.
 * @returns The text; `readIntelHex` reads the same image from it.
 * @throws {RangeError} If the record length is not 1 to 250.
 */
export function writeIntelHex(image: FirmwareImage, options: RecordOptions = {}): string {
  const recordBytes = recordBytesOf(options);
  const lines: string[] = [];
  let upperAddress = 0;
  for (const { start, end, data } of image.ranges) {
    for (let address = start; address < end;) {
      const upper = Math.floor(address / SEGMENT_BYTES);
      if (upper !== upperAddress) lines.push(formatRecord(4, 0, uintToBytesBe(upper, 2)));
      upperAddress = upper;
      const recordEnd = Math.min(address + recordBytes, (upper + 1) * SEGMENT_BYTES, end);
      const part = data.subarray(address - start, recordEnd - start);
      lines.push(formatRecord(0, address % SEGMENT_BYTES, part));
      address = recordEnd;
    }
  }
  if (image.entryAddress !== undefined) {
    lines.push(formatRecord(5, 0, uintToBytesBe(image.entryAddress, 4)));
  }
  lines.push(formatRecord(1, 0, new Uint8Array()));
  return lines.join("\n") + "\n";
}

function formatRecord(type: number, address: number, data: Uint8Array): string {
  const head = Uint8Array.of(data.length, address >>> 8, address & 0xFF, type);
  const record = concatBytes([head, data, new Uint8Array(1)]);
  record[record.length - 1] = -record.reduce((sum, byte) => sum + byte, 0);
  return ":" + bytesToHex(record, "");
}
