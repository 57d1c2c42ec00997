import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { readEventLine } from "../../../src/journal/mod.ts";

Deno.test("readEventLine() calls an event malformed that nests too deep, however deep", () => {
  for (const levels of [9, 100_000]) {
    let atMs: unknown = 1;
    for (let i = 0; i < levels; i++) atMs = i % 2 === 0 ? [atMs] : { atMs };
    deepStrictEqual(readEventLine({ type: "runFinished", atMs }), {
      kind: "malformed",
      state: "event: expected fewer levels",
    });
  }
});

Deno.test("readEventLine() takes what only reads like an event's word for something else", () => {
  for (const type of [["runFinished"], { type: "runFinished" }, 7, null, true]) {
    strictEqual(readEventLine({ type, atMs: 1 }).kind, "other");
  }
});

Deno.test("readEventLine() takes no other failure for a malformed event", () => {
  const event = {
    type: "runFinished",
    get atMs(): number {
      throw new TypeError("not at hand");
    },
  };
  throws(() => readEventLine(event), TypeError);
});
