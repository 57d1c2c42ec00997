/** Bootloaders that check by other checksums, each written here once more, bit by bit or by hand. */
import { ok, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { RogueBench } from "./rogue_bench.ts";

/** A reflected CRC of 16 bits, bit by bit, least significant bit first. */
function reflectedCrc16(data: Uint8Array, polynomial: number, initial: number): readonly number[] {
  let crc = initial;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ polynomial : crc >> 1;
  }
  return [crc >> 8, crc & 0xFF];
}

function words(data: Uint8Array): readonly number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum += view.getUint16(i, true);
  return [sum >> 8 & 0xFF, sum & 0xFF];
}

function complement(data: Uint8Array): readonly number[] {
  const sum = data.reduce((total, byte) => total + byte, 0) % 256;
  return [(256 - sum) % 256];
}

const NODES: Readonly<Record<string, BentNode>> = {
  "CRC-16/MODBUS by name": {
    rogue: { checksum: (data) => reflectedCrc16(data, 0xA001, 0xFFFF) },
    profile: rowProfile("checksum-by-name"),
  },
  "a CRC by its parameters": {
    rogue: { checksum: (data) => reflectedCrc16(data, 0xA6BC, 0xF0B8) },
    profile: rowProfile("checksum-by-parameters"),
  },
  "a sum of little-endian words": {
    rogue: { checksum: words },
    profile: rowProfile("checksum-of-words"),
  },
  "a two's complement sum of bytes": {
    rogue: { checksum: complement },
    profile: rowProfile("checksum-complement"),
  },
};

for (const [what, bent] of Object.entries(NODES)) {
  Deno.test(`checksum: ${what}: lost answers, power cuts, resume`, () => {
    judgeBent(bent, [{ on: "31 01 02 02", nth: 1 }, { on: "31 01 02 02", nth: 7 }]);
  });
}

Deno.test("checksum: another one than the node's is told as such", () => {
  const { profile = "" } = NODES["CRC-16/MODBUS by name"]!;
  const bench = new RogueBench({
    rogue: { checksum: (data) => reflectedCrc16(data, 0xA001, 0) },
    profile,
  });
  strictEqual(bench.update().node.error?.code, "VERIFY_MISMATCH");
});

Deno.test("checksum: another image with the same sum of one byte is erased and written", () => {
  const bench = new RogueBench(NODES["a two's complement sum of bytes"]!);
  const { base, image, node } = bench;
  const other = image.slice();
  const at = other.findIndex((byte, i) => i > 20_000 && byte !== other[i + 1]);
  other.set([image[at + 1]!, image[at]!], at);
  node.flash.load(base, other);
  strictEqual(bench.update().node.phase, "done");
  ok(bench.holdsImage());
});
