import { ok, strictEqual } from "node:assert/strict";
import { smallBytes } from "../../../src/core/mod.ts";

Deno.test("smallBytes() gives zeros that nobody else has, however many are asked for", () => {
  const arrays = Array.from({ length: 2000 }, (_, i) => {
    const bytes = smallBytes(i % 65);
    strictEqual(bytes.length, i % 65);
    ok(bytes.every((byte) => byte === 0));
    return bytes.fill(i);
  });
  arrays.forEach((bytes, i) => ok(bytes.every((byte) => byte === i % 256)));
});
