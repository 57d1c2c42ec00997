import { ok, strictEqual, throws } from "node:assert/strict";
import { aesCmac, verifyAesCmac } from "../../../src/codec/mod.ts";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";

const MESSAGE = hexToBytes(
  "6BC1BEE22E409F96E93D7E117393172A AE2D8A571E03AC9C9EB76FAC45AF8E51" +
    "30C81C46A35CE411E5FBC1191A0A52EF F69F2445DF4F9B17AD2B417BE66C3710",
);
const KEY_128 = hexToBytes("2B7E151628AED2A6ABF7158809CF4F3C");
const KEY_192 = hexToBytes("8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B");
const KEY_256 = hexToBytes(
  "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4",
);

/** RFC 4493, "Test Vectors", and for the long keys NIST's example values to SP 800-38B. */
const VECTORS = [
  { key: KEY_128, lengthBytes: 0, mac: "BB1D6929E95937287FA37D129B756746" },
  { key: KEY_128, lengthBytes: 16, mac: "070A16B46B4D4144F79BDD9DD04A287C" },
  { key: KEY_128, lengthBytes: 40, mac: "DFA66747DE9AE63030CA32611497C827" },
  { key: KEY_128, lengthBytes: 64, mac: "51F0BEBF7E3B9D92FC49741779363CFE" },
  { key: KEY_192, lengthBytes: 0, mac: "D17DDF46ADAACDE531CAC483DE7A9367" },
  { key: KEY_192, lengthBytes: 16, mac: "9E99A7BF31E710900662F65E617C5184" },
  { key: KEY_192, lengthBytes: 40, mac: "8A1DE5BE2EB31AAD089A82E6EE908B0E" },
  { key: KEY_192, lengthBytes: 64, mac: "A1D5DF0EED790F794D77589659F39A11" },
  { key: KEY_256, lengthBytes: 0, mac: "028962F61B7BF89EFC6B551F4667D983" },
  { key: KEY_256, lengthBytes: 16, mac: "28A7023F452E8F82BD4BF28D8C37C35C" },
  { key: KEY_256, lengthBytes: 40, mac: "AAF3D8F1DE5640C232F5B169B9C911E6" },
  { key: KEY_256, lengthBytes: 64, mac: "E1992190549F6ED5696A2C056C315410" },
];

for (const { key, lengthBytes, mac } of VECTORS) {
  Deno.test(`aesCmac() AES-${8 * key.length} over ${lengthBytes} bytes`, () => {
    strictEqual(bytesToHex(aesCmac(key, MESSAGE.subarray(0, lengthBytes)), ""), mac);
  });
}

Deno.test("aesCmac() refuses keys of another length", () => {
  throws(() => aesCmac(new Uint8Array(15), MESSAGE), {
    name: "RangeError",
    message: "Cannot compute AES-CMAC: the key has 15 bytes, expected 16, 24 or 32",
  });
});

Deno.test("verifyAesCmac() takes the whole code or its first bytes, and nothing else", () => {
  const mac = aesCmac(KEY_128, MESSAGE);
  ok(verifyAesCmac(KEY_128, MESSAGE, mac));
  ok(verifyAesCmac(KEY_128, MESSAGE, mac.subarray(0, 4)));
  ok(!verifyAesCmac(KEY_128, MESSAGE, mac.subarray(0, 3)));
  ok(!verifyAesCmac(KEY_128, MESSAGE, new Uint8Array(17)));
  const flipped = mac.slice();
  flipped[15]! ^= 1;
  ok(!verifyAesCmac(KEY_128, MESSAGE, flipped));
});
