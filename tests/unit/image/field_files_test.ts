/** Firmware files as tools in the field write them: `tests/fixtures/field`. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  createImage,
  type FirmwareImage,
  imageSizeBytes,
  type ImageWarning,
  readElf,
  readFirmware,
} from "../../../src/image/mod.ts";
import { makeElf } from "./_elf.ts";
import { ascii, hexRecord, readTestFile, refuses, sRecord } from "./_support.ts";

function read(name: string): FirmwareImage {
  return readFirmware({ name, bytes: readTestFile("fixtures/field", name) });
}

function placesOf({ ranges }: FirmwareImage): readonly (readonly [number, number])[] {
  return ranges.map(({ start, end }) => [start, end]);
}

function codesOf({ warnings = [] }: FirmwareImage): readonly ImageWarning["code"][] {
  return warnings.map(({ code }) => code);
}

const CLEAN = read("a08_merged_two05.hex").ranges[1]!;

for (const name of ["a15_ctrlz.hex", "a15_nulpad.hex", "s01_noend_s5.s19"]) {
  Deno.test(`readFirmware() takes ${name} without a doubt`, () => {
    deepStrictEqual(read(name), { ranges: [CLEAN] });
  });
}

const END = ":00000001FF";
const RECORD = hexRecord("0200100000AABB".slice(0, 8) + "AABB");
const FILLS: readonly (readonly [string, string])[] = [
  ["0x1A on the end record's own line", `${RECORD}\n${END}\x1A`],
  ["many 0x1A", `${RECORD}\r\n${END}\r\n${"\x1A".repeat(200)}`],
  ["0x1A, then blank lines", `${RECORD}\n${END}\n\x1A\n\n \t\n`],
  ["NULs and blank lines in turn", `${RECORD}\n${END}\n\0\0\n\0\0\r\n`],
  ["blank lines", `${RECORD}\n${END}\n\n\n`],
  ["a byte order mark before it", `\uFEFF${RECORD}\n${END}\n`],
];
for (const [what, text] of FILLS) {
  Deno.test(`readFirmware() reads Intel HEX with ${what}`, () => {
    const { ranges } = readFirmware({ name: "app.hex", bytes: ascii(text) });
    deepStrictEqual(ranges, createImage([{ address: 16, data: Uint8Array.of(0xAA, 0xBB) }]).ranges);
  });
}

Deno.test("readFirmware() still refuses records behind the end, and NULs instead of one", () => {
  const file = (text: string) => ({ name: "app.hex", bytes: ascii(text) });
  refuses(
    () => readFirmware(file(`${RECORD}\n${END}\n\x1A${RECORD}\n`)),
    "after-end",
    "Cannot read app.hex:3:1: the end-of-file record stands before this line",
  );
  refuses(
    () => readFirmware(file(`${RECORD}\n\0\0\0\0`)),
    "no-end",
    "Cannot read app.hex:2:1: the file ends without an end-of-file record",
  );
});

Deno.test("readFirmware() says of data given twice whether it is the same", () => {
  refuses(
    () => read("a09_dup_identical.hex"),
    "overlap",
    "Cannot read a09_dup_identical.hex:6:1: address 0x08008000 has data already, from line 2, " +
      "with the same 16 bytes",
  );
});

Deno.test("readFirmware() reads S-records without an end, and doubts them without a count", () => {
  const { warnings, ...image } = read("s02_noend.s19");
  deepStrictEqual(image, { ranges: [CLEAN] });
  deepStrictEqual(codesOf({ ...image, ...(warnings && { warnings }) }), ["IMAGE_UNPROVEN"]);
  const data = sRecord("S1", "050010AABB");
  const doubts = (...lines: readonly string[]): readonly string[] =>
    codesOf(readFirmware({ name: "a.s19", bytes: ascii(lines.join("\n")) }));
  deepStrictEqual(doubts(data, sRecord("S5", "030001")), []);
  deepStrictEqual(doubts(data, sRecord("S6", "04000001")), []);
  // What follows the count is not proven by it.
  deepStrictEqual(doubts(data, sRecord("S5", "030001"), sRecord("S1", "040020CC")), [
    "IMAGE_UNPROVEN",
  ]);
  deepStrictEqual(doubts(data, sRecord("S9", "030000") + "\x1A"), []);
});

Deno.test("readElf() takes an allocated section that lies in no segment, and says so", () => {
  const image = read("e02_addsection.elf");
  deepStrictEqual(placesOf(image), [[0x08008000, 0x080080F8], [0x0800FFF0, 0x0800FFF4]]);
  strictEqual(
    image.warnings?.[0]?.reason,
    "section .crc lies in no segment: its 4 bytes were taken at 0x0800FFF0",
  );
  const bytes = readTestFile("fixtures/field", "e02_addsection.elf");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const header = view.getUint32(32, true) + 7 * 40;
  view.setUint32(header + 12, 0, true);
  refuses(
    () => readElf("a.elf", bytes),
    "unsupported",
    "Cannot read a.elf at byte 0x3274: section .crc of 4 bytes is allocated, but has no address " +
      "and lies in no segment; give it one with objcopy --change-section-address, or take its " +
      "alloc flag away",
  );
  view.setUint32(header + 12, 0x080080F6, true);
  refuses(
    () => readElf("a.elf", bytes),
    "overlap",
    "Cannot read a.elf at byte 0x3274: address 0x080080F6 has data already, from the segment at " +
      "byte 0x0054, with other bytes, first at 0x080080F6",
  );
});

Deno.test("readElf() refuses a section that begins in a segment and ends in none", () => {
  const bytes = readTestFile("fixtures/field", "e08_segment_partly_in_sections.elf");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(view.getUint32(32, true) + 40 + 20, 0xA80, true);
  refuses(
    () => readElf("a.elf", bytes),
    "unsupported",
    "Cannot read a.elf at byte 0x21B4: section .isr_vector lies partly in a segment and partly in " +
      "none",
  );
});

Deno.test("readElf() takes a segment whole, whatever its sections cover", () => {
  const image = read("e08_segment_partly_in_sections.elf");
  deepStrictEqual(placesOf(image), [[0x08008000, 0x080080F8]]);
  strictEqual(imageSizeBytes(image), 248);
  deepStrictEqual(codesOf(image), []);
});

Deno.test("readElf() takes virtual addresses where all physical ones are 0", () => {
  const image = read("e07_paddr0.elf");
  deepStrictEqual(placesOf(image), [[0x08008000, 0x080080E4], [0x20000000, 0x20000014]]);
  deepStrictEqual(codesOf(image), ["IMAGE_RUN_ADDRESSES"]);
  const alone = { physicalAddress: 0, virtualAddress: 0x08008000, data: Uint8Array.of(1, 2) };
  deepStrictEqual(placesOf(readElf("a.elf", makeElf([alone]))), [[0x08008000, 0x08008002]]);
  // One that is not 0 is enough: then they are meant.
  const other = { physicalAddress: 0x08008000, data: Uint8Array.of(3) };
  deepStrictEqual(placesOf(readElf("a.elf", makeElf([alone, other]))), [
    [0, 2],
    [0x08008000, 0x08008001],
  ]);
});

Deno.test("readFirmware() takes the part of a file that a range names", () => {
  const name = "a08_merged_two05.hex";
  const bytes = readTestFile("fixtures/field", name);
  const image = readFirmware({ name, bytes, range: { start: 0x08008000, end: 0x08010000 } });
  deepStrictEqual(image, { ranges: [CLEAN], entryAddress: 0x08008031 });
  const cut = readFirmware({ name, bytes, range: { start: 0x08000010, end: 0x08008010 } });
  deepStrictEqual(placesOf(cut), [[0x08000010, 0x08000040], [0x08008000, 0x08008010]]);
  refuses(
    () => readFirmware({ name, bytes, range: { start: 0x08010000, end: 0x08020000 } }),
    "no-data",
    "Cannot read a08_merged_two05.hex: it has no data in 0x08010000..0x0801FFFF, but in " +
      "0x08000000..0x0800003F, 0x08008000..0x0800803F",
  );
});

Deno.test("readFirmware() keeps few bytes where addresses lie far apart", () => {
  for (const name of ["a02_optionbytes_end.hex", "e05_optbytes.elf"]) {
    const image = read(name);
    ok(image.ranges.reduce((sum, { data }) => sum + data.length, 0) < 300, name);
    ok(image.ranges.at(-1)!.start >= 0x1FFF0000, name);
  }
});
