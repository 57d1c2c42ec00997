import { deepStrictEqual } from "node:assert/strict";
import { formatMs } from "../../../src/core/mod.ts";

Deno.test("formatMs() gives three digits that mean something", () => {
  const rows: readonly (readonly [number, string])[] = [
    [111.40605409793554, "111 ms"],
    [0.12345, "0.123 ms"],
    [5234.7, "5230 ms"],
    [1000, "1000 ms"],
    [99.96, "100 ms"],
    [0, "0 ms"],
    [50, "50 ms"],
  ];
  for (const [ms, text] of rows) deepStrictEqual([ms, formatMs(ms)], [ms, text]);
});
