import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { defined } from "../../../src/core/mod.ts";

Deno.test("defined() keeps what is there, also null, 0 and empty text, and no undefined field", () => {
  const none: { readonly a?: number } = {};
  const kept = defined({ a: none.a, b: 0, c: "", d: null, e: false });
  deepStrictEqual(kept, { b: 0, c: "", d: null, e: false });
  strictEqual("a" in kept, false);
});
