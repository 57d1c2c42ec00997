import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  createImage,
  type FirmwareImage,
  readIntelHex,
  readSRecord,
  writeBinary,
  writeIntelHex,
  writeSRecord,
} from "../../../src/image/mod.ts";
import { ascii, readTestFile } from "./_support.ts";

/** objcopy's output of fixtures; its lines end with CR LF. */
function objcopyLines(name: string): readonly string[] {
  return new TextDecoder().decode(readTestFile("fixtures", name)).trimEnd().split("\r\n");
}

function linesOf(text: string): readonly string[] {
  return text.trimEnd().split("\n");
}

for (const name of ["f407_v2", "f446_v2", "h743_v2"]) {
  Deno.test(`writeIntelHex() writes ${name} as objcopy does`, () => {
    const image = readIntelHex(name, readTestFile("fixtures", `${name}.hex`));
    deepStrictEqual(linesOf(writeIntelHex(image)), objcopyLines(`${name}.hex`));
  });

  Deno.test(`writeSRecord() writes ${name} as objcopy does, and counts the records`, () => {
    const image = readSRecord(name, readTestFile("fixtures", `${name}.s19`));
    const lines = linesOf(writeSRecord(image, { header: `${name}.s19` }));
    deepStrictEqual(lines.filter((line) => !/^S[56]/.test(line)), objcopyLines(`${name}.s19`));
    strictEqual(lines.length, objcopyLines(`${name}.s19`).length + 1);
  });
}

const SMALL = createImage([
  { address: 0x1FFFE, data: Uint8Array.of(1, 2, 3) },
  { address: 0xFFFFFFFF, data: Uint8Array.of(4) },
], 0x1FFFF);

Deno.test("writeIntelHex() begins a record at each 64 KiB, and writes the last address", () => {
  deepStrictEqual(linesOf(writeIntelHex(SMALL)), [
    ":020000040001F9",
    ":02FFFE000102FE",
    ":020000040002F8",
    ":0100000003FC",
    ":02000004FFFFFC",
    ":01FFFF0004FD",
    ":040000050001FFFFF8",
    ":00000001FF",
  ]);
  deepStrictEqual(readIntelHex("a.hex", ascii(writeIntelHex(SMALL))), SMALL);
});

Deno.test("writeSRecord() chooses the address size by the highest address", () => {
  const cases = [
    { address: 0xFFFF, entryAddress: 0, types: "S0S1S5S9" },
    { address: 0xFFFF, entryAddress: 0x10000, types: "S0S2S5S8" },
    { address: 0x10000, entryAddress: 0, types: "S0S2S5S8" },
    { address: 0xFFFFFF, entryAddress: 0, types: "S0S2S5S8" },
    { address: 0x1000000, entryAddress: 0, types: "S0S3S5S7" },
  ];
  for (const { address, entryAddress, types } of cases) {
    const image = createImage([{ address, data: Uint8Array.of(1) }], entryAddress);
    const text = writeSRecord(image);
    strictEqual(linesOf(text).map((line) => line.slice(0, 2)).join(""), types);
    deepStrictEqual(readSRecord("a.s19", ascii(text)), image);
  }
});

Deno.test("writeSRecord() counts in 24 bits above 65,535 records", () => {
  const image = createImage([{ address: 0, data: new Uint8Array(0x10000) }], 0);
  const text = writeSRecord(image, { recordBytes: 1 });
  strictEqual(linesOf(text).at(-2), "S604010000FA");
  deepStrictEqual(readSRecord("a.s19", ascii(text)), image);
});

Deno.test("writers lay out records as long as told, and refuse what no record holds", () => {
  const image: FirmwareImage = createImage([{ address: 0, data: new Uint8Array(500) }], 0);
  for (const recordBytes of [1, 250]) {
    deepStrictEqual(readIntelHex("", ascii(writeIntelHex(image, { recordBytes }))), image);
    deepStrictEqual(readSRecord("", ascii(writeSRecord(image, { recordBytes }))), image);
  }
  for (const recordBytes of [0, 251, 1.5]) {
    throws(() => writeIntelHex(image, { recordBytes }), RangeError);
    throws(() => writeSRecord(image, { recordBytes }), RangeError);
  }
  throws(() => writeSRecord(image, { header: "x".repeat(251) }), RangeError);
});

Deno.test("writeBinary() fills gaps", () => {
  const image = createImage([
    { address: 0x100, data: Uint8Array.of(1) },
    { address: 0x103, data: Uint8Array.of(2) },
  ]);
  deepStrictEqual(writeBinary(image), Uint8Array.of(1, 0xFF, 0xFF, 2));
  deepStrictEqual(writeBinary(image, { fillByte: 0 }), Uint8Array.of(1, 0, 0, 2));
});

Deno.test("writeBinary() refuses ranges that lie too far apart", () => {
  throws(() => writeBinary(SMALL), {
    name: "ImageSpanError",
    code: "IMAGE_SPAN",
    spanBytes: 4294836226,
    message: "Cannot write the image as raw binary: it spans 4294836226 bytes, more than 67108864",
  });
});
