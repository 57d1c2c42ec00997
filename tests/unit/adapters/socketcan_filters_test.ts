import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ALL_FRAMES, filtersFor, NO_FRAMES } from "../../../src/adapters/mod.ts";

/** As the kernel compares, the flags of the frame's kind included. */
function passes(key: number, filters = filtersFor([])): boolean {
  return filters.some(({ id, mask, invert }) =>
    (((key & mask) >>> 0) === ((id & mask) >>> 0)) !== (invert ?? false)
  );
}

Deno.test("filtersFor() lets just the identifiers asked for pass", () => {
  const extended = 0x18DA_F110 + 0x8000_0000;
  const filters = filtersFor([0x7E8, extended]);
  deepStrictEqual(filters, [
    { id: 0x7E8, mask: 0xC000_07FF },
    { id: 0x98DA_F110, mask: 0xDFFF_FFFF },
  ]);
  ok(passes(0x7E8, filters) && passes(extended, filters));
  ok(!passes(0x7E9, filters) && !passes(0x7E8 + 0x8000_0000, filters));
  // A remote frame of the same identifier.
  ok(!passes(0x7E8 + 0x4000_0000, filters));
});

Deno.test("filtersFor() stays within what the kernel takes, and lets all asked for pass", () => {
  const keys = [
    ...Array.from({ length: 1500 }, (_, i) => i),
    ...Array.from({ length: 700 }, (_, i) => 0x8000_0000 + i * 977),
  ];
  const filters = filtersFor(keys);
  ok(filters.length <= 512);
  ok(keys.every((key) => passes(key, filters)));
});

Deno.test("filtersFor() lets nothing pass where nothing is asked for", () => {
  strictEqual(filtersFor([]), NO_FRAMES);
  ok(!passes(0x123, NO_FRAMES));
  ok(passes(0x123, ALL_FRAMES));
});
