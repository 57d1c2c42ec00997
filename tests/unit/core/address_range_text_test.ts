import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { formatRange, meantAddressRange, parseAddressRange } from "../../../src/core/mod.ts";

const RANGE = { start: 0x08008000, end: 0x08010000 };
const TEXTS = [
  "0x08008000..0x0800FFFF",
  "0x08008000-0x0800ffff",
  " 0x08008000 .. 0x0800FFFF ",
  "0x08008000+0x8000",
  "0x08008000+32768",
  "0x08008000+32K",
  "0x08008000 + 32 KiB",
  "134250496+32k",
  formatRange(RANGE),
];
for (const text of TEXTS) {
  Deno.test(`parseAddressRange() reads "${text}"`, () => {
    deepStrictEqual(parseAddressRange(text), RANGE);
  });
}

for (
  const text of [
    "",
    "0x08008000",
    "0x08008000..",
    "0x08010000..0x08008000",
    "0x08008000+0",
    "0x08008000..32K",
    "0xFFFFFFFF+2",
    "0x08008000+8G",
    "0x123456789..0x123456790",
    "08008000+32K",
    "0x080O8000+32K",
  ]
) {
  Deno.test(`parseAddressRange() reads nothing in "${text}"`, () => {
    strictEqual(parseAddressRange(text), undefined);
  });
}

Deno.test("parseAddressRange() takes the whole address space", () => {
  deepStrictEqual(parseAddressRange("0x00000000..0xFFFFFFFF"), { start: 0, end: 2 ** 32 });
});

Deno.test("meantAddressRange() mends numbers, and nothing that is right or far from a range", () => {
  strictEqual(meantAddressRange("08008000+32K"), "0x08008000+32K");
  strictEqual(meantAddressRange("0x080O8000..0x0800FFFF"), "0x08008000..0x0800FFFF");
  strictEqual(meantAddressRange("0x08008000+32K"), undefined);
  strictEqual(meantAddressRange("all of it"), undefined);
});
