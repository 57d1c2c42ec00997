import { bytesToHex, concatBytes, uintToBytesBe } from "../core/mod.ts";
import type { FirmwareImage } from "./firmware_image.ts";
import { recordBytesOf, type RecordOptions } from "./intel_hex_writer.ts";

const NO_DATA = new Uint8Array();

/** How an S-record file is laid out. */
export interface SRecordOptions extends RecordOptions {
  /** What the S0 record says, ASCII; nothing by default. */
  readonly header?: string;
}

/**
 * Writes Motorola S-records: the header (S0), data with the shortest address field that fits the
 * whole image (S1, S2 or S3), the count (S5 or S6; left out above 2^24 - 1), and the end record
 * with the entry address (S9, S8 or S7). Lines end with LF; the digits are upper case.
 *
 * Source: Motorola M68000 Family Programmer's Reference Manual, appendix "S-Record Output Format".
 *
 * @param image The image.
 * @param options How long records are, and the header.
 * @returns The text; `readSRecord` reads the same image from it.
 * @throws {RangeError} If the record length is not 1 to 250, or the header longer.
 */
export function writeSRecord(image: FirmwareImage, options: SRecordOptions = {}): string {
  const recordBytes = recordBytesOf(options);
  const header = new TextEncoder().encode(options.header ?? "");
  if (header.length > 250) throw new RangeError(`Cannot write a header of ${header.length} bytes`);
  const entryAddress = image.entryAddress ?? 0;
  const addressMax = Math.max((image.ranges.at(-1)?.end ?? 1) - 1, entryAddress);
  const addressBytes = addressMax < 2 ** 16 ? 2 : addressMax < 2 ** 24 ? 3 : 4;
  const lines = [formatRecord(0, uintToBytesBe(0, 2), header)];
  for (const { start, end, data } of image.ranges) {
    for (let address = start; address < end; address += recordBytes) {
      const part = data.subarray(address - start, address - start + recordBytes);
      lines.push(formatRecord(addressBytes - 1, uintToBytesBe(address, addressBytes), part));
    }
  }
  const count = lines.length - 1;
  if (count < 2 ** 16) lines.push(formatRecord(5, uintToBytesBe(count, 2)));
  else if (count < 2 ** 24) lines.push(formatRecord(6, uintToBytesBe(count, 3)));
  lines.push(formatRecord(11 - addressBytes, uintToBytesBe(entryAddress, addressBytes)));
  return lines.join("\n") + "\n";
}

function formatRecord(type: number, address: Uint8Array, data: Uint8Array = NO_DATA): string {
  const length = Uint8Array.of(address.length + data.length + 1);
  const record = concatBytes([length, address, data, new Uint8Array(1)]);
  record[record.length - 1] = ~record.reduce((sum, byte) => sum + byte, 0);
  return `S${type}` + bytesToHex(record, "");
}
