import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { findDevice, placesOf, rangeOfPages } from "../../../src/stm32/mod.ts";

const F407 = findDevice("STM32F407VG");
const START = 0x0800_8000;

Deno.test("placesOf() counts bytes and pages from a base", () => {
  const rule = { base: START, pageBytes: 0x800 };
  const places = (start: number, end: number) => placesOf({ start, end }, rule, F407);
  deepStrictEqual(places(START, START + 1), { offset: 0, page: 0, pages: 1 });
  deepStrictEqual(places(START + 0x1000, START + 0x2000), { offset: 0x1000, page: 2, pages: 2 });
  deepStrictEqual(places(START + 0x1000, START + 0x2001), { offset: 0x1000, page: 2, pages: 3 });
  deepStrictEqual(places(START + 4, START + 8), { offset: 4 });
});

Deno.test("placesOf() counts the part's erase units by default", () => {
  const places = (start: number, end: number, base: number) =>
    placesOf({ start, end }, { base }, F407);
  deepStrictEqual(places(START, 0x0802_0000, 0x0800_0000), { offset: 0x8000, page: 2, pages: 3 });
  deepStrictEqual(places(0x0801_0000, 0x0801_0001, START), { offset: 0x8000, page: 2, pages: 1 });
  deepStrictEqual(places(START + 4, 0x0802_0000, START), { offset: 4 });
  deepStrictEqual(places(START, 0x0810_0001, START), { offset: 0 });
  deepStrictEqual(places(START, 0x0802_0000, 0x0700_0000), { offset: 0x0100_8000 });
});

Deno.test("rangeOfPages() finds what placesOf() named, and nothing beyond the part", () => {
  const range = { start: START, end: 0x0804_0000 };
  for (const rule of [{ base: 0x0800_0000 }, { base: START }, { base: START, pageBytes: 0x4000 }]) {
    const { page, pages } = placesOf(range, rule, F407);
    deepStrictEqual(rangeOfPages({ page: page!, pages: pages! }, rule, F407), range);
  }
  strictEqual(rangeOfPages({ page: 11, pages: 2 }, { base: 0x0800_0000 }, F407), undefined);
  strictEqual(rangeOfPages({ page: 12, pages: 1 }, { base: 0x0800_0000 }, F407), undefined);
  strictEqual(rangeOfPages({ page: 0, pages: 1 }, { base: 0 }, F407), undefined);
});
