import { hex, readUintBe } from "../core/mod.ts";
import type { FirmwareImage } from "./firmware_image.ts";
import { ADDRESS_SPACE_END, imageOf } from "./pieces.ts";
import { RecordCollector } from "./record_collector.ts";
import { printable, RecordScanner } from "./record_scanner.ts";

const COLON = 0x3A;
const SEGMENT_BYTES = 0x10000;

/** Length, address (2), type, checksum: what a record has beyond its data. */
const OVERHEAD_BYTES = 5;
/** Column indices of a record's fields. */
const LENGTH_INDEX = 1;
const TYPE_INDEX = 7;
const DATA_INDEX = 9;

/** Length of the data by record type; `undefined`: any. */
const DATA_BYTES: readonly (number | undefined)[] = [undefined, 0, 2, 4, 2, 4];
const TYPE_NAMES = [
  "data",
  "end of file",
  "extended segment address",
  "start segment address",
  "extended linear address",
  "start linear address",
];

/**
 * Reads Intel HEX: records 00 to 05.
 *
 * A record is `:` and bytes in hexadecimal: `[length n, address (big-endian, 2), type, data (n),
 * checksum]`; all bytes add up to 0 modulo 256. After an extended segment address (02) data wraps
 * within its 64 KiB segment; after an extended linear address (04), and before either, it runs on.
 * The address field of records other than data is not looked at: tools differ in what they put
 * there. NULs, 0x1A and blank lines may follow the end record, as DOS tools leave them.
 *
 * Source: Intel, "Hexadecimal Object File Format Specification", revision A, 1988.
 *
 * @param file The file's name, for messages.
 * @param bytes Its text.
 * @returns The image.
 * @throws {ImageFormatError} If the text is anything else, or its records contradict each other.
 */
export function readIntelHex(file: string, bytes: Uint8Array): FirmwareImage {
  const scanner = new RecordScanner(file, bytes);
  const collector = new RecordCollector(file, bytes);
  const { record } = scanner;
  let baseAddress = 0;
  let isSegmented = false;
  let entryAddress: number | undefined;
  let ended = false;
  while (scanner.nextLine()) {
    if (ended) scanner.fail("after-end", 0, "the end-of-file record stands before this line");
    const type = decodeRecord(scanner);
    const lengthBytes = record[0]!;
    switch (type) {
      case 0: {
        const offset = readUintBe(record, 1, 2);
        const data = record.subarray(4, 4 + lengthBytes);
        if (isSegmented && offset + lengthBytes > SEGMENT_BYTES) {
          addWrapped(scanner, collector, { baseAddress, offset, data });
        } else addData(scanner, collector, baseAddress + offset, data);
        break;
      }
      case 1:
        ended = true;
        break;
      case 2:
        baseAddress = readUintBe(record, 4, 2) * 16;
        isSegmented = true;
        break;
      case 3:
        entryAddress = readUintBe(record, 4, 2) * 16 + readUintBe(record, 6, 2);
        break;
      case 4:
        baseAddress = readUintBe(record, 4, 2) * SEGMENT_BYTES;
        isSegmented = false;
        break;
      case 5:
        entryAddress = readUintBe(record, 4, 4);
        break;
    }
  }
  if (!ended) {
    scanner.failAt("no-end", scanner.fillStart, "the file ends without an end-of-file record");
  }
  return imageOf(collector.finish(), { entryAddress });
}

/** Checks all of a record that does not depend on the records before it; gives its type. */
function decodeRecord(scanner: RecordScanner): number {
  const first = scanner.charCode(0);
  if (first !== COLON) scanner.fail("syntax", 0, `found ${printable(first)}, expected ":"`);
  const { record } = scanner;
  const count = scanner.decode(LENGTH_INDEX, OVERHEAD_BYTES);
  let sum = 0;
  for (let i = 0; i < count - 1; i++) sum += record[i]!;
  const found = record[count - 1]!;
  const expected = -sum & 0xFF;
  if (found !== expected) {
    const index = LENGTH_INDEX + 2 * (count - 1);
    scanner.fail("checksum", index, `checksum is ${hex(found, 2)}, expected ${hex(expected, 2)}`);
  }
  const type = record[3]!;
  if (type >= DATA_BYTES.length) {
    scanner.fail("record-type", TYPE_INDEX, `record type ${hex(type, 2)}, expected 0x00 to 0x05`);
  }
  const dataBytes = DATA_BYTES[type];
  if (dataBytes !== undefined && record[0] !== dataBytes) {
    const state = `${TYPE_NAMES[type]} record of ${record[0]} data bytes, expected ${dataBytes}`;
    scanner.fail("record-type", LENGTH_INDEX, state);
  }
  return type;
}

function addData(
  scanner: RecordScanner,
  collector: RecordCollector,
  address: number,
  data: Uint8Array,
): void {
  if (address + data.length > ADDRESS_SPACE_END) {
    const index = DATA_INDEX + 2 * (ADDRESS_SPACE_END - address);
    scanner.fail("address-wrap", index, "data passes address 0xFFFFFFFF, the last one");
  }
  collector.add(address, data, scanner.lineStart);
}

/** A record that passes the end of its segment goes on at the segment's start. */
function addWrapped(
  scanner: RecordScanner,
  collector: RecordCollector,
  { baseAddress, offset, data }: {
    readonly baseAddress: number;
    readonly offset: number;
    readonly data: Uint8Array;
  },
): void {
  const fitting = SEGMENT_BYTES - offset;
  addData(scanner, collector, baseAddress + offset, data.subarray(0, fitting));
  addData(scanner, collector, baseAddress, data.subarray(fitting));
}
