import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  decodeAddressAndLengthFormat,
  encodeMemoryLocation,
  formatMemoryLocation,
} from "../../../src/uds/mod.ts";

Deno.test("decodeAddressAndLengthFormat() puts the size in the high nibble", () => {
  const sizes = (identifier: number): unknown => decodeAddressAndLengthFormat(identifier);
  deepStrictEqual(sizes(0x44), { memoryAddressSizeBytes: 4, memorySizeSizeBytes: 4 });
  deepStrictEqual(sizes(0x41), { memoryAddressSizeBytes: 1, memorySizeSizeBytes: 4 });
  deepStrictEqual(sizes(0x16), { memoryAddressSizeBytes: 6, memorySizeSizeBytes: 1 });
  for (const bad of [0x00, 0x40, 0x04, 0x17, 0x74, 0xFF]) strictEqual(sizes(bad), undefined);
});

Deno.test("encodeMemoryLocation() refuses what does not fit", () => {
  const location = {
    memoryAddress: 0x1_0000,
    memoryAddressSizeBytes: 2,
    memorySize: 1,
    memorySizeSizeBytes: 1,
  };
  throws(() => encodeMemoryLocation(location), RangeError);
  throws(() => encodeMemoryLocation({ ...location, memoryAddressSizeBytes: 0 }), RangeError);
});

Deno.test("formatMemoryLocation() is as wide as the address", () => {
  const location = {
    memoryAddress: 0x0800_8000,
    memoryAddressSizeBytes: 4,
    memorySize: 16384,
    memorySizeSizeBytes: 4,
  };
  strictEqual(formatMemoryLocation(location), "0x08008000, 16384 bytes");
});
