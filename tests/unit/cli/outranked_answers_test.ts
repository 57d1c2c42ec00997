import { match, strictEqual } from "node:assert/strict";
import { outrankedAnswers } from "../../../src/cli/outranked_answers.ts";
import type { FleetAddressing } from "../../../src/fleet/mod.ts";

function node(
  request: number,
  response: number,
  extended = false,
): { addressing: FleetAddressing } {
  return {
    addressing: {
      mode: "normal",
      tx: { id: request, extended },
      rx: { id: response, extended },
    },
  };
}

Deno.test("outrankedAnswers() warns where a request to one node wins against answers of others", () => {
  match(outrankedAnswers([node(0x7E0, 0x7E8), node(0x7E1, 0x7E9)])!, /0x7E0 and 1 more .* 0x7E9:/);
  // Of these two only one can be in the way of the other's answers.
  match(outrankedAnswers([node(0x600, 0x580), node(0x700, 0x640)])!, /with 0x600 win .* 0x640:/);
  // Against an 11-bit identifier that begins alike, one of 29 bits loses.
  match(
    outrankedAnswers([node(0x18DA10F1, 0x18DAF110, true), node(0x700, 0x7FF)])!,
    /0x18DA10F1 and 1 more/,
  );
});

Deno.test("outrankedAnswers() is silent where answers win, and where a node is alone", () => {
  strictEqual(outrankedAnswers([node(0x640, 0x540), node(0x641, 0x541)]), undefined);
  strictEqual(outrankedAnswers([node(0x7E0, 0x7E8)]), undefined);
  strictEqual(outrankedAnswers([]), undefined);
});
