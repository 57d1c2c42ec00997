import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  evaluateNumber,
  fillIndex,
  NUMBER_EXPRESSION,
} from "../../../src/fleet/_number_expression.ts";
import { pathBeneath } from "../../../src/fleet/_resolve_images.ts";
import { SIZE_TEXT, sizeBytes } from "../../../src/fleet/_size_text.ts";

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
