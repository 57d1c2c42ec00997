import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { memoryAreas } from "../../../src/stm32/mod.ts";

Deno.test("memoryAreas() names every address once", () => {
  const all = memoryAreas({ start: 0, end: 2 ** 32 });
  strictEqual(all[0]?.start, 0);
  strictEqual(all.at(-1)?.end, 2 ** 32);
  all.slice(1).forEach(({ start }, i) => strictEqual(start, all[i]!.end));
});

const PLACES: readonly (readonly [number, string, RegExp])[] = [
  [0x08000000, "flash", /^flash$/],
  [0x1FFFF800, "option-bytes", /F0, F1, F3/],
  [0x1FFFC000, "option-bytes", /F2, F4/],
  [0x1FFF7800, "option-bytes", /L4, G0, G4.*OTP \(F2, F4\)/],
  [0x1FFF7000, "otp", /OTP/],
  [0x1FFF0000, "option-bytes", /F7/],
  [0x20000000, "ram", /^RAM$/],
  [0x10000000, "ram", /CCM/],
  [0x90000000, "external", /QUADSPI/],
  [0xC0000000, "external", /SDRAM/],
  [0x00000000, "flash-alias", /alias/],
  [0x0C000000, "flash-alias", /secure/],
];
for (const [address, kind, name] of PLACES) {
  Deno.test(`memoryAreas() knows 0x${address.toString(16)} as ${kind}`, () => {
    const [found, more] = memoryAreas({ start: address, end: address + 4 });
    strictEqual(found?.kind, kind);
    ok(name.test(found.name), found.name);
    strictEqual(more, undefined);
  });
}

Deno.test("memoryAreas() cuts a range at the borders", () => {
  deepStrictEqual(
    memoryAreas({ start: 0x1FFFF7F0, end: 0x20000010 }).map(({ kind, start }) => [kind, start]),
    [
      ["system-memory", 0x1FFFF7F0],
      ["option-bytes", 0x1FFFF800],
      ["system-memory", 0x1FFFF840],
      ["ram", 0x20000000],
    ],
  );
});
