import { deepStrictEqual, throws } from "node:assert/strict";
import { hexToBytes } from "../../../src/core/mod.ts";
import { createAddKeySource, createXorKeySource } from "../../../src/uds/mod.ts";

Deno.test("createXorKeySource() repeats its mask over the seed", () => {
  const source = createXorKeySource(hexToBytes("FF 0F"));
  deepStrictEqual(
    source.computeKey({ level: 1, seed: hexToBytes("00 F0 A5") }),
    hexToBytes("FF FF 5A"),
  );
  throws(() => createXorKeySource(new Uint8Array(0)), RangeError);
});

Deno.test("createAddKeySource() adds with carry and forgets the overflow", () => {
  const source = createAddKeySource(hexToBytes("01 FF"));
  const key = (seed: string): Uint8Array => source.computeKey({ level: 1, seed: hexToBytes(seed) });
  deepStrictEqual(key("00 00 01"), hexToBytes("00 02 00"));
  deepStrictEqual(key("FF FE 01"), hexToBytes("00 00 00"));
  deepStrictEqual(key("02"), hexToBytes("01"));
  throws(() => createAddKeySource(new Uint8Array(0)), RangeError);
});
