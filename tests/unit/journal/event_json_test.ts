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

Deno.test("readEventLine() reads lists, records and numbers, and says which field is none of these", () => {
  const nodes = [{ name: "door", bus: "body", device: "STM32F407VG", image: "app" }];
  const good = { type: "runStarted", atMs: 1.5, nodes };
  deepStrictEqual(readEventLine(good), { kind: "event", event: good });
  const bad: readonly (readonly [object, string])[] = [
    [{ ...good, nodes: { ...nodes } }, "event.nodes: expected a list"],
    [{ ...good, nodes: [null] }, "event.nodes[0]: expected a map"],
    [{ ...good, atMs: null }, "event.atMs: expected a number"],
    [{ ...good, atMs: "1.5" }, "event.atMs: expected a number"],
    // What JSON has as 1e999.
    [{ ...good, atMs: Infinity }, "event: expected finite numbers"],
    [
      { type: "nodeDone", atMs: 1, node: "door", upToDate: "no" },
      "event.upToDate: expected a truth value",
    ],
  ];
  for (const [line, state] of bad) {
    deepStrictEqual(readEventLine(line), { kind: "malformed", state });
  }
});
