/** Files made by srec_cat and objcopy; tests/vectors/image/make_vectors.sh says how. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  type FirmwareImage,
  imageSizeBytes,
  readFirmware,
  writeBinary,
} from "../../../src/image/mod.ts";
import { readTestFile } from "./_support.ts";

function readVector(name: string): FirmwareImage {
  return readFirmware({ name, bytes: readTestFile("vectors/image", name) });
}

/** Moves an image: the vectors hold the same data at three places. */
function movedRanges(image: FirmwareImage, byBytes: number): FirmwareImage["ranges"] {
  return image.ranges.map(({ start, end, data }) => ({
    start: start + byBytes,
    end: end + byBytes,
    data,
  }));
}

const LINEAR = readVector("linear.hex");

Deno.test("readIntelHex() reads what srec_cat wrote, as srec_cat's raw binary has it", () => {
  deepStrictEqual(LINEAR.ranges.map(({ start, end }) => [start, end]), [
    [0x0801FFE0, 0x0802010C],
    [0x08020200, 0x08020214],
  ]);
  strictEqual(imageSizeBytes(LINEAR), 320);
  strictEqual(LINEAR.entryAddress, 0x080201C1);
  deepStrictEqual(writeBinary(LINEAR), readTestFile("vectors/image", "linear.bin"));
});

for (
  const { name, byBytes } of [
    { name: "linear.s37", byBytes: 0 },
    { name: "segmented.hex", byBytes: 0x08000000 },
    { name: "segmented.s28", byBytes: 0x08000000 },
    { name: "plain.hex", byBytes: 0x0801FF00 },
    { name: "plain.s19", byBytes: 0x0801FF00 },
  ]
) {
  Deno.test(`readFirmware() reads the same from srec_cat's ${name}`, () => {
    deepStrictEqual(movedRanges(readVector(name), byBytes), LINEAR.ranges);
  });
}
