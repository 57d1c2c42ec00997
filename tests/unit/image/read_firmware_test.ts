import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { ImageFormatError, imageFormatOfName, readFirmware } from "../../../src/image/mod.ts";
import { makeElf } from "./_elf.ts";
import { ascii, hexRecord, refuses, sRecord } from "./_support.ts";

const HEX = ascii(hexRecord("020000040800") + "\n" + hexRecord("0140000011") + "\n:00000001FF\n");
const S37 = ascii(sRecord("S3", "0608004000" + "11") + "\nS70500000000FA\n");
const ELF = makeElf([{ physicalAddress: 0x08004000, data: Uint8Array.of(0x11) }]);
const BIN = Uint8Array.of(0x11);
const RANGES = [{ start: 0x08004000, end: 0x08004001, data: BIN }];

Deno.test("readFirmware() reads each format by its name", () => {
  deepStrictEqual(readFirmware({ name: "app.hex", bytes: HEX }).ranges, RANGES);
  deepStrictEqual(readFirmware({ name: "app.s19", bytes: S37 }).ranges, RANGES);
  deepStrictEqual(readFirmware({ name: "app.ELF", bytes: ELF }).ranges, RANGES);
  const bin = readFirmware({ name: "app.bin", bytes: BIN, baseAddress: 0x08004000 });
  deepStrictEqual(bin, { ranges: RANGES });
});

Deno.test("readFirmware() reads each format but raw binary by its content", () => {
  for (const bytes of [HEX, S37, ELF]) {
    deepStrictEqual(readFirmware({ name: "firmware", bytes }).ranges, RANGES);
  }
});

Deno.test("readFirmware() believes a stated format", () => {
  deepStrictEqual(
    readFirmware({ name: "app.hex", bytes: BIN, format: "binary", baseAddress: 0x08004000 }).ranges,
    RANGES,
  );
});

Deno.test("readFirmware() reads a raw binary to the last address, as a copy", () => {
  const bytes = Uint8Array.of(1, 2);
  const image = readFirmware({ name: "a.bin", bytes, baseAddress: 0xFFFFFFFE });
  bytes.fill(0);
  deepStrictEqual(image.ranges, [
    { start: 0xFFFFFFFE, end: 0x100000000, data: Uint8Array.of(1, 2) },
  ]);
});

Deno.test("readFirmware() refuses empty files of every kind", () => {
  for (const name of ["app.hex", "app.s19", "app.elf", "app.bin", "app"]) {
    refuses(
      () => readFirmware({ name, bytes: new Uint8Array() }),
      "empty-file",
      `Cannot read ${name}: the file is empty`,
    );
  }
});

Deno.test("readFirmware() refuses a name and a content that contradict each other", () => {
  refuses(
    () => readFirmware({ name: "app.bin", bytes: ELF, baseAddress: 0x08004000 }),
    "format",
    "Cannot read app.bin: the content is ELF, but the name says raw binary; rename the file or " +
      "state its format",
  );
  refuses(
    () => readFirmware({ name: "app.hex", bytes: S37 }),
    "format",
    "Cannot read app.hex: the content is Motorola S-record, but the name says Intel HEX; rename " +
      "the file or state its format",
  );
});

Deno.test("readFirmware() refuses what nothing tells the format of", () => {
  refuses(
    () => readFirmware({ name: "firmware.dat", bytes: BIN }),
    "format",
    "Cannot read firmware.dat: neither name nor content tells the format, expected ELF, Intel " +
      "HEX, S-record or .bin",
  );
});

Deno.test("readFirmware() wants a base address for raw binary, and only for it", () => {
  refuses(
    () => readFirmware({ name: "app.bin", bytes: BIN }),
    "base-address",
    "Cannot read app.bin: a raw binary has no addresses, expected a base address",
  );
  refuses(
    () => readFirmware({ name: "app.hex", bytes: HEX, baseAddress: 0x08004000 }),
    "base-address",
    "Cannot read app.hex: Intel HEX has its own addresses, so no base address (0x08004000) can " +
      "be given",
  );
  for (const baseAddress of [-1, 2 ** 32, 0.5, NaN]) {
    refuses(
      () => readFirmware({ name: "app.bin", bytes: BIN, baseAddress }),
      "base-address",
      `Cannot read app.bin: base address ${baseAddress}, expected 0 to 0xFFFFFFFF`,
    );
  }
});

Deno.test("readFirmware() refuses a raw binary past 4 GiB", () => {
  refuses(
    () => readFirmware({ name: "a.bin", bytes: new Uint8Array(3), baseAddress: 0xFFFFFFFE }),
    "address-wrap",
    "Cannot read a.bin: 3 bytes from 0xFFFFFFFE pass address 0xFFFFFFFF, the last one",
  );
});

Deno.test("imageFormatOfName() knows extensions, not folders or members of objects", () => {
  strictEqual(imageFormatOfName("build.hex/app"), undefined);
  strictEqual(imageFormatOfName("app.constructor"), undefined);
  strictEqual(imageFormatOfName("C:\\out\\app.MOT"), "s-record");
  strictEqual(imageFormatOfName(".bin"), "binary");
});

const FOREIGN: readonly (readonly [name: string, content: string, state: string])[] = [
  ["app.hex", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a pointer of Git LFS"],
  ["app.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a pointer of Git LFS"],
  ["app.hex", "PK\x03\x04\x14\0", "a ZIP archive"],
  ["app.s19", "<!DOCTYPE html><html>", "an HTML page"],
  ["app.elf", "!<arch>\n/", "a library of object files"],
];

for (const [name, content, state] of FOREIGN) {
  Deno.test(`readFirmware() says that ${name} is ${state}`, () => {
    const bytes = Uint8Array.from(content, (c) => c.charCodeAt(0));
    throws(
      () =>
        readFirmware({ name, bytes, ...(name === "app.bin" ? { baseAddress: 0x08008000 } : {}) }),
      (error: unknown) =>
        error instanceof ImageFormatError && error.problem === "format" &&
        error.message.includes(`it is ${state}`),
    );
  });
}

Deno.test("readFirmware() says that a HEX file is UTF-16, and takes raw bytes that begin so", () => {
  const bytes = Uint8Array.of(0xFF, 0xFE, 0x3A, 0x00);
  throws(() => readFirmware({ name: "app.hex", bytes }), /it is a text in UTF-16/);
  strictEqual(readFirmware({ name: "a.bin", bytes, baseAddress: 0x08008000 }).ranges.length, 1);
});
