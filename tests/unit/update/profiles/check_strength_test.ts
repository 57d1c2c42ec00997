import { strictEqual } from "node:assert/strict";
import type { SummedBy } from "../../../../src/codec/mod.ts";
import { sparesErases } from "../../../../src/update/profiles/check_strength.ts";
import { ISO14229_PROFILE } from "../../../../src/update/profiles/iso14229.ts";

const CHECK = ISO14229_PROFILE.check!;
const ALGORITHMS: readonly (readonly [SummedBy, boolean])[] = [
  ["crc32", true],
  ["crc32c", true],
  ["sha256", true],
  [{ keyed: 16 }, true],
  [{ keyed: 2 }, false],
  [{ width: 32, polynomial: 0xF4ACFB13 }, true],
  [{ width: 16, polynomial: 0x8005 }, false],
  ["crc16-modbus", false],
  ["crc8", false],
  ["sum8-complement", false],
  ["sum32", false],
  ["sum32-words-le", false],
];

for (const [algorithm, isStrong] of ALGORITHMS) {
  Deno.test(`sparesErases() ${isStrong ? "trusts" : "does not trust"} ${JSON.stringify(algorithm)}`, () => {
    strictEqual(sparesErases({ ...CHECK, algorithm }), isStrong);
    strictEqual(sparesErases({ ...CHECK, algorithm, readOnly: false }), false);
  });
}

Deno.test("sparesErases() trusts no check where there is none", () => {
  strictEqual(sparesErases(undefined), false);
});
