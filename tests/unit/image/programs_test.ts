import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  createImage,
  findPrograms,
  type ImagePiece,
  readFirmware,
  readMcubootHeader,
} from "../../../src/image/mod.ts";
import { readTestFile } from "./_support.ts";

const SIZE_BYTES = 0x400;

/** Something that a core could start: code without fill. */
function program(address: number, sizeBytes = SIZE_BYTES, reset = address + 0x41): ImagePiece {
  const data = new Uint8Array(sizeBytes).map((_, i) => 1 + i % 200);
  const view = new DataView(data.buffer);
  view.setUint32(0, 0x2002_0000, true);
  view.setUint32(4, reset, true);
  return { address, data };
}

/** A header of MCUboot with its fill. */
function header(address: number, headerBytes: number, imageBytes: number): ImagePiece {
  const data = new Uint8Array(headerBytes);
  const view = new DataView(data.buffer);
  view.setUint32(0, 0x96F3_B83D, true);
  view.setUint16(8, headerBytes, true);
  view.setUint32(12, imageBytes, true);
  data.set([1, 2, 3, 0, 4], 20);
  return { address, data };
}

function placesOf(pieces: readonly ImagePiece[]): readonly (readonly [number, number])[] {
  return findPrograms(createImage(pieces)).map(({ range }) => [range.start, range.end]);
}

Deno.test("findPrograms() finds bootloader and application of a merged file", () => {
  const name = "a08_merged_two05.hex";
  const bytes = readTestFile("fixtures/field", name);
  const programs = findPrograms(readFirmware({ name, bytes }));
  deepStrictEqual(programs.map(({ address }) => address), [0x08000000, 0x08008000]);
});

Deno.test("findPrograms() finds one program in each compiled file, calibration or not", () => {
  for (const name of ["f407_v2.hex", "f446_v2.hex", "h743_v2.elf", "f072_v2.s19"]) {
    const image = readFirmware({ name, bytes: readTestFile("fixtures", name) });
    strictEqual(findPrograms(image).length, 1, name);
  }
});

Deno.test("findPrograms() finds them where a merged file fills the gap", () => {
  for (const byte of [0xFF, 0x00]) {
    const fill = { address: 0x08000400, data: new Uint8Array(0x3C00).fill(byte) };
    deepStrictEqual(placesOf([program(0x08000000), fill, program(0x08004000)]), [
      [0x08000000, 0x08004000],
      [0x08004000, 0x08004400],
    ]);
  }
});

Deno.test("findPrograms() ends a program before option bytes and other memories", () => {
  const more = { address: 0x1FFFF800, data: new Uint8Array(16) };
  deepStrictEqual(placesOf([program(0x08004000), more]), [[0x08004000, 0x08004400]]);
});

Deno.test("findPrograms() is not led astray by data that looks like a table", () => {
  const table = program(0x08004400, 8, 0x08004101);
  deepStrictEqual(placesOf([program(0x08004000), table]), [[0x08004000, 0x08004408]]);
  deepStrictEqual(placesOf([program(0x08004000, SIZE_BYTES, 0x08009001)]), []);
  deepStrictEqual(placesOf([program(0x90000000)]), []);
});

Deno.test("readMcubootHeader() reads what imgtool puts before an application", () => {
  const trailer = { address: 0x08008200 + SIZE_BYTES, data: Uint8Array.of(0x07, 0x69, 40, 0) };
  const pieces = [header(0x08008000, 0x200, SIZE_BYTES), program(0x08008200), trailer];
  const image = createImage(pieces);
  deepStrictEqual(readMcubootHeader(image, 0x08008000), {
    address: 0x08008000,
    headerBytes: 0x200,
    imageBytes: SIZE_BYTES,
    version: "1.2.3+4",
    hasTrailer: true,
  });
  const [found, more] = findPrograms(image);
  deepStrictEqual([found?.address, found?.vectorTableAddress, more], [
    0x08008000,
    0x08008200,
    undefined,
  ]);
  strictEqual(readMcubootHeader(image, 0x08008200), undefined);
  strictEqual(readMcubootHeader(createImage(pieces.slice(0, 2)), 0x08008000)?.hasTrailer, false);
});

Deno.test("findPrograms() looks at each range a few times, however many there are", () => {
  const count = 4000;
  const image = createImage(
    Array.from({ length: count }, (_, i) => program(0x0800_0000 + 0x400 * i, 8, 0x0FFF_FFF1)),
  );
  let looks = 0;
  const ranges = new Proxy(image.ranges, {
    get: (target, key, receiver) => {
      looks++;
      return Reflect.get(target, key, receiver);
    },
  });
  deepStrictEqual(findPrograms({ ...image, ranges }), []);
  ok(looks < 200 * count, `${looks} looks at ${count} ranges`);
});
