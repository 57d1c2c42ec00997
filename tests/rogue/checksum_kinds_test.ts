/** Bootloaders that check by other checksums, each written here once more, bit by bit or by hand. */
import { strictEqual } from "node:assert/strict";
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

function node(algorithm: string, checksum: (data: Uint8Array) => readonly number[]): BentNode {
  const size = checksum(new Uint8Array(2)).length;
  const request = `31 01 02 02 44 {address:4} {size:4} {checksum:${size}}`;
  return {
    rogue: { checksum },
    profile: `check: { request: "${request}", algorithm: ${algorithm} }`,
  };
}

const DNP_LIKE =
  "{ width: 16, polynomial: 0x3D65, initial: 0x1D0F, reflectIn: true, reflectOut: true }";
const NODES: Readonly<Record<string, BentNode>> = {
  "CRC-16/MODBUS by name": node("crc16-modbus", (data) => reflectedCrc16(data, 0xA001, 0xFFFF)),
  "a CRC by its parameters": node(DNP_LIKE, (data) => reflectedCrc16(data, 0xA6BC, 0xF0B8)),
  "a sum of little-endian words": node("sum16-words-le", words),
  "a two's complement sum of bytes": node("sum8-complement", complement),
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
