import { strictEqual } from "node:assert/strict";
import { meantNumber } from "../../../src/core/mod.ts";

const CASES: readonly (readonly [written: string, meant: string | undefined])[] = [
  ["0x7EO", "0x7E0"],
  ["0x7eo", "0x7e0"],
  ["Ox7E0", "0x7E0"],
  ["0X7E0", "0x7E0"],
  ["0x7l8", "0x718"],
  ["7E0h", "0x7E0"],
  ["0x0800_8000", "0x08008000"],
  ["0x0800'8000", "0x08008000"],
  ["08008000", "0x08008000"],
  ["O8OO8OOO", "0x08008000"],
  ["5OOOOO", "500000"],
  ["500_000", "500000"],
  ["+0x7E0", "0x7E0"],
  ["0b11111100000", "0x7E0"],
  ["0x7E0", undefined],
  ["500000", undefined],
  ["four", undefined],
  ["0x7G0", undefined],
  ["oil", undefined],
  ["", undefined],
  ["0x123456789", undefined],
];

for (const [written, meant] of CASES) {
  Deno.test(`meantNumber() makes ${meant} of ${JSON.stringify(written)}`, () => {
    strictEqual(meantNumber(written), meant);
  });
}
