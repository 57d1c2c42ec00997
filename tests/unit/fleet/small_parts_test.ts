import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  evaluateNumber,
  fillIndex,
  NUMBER_EXPRESSION,
} from "../../../src/fleet/_number_expression.ts";
import { pathBeneath } from "../../../src/fleet/_resolve_images.ts";
import { SIZE_TEXT, sizeBytes } from "../../../src/fleet/_size_text.ts";
import { fleetText, read } from "./_support.ts";

Deno.test("sizeBytes() reads bytes, K and M", () => {
  const sizes = [4096, "32K", "32 K", "2M", "1 MiB", "16KiB"].map(sizeBytes);
  deepStrictEqual(sizes, [4096, 32_768, 32_768, 2_097_152, 1_048_576, 16_384]);
  for (const bad of ["0K", "32k", "1.5M", "K", "32KB", ""]) strictEqual(SIZE_TEXT.test(bad), false);
});

Deno.test("evaluateNumber() works sums of products out", () => {
  const rows: readonly (readonly [number | string, number])[] = [
    [7, 7],
    ["0x10", 16],
    ["{i}", 5],
    ["0x200+{i}", 0x205],
    ["1 + 2*{i} + {i} * 3", 26],
  ];
  for (const [text, expected] of rows) strictEqual(evaluateNumber(text, 5), expected);
  for (const bad of ["", "1 +", "{j}", "1 - 1", "(1)", "1 2", "0x", "1e3"]) {
    strictEqual(NUMBER_EXPRESSION.test(bad), false, bad);
  }
});

Deno.test("fillIndex() counts, with leading zeros where told", () => {
  strictEqual(fillIndex("a{i}-{i:3}{x}", 7), "a7-007{x}");
});

Deno.test("pathBeneath() settles dots and refuses what leaves the folder", () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["a/b.hex", "a/b.hex"],
    ["./a/../b", "b"],
    ["..", undefined],
    ["a/../..", undefined],
    ["a/../../a/b", undefined],
    ["/a", undefined],
    ["C:/a", undefined],
    ["a\\b", undefined],
    [".", undefined],
    ["a/", undefined],
  ];
  for (const [path, expected] of rows) strictEqual(pathBeneath(path), expected, path);
});

Deno.test("a bus whose nodes all have 29 bits is addressed as a whole by 0x18DB33F1", () => {
  const long = "idBits: 29\n    request: 0x18DA10F1\n    response: 0x18DAF110";
  const fixed = "addressing: normalFixed\n    address: 0x10";
  const id = (text: string): unknown => {
    const functional = read(text).buses.get("can")!.functional;
    return functional !== undefined && "tx" in functional ? functional.tx : functional;
  };
  deepStrictEqual(id(fleetText({ ids: long })), { id: 0x18DB_33F1, extended: true });
  deepStrictEqual(id(fleetText({ ids: fixed })), { id: 0x18DB_33F1, extended: true });
  deepStrictEqual(id(fleetText({ ids: `${fixed}\n    tester: 0xF0` })), {
    id: 0x18DB_33F0,
    extended: true,
  });
  deepStrictEqual(id(fleetText()), { id: 0x7DF, extended: false });
  const both = fleetText({ ids: long }) + [
    "  - name: two",
    "    bus: can",
    "    request: 0x600",
    "    response: 0x601",
    "    device: STM32F407VG",
    "    layout: f407",
    "    image: app",
    "    security: none",
    "",
  ].join("\n");
  deepStrictEqual(id(both), { id: 0x7DF, extended: false });
  const own = fleetText({ ids: long, bus: "{ url: virtual:can, functional: 0x7DF }" });
  deepStrictEqual(id(own), { id: 0x7DF, extended: false });
});
