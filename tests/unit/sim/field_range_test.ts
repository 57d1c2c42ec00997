import { deepStrictEqual } from "node:assert/strict";
import { fieldRange } from "../../../src/sim/field_range.ts";
import { findDevice } from "../../../src/stm32/mod.ts";
import { BUILT_IN_PROFILES } from "../../../src/update/mod.ts";

const APPLICATION = { start: 0x0800_8000, end: 0x0810_0000 };
const LAYOUT = {
  bootloader: { start: 0x0800_0000, end: 0x0800_8000 },
  application: APPLICATION,
  configuration: [],
};

/** The range of a request with one byte in each field. */
function range(
  fields: Readonly<Record<string, number>>,
  memory: { readonly base?: number; readonly pageBytes?: number } = {},
): readonly number[] {
  const dialect = { ...BUILT_IN_PROFILES.get("iso14229")!, memory };
  const options = { dialect, layout: LAYOUT, geometry: findDevice("STM32F407VG") };
  const bytes = Object.entries(fields).map(([name, value]) =>
    [name, Uint8Array.of(value)] as const
  );
  const { start, end } = fieldRange(new Map(bytes), APPLICATION, options);
  return [start, end];
}

Deno.test("fieldRange() takes a page alone for one page, whatever its length", () => {
  const base = 0x0800_0000;
  deepStrictEqual(range({ page: 2 }, { base }), [0x0800_8000, 0x0800_C000]);
  deepStrictEqual(range({ page: 4 }, { base }), [0x0801_0000, 0x0802_0000]);
  deepStrictEqual(range({ page: 1 }, { pageBytes: 0x1000 }), [0x0800_9000, 0x0800_A000]);
});

Deno.test("fieldRange() counts pages, sizes and offsets, and takes nothing for the whole", () => {
  const base = 0x0800_0000;
  deepStrictEqual(range({ page: 2, pages: 3 }, { base }), [0x0800_8000, 0x0802_0000]);
  deepStrictEqual(range({ page: 2, size: 16 }, { base }), [0x0800_8000, 0x0800_8010]);
  deepStrictEqual(range({ offset: 0x10, size: 4 }), [0x0800_8010, 0x0800_8014]);
  deepStrictEqual(range({}), [APPLICATION.start, APPLICATION.end]);
});
