import { hex, readUintBe } from "../core/mod.ts";
import type { FirmwareImage, ImageRange, ImageWarning } from "./firmware_image.ts";
import { imageOf } from "./pieces.ts";
import { RecordCollector } from "./record_collector.ts";
import { printable, RecordScanner } from "./record_scanner.ts";

const LETTER_S = 0x53;
const DIGIT_0 = 0x30;

/** Column indices of a record's fields. */
const TYPE_INDEX = 1;
const COUNT_INDEX = 2;
const ADDRESS_INDEX = 4;

/** Size of the address field by record type; S4 is reserved. */
const ADDRESS_BYTES: readonly (number | undefined)[] = [2, 2, 3, 4, undefined, 2, 3, 4, 3, 2];

/**
 * Reads Motorola S-records: S0 to S3 and S5 to S9.
 *
 * A record is `S`, a digit for its type, and bytes in hexadecimal: `[count of the bytes that
 * follow, address (big-endian, 2 to 4), data, checksum]`; all bytes add up to 0xFF modulo 256. S0
 * is a header, S1 to S3 are data, S5 and S6 count the data records before them, S7 to S9 end the
 * file and give the entry address.
 *
 * A file may lack its end record, as srec_cat writes it by default: a count of its data records that
 * nothing follows proves it whole as well, and without one it is read with a warning, since every
 * record is proven by its own checksum and only whole lines can be missing.
 *
 * Source: Motorola M68000 Family Programmer's Reference Manual, appendix "S-Record Output Format".
 *
 * @param file The file's name, for messages.
 * @param bytes Its text.
 * @returns The image.
 * @throws {ImageFormatError} If the text is anything else, or its records contradict each other.
 */
export function readSRecord(file: string, bytes: Uint8Array): FirmwareImage {
  const scanner = new RecordScanner(file, bytes);
  const collector = new RecordCollector(file, bytes);
  let entryAddress: number | undefined;
  let isCounted = false;
  while (scanner.nextLine()) {
    if (entryAddress !== undefined) {
      scanner.fail("after-end", 0, "the end record stands before this line");
    }
    const { type, address, data } = decodeRecord(scanner);
    if (type >= 1 && type <= 3) {
      const end = 256 ** ADDRESS_BYTES[type]!;
      if (address + data.length > end) {
        const index = ADDRESS_INDEX + 2 * (ADDRESS_BYTES[type]! + end - address);
        const state = `data passes address ${hex(end - 1, 4)}, the last one of S${type} records`;
        scanner.fail("address-wrap", index, state);
      }
      collector.add(address, data, scanner.lineStart);
      isCounted = false;
    } else if (type === 5 || type === 6) {
      checkCount(scanner, type, address, collector.recordCount);
      isCounted = true;
    } else if (type >= 7) entryAddress = address;
  }
  if (entryAddress === undefined && !isCounted && scanner.fillStart < bytes.length) {
    const state = "NULs or 0x1A follow, and no S7, S8 or S9 record stands before them";
    scanner.failAt("no-end", scanner.fillStart, state);
  }
  const ranges = collector.finish();
  const warnings = entryAddress === undefined && !isCounted ? [unproven(ranges)] : [];
  return imageOf(ranges, { entryAddress, warnings });
}

function unproven(ranges: readonly ImageRange[]): ImageWarning {
  return {
    code: "IMAGE_UNPROVEN",
    address: ranges.at(-1)!.end,
    reason: "nothing proves that the file is whole: it ends without an S7, S8 or S9 record, and " +
      "no S5 or S6 record counts its data records",
  };
}

interface SRecord {
  readonly type: number;
  readonly address: number;
  /** Valid until the next line is decoded. */
  readonly data: Uint8Array;
}

function decodeRecord(scanner: RecordScanner): SRecord {
  const first = scanner.charCode(0);
  if (first !== LETTER_S) scanner.fail("syntax", 0, `found ${printable(first)}, expected "S"`);
  const type = scanner.charCode(TYPE_INDEX) - DIGIT_0;
  const addressBytes = ADDRESS_BYTES[type];
  if (addressBytes === undefined) {
    scanner.fail("record-type", TYPE_INDEX, "no such record type, expected S0 to S3 or S5 to S9");
  }
  const { record } = scanner;
  const count = scanner.decode(COUNT_INDEX, 1);
  let sum = 0;
  for (let i = 0; i < count - 1; i++) sum += record[i]!;
  const found = record[count - 1]!;
  const expected = ~sum & 0xFF;
  if (found !== expected) {
    const index = COUNT_INDEX + 2 * (count - 1);
    scanner.fail("checksum", index, `checksum is ${hex(found, 2)}, expected ${hex(expected, 2)}`);
  }
  const dataBytes = count - 2 - addressBytes;
  if (dataBytes < 0 || (type >= 5 && dataBytes > 0)) {
    const comparison = type >= 5 ? "" : "at least ";
    const state = `S${type} record of ${record[0]} bytes, expected ${comparison}${
      addressBytes + 1
    }`;
    scanner.fail("record-type", COUNT_INDEX, state);
  }
  return {
    type,
    address: readUintBe(record, 1, addressBytes),
    data: record.subarray(1 + addressBytes, count - 1),
  };
}

function checkCount(
  scanner: RecordScanner,
  type: number,
  counted: number,
  recordCount: number,
): void {
  if (counted === recordCount) return;
  const state = `S${type} counts ${counted} data records, but ${recordCount} stand before it`;
  scanner.fail("record-count", ADDRESS_INDEX, state);
}
