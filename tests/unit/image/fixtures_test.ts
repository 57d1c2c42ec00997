/** The compiled programs: four files of each say the same, and planners take them. */
import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sha256 } from "../../../src/codec/mod.ts";
import { bytesToHex } from "../../../src/core/mod.ts";
import {
  bytesAt,
  type FirmwareImage,
  imageSizeBytes,
  imageSpan,
  readFirmware,
  writeBinary,
} from "../../../src/image/mod.ts";
import { findDevice, planFlash } from "../../../src/stm32/mod.ts";
import { readTestFile } from "./_support.ts";

interface FixtureEntry {
  readonly name: string;
  readonly part: string;
  readonly version: string;
  readonly applicationStart: string;
  readonly calibrationStart?: string;
  readonly initialStackPointer: string;
  readonly binBytes: number;
  readonly binSha256: string;
}

const FIXTURES: readonly FixtureEntry[] = JSON.parse(
  new TextDecoder().decode(readTestFile("fixtures", "fixtures.json")),
);
const INFO_OFFSET = 0x400;

function read(name: string, extension: string, baseAddress?: number): FirmwareImage {
  const bytes = readTestFile("fixtures", `${name}.${extension}`);
  return readFirmware({
    name: `${name}.${extension}`,
    bytes,
    ...(baseAddress === undefined ? {} : { baseAddress }),
  });
}

Deno.test("fixtures are nine programs of eight parts", () => {
  strictEqual(FIXTURES.length, 9);
  strictEqual(new Set(FIXTURES.map(({ part }) => part)).size, 8);
});

for (const fixture of FIXTURES) {
  const { name, part, version } = fixture;
  const start = Number(fixture.applicationStart);

  Deno.test(`${name}: ELF, HEX, S19 and BIN agree byte for byte`, () => {
    const elf = read(name, "elf");
    deepStrictEqual(read(name, "hex"), elf);
    deepStrictEqual(read(name, "s19"), elf);
    const bin = read(name, "bin", start);
    strictEqual(bin.ranges.length, 1);
    deepStrictEqual(imageSpan(bin), imageSpan(elf));
    deepStrictEqual(bin.ranges[0]!.data, writeBinary(elf));
    strictEqual(bytesToHex(sha256(bin.ranges[0]!.data), "").toLowerCase(), fixture.binSha256);
  });

  Deno.test(`${name}: is what its table says: size, vectors, version`, () => {
    const elf = read(name, "elf");
    const sizeBytes = imageSizeBytes(elf);
    ok(sizeBytes >= 24 * 1024 && sizeBytes <= 200 * 1024, `${sizeBytes} bytes`);
    strictEqual(elf.ranges[0]!.start, start);
    strictEqual(elf.ranges[1]?.start, numberOrUndefined(fixture.calibrationStart));
    const vectors = new DataView(bytesAt(elf, start, 8)!.slice().buffer);
    strictEqual(vectors.getUint32(0, true), Number(fixture.initialStackPointer));
    strictEqual(vectors.getUint32(4, true), elf.entryAddress);
    const info = bytesAt(elf, start + INFO_OFFSET, 48)!.slice();
    strictEqual(textOf(info.subarray(0, 8)), "CANVOYFW");
    const firstRangeBytes = elf.ranges[0]!.data.length;
    strictEqual(new DataView(info.buffer).getUint32(12, true), firstRangeBytes);
    strictEqual(textOf(info.subarray(16, 32)), version);
    strictEqual(textOf(info.subarray(32, 48)), part);
  });

  Deno.test(`${name}: planFlash() takes it behind a bootloader`, () => {
    const geometry = findDevice(part);
    const flashEnd = geometry.flashStart + geometry.flashSizeBytes;
    const plan = planFlash({
      image: read(name, "hex"),
      geometry,
      layout: {
        bootloader: { start: geometry.flashStart, end: start },
        application: { start, end: flashEnd },
      },
    });
    ok(plan.segments.length > 0);
  });
}

Deno.test("f407: its data's load address differs from its run address", () => {
  const bytes = readTestFile("fixtures", "f407_v2.elf");
  const view = new DataView(bytes.buffer);
  const secondHeader = view.getUint32(28, true) + 32;
  strictEqual(view.getUint32(secondHeader + 8, true), 0x20000000);
  strictEqual(view.getUint32(secondHeader + 12, true) >>> 24, 0x08);
});

Deno.test("f407: both versions share the sector at 0x0800C000 and no other", () => {
  const [v1, v2] = [read("f407_v1", "elf"), read("f407_v2", "elf")];
  deepStrictEqual(bytesAt(v1, 0x0800C000, 0x4000), bytesAt(v2, 0x0800C000, 0x4000));
  notDeepStrictEqual(bytesAt(v1, 0x08008000, 0x4000), bytesAt(v2, 0x08008000, 0x4000));
  notDeepStrictEqual(bytesAt(v1, 0x08010000, 0x4000), bytesAt(v2, 0x08010000, 0x4000));
});

Deno.test("fixtures name no folder of the machine that built them", () => {
  for (const { name } of FIXTURES) {
    const text = String.fromCharCode(
      ...readTestFile("fixtures", `${name}.elf`).filter((byte) => byte >= 0x20 && byte < 0x7F),
    );
    ok(!/\/(tmp|home|root|usr|work)\//.test(text), name);
  }
});

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll("\0", "");
}

function numberOrUndefined(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
