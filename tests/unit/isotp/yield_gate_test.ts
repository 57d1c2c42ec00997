import { strictEqual } from "node:assert/strict";
import { YieldGate } from "../../../src/isotp/_yield_gate.ts";

/** A gate that yields at 20 ms, where frames take 1 ms and are confirmed late. */
function yielding(): YieldGate {
  const gate = new YieldGate(20);
  gate.expectAnswers(100);
  gate.mayTake(0, 0);
  gate.taken(0, 1);
  strictEqual(gate.mayTake(19, 5), true);
  strictEqual(gate.mayTake(20, 5), false);
  return gate;
}

Deno.test("YieldGate leaves the wire again to those behind one who took the moment", () => {
  const gate = yielding();
  gate.yieldedUnseen(22, 30, 1);
  strictEqual(gate.isYielding, false);
  gate.heard(23);
  strictEqual(gate.isYielding, true);
  // Nobody took this one: our run begins anew.
  gate.yieldedUnseen(25, 33, 1);
  strictEqual(gate.isYielding, false);
  gate.heard(34);
  strictEqual(gate.mayTake(44, 5), true);
  strictEqual(gate.mayTake(45, 5), false);
});

Deno.test("YieldGate holds a moment until all that wait are through", () => {
  const gate = yielding();
  gate.yieldedUnseen(22, 30, 1);
  gate.heard(23);
  gate.yieldedUnseen(25, 33, 1);
  gate.heard(26);
  gate.yieldedUnseen(28, 36, 1);
  strictEqual(gate.isYielding, true);
  strictEqual(gate.holdUntilMs, 29);
  gate.heard(28.8);
  gate.yieldedUnseen(29, 37, 1);
  strictEqual(gate.isYielding, true);
  strictEqual(gate.holdUntilMs, 29.8);
  gate.yieldedUnseen(29.8, 38, 1);
  strictEqual(gate.isYielding, false);
});

Deno.test("YieldGate holds a moment in which somebody was heard already", () => {
  const gate = yielding();
  gate.heard(21.9);
  gate.yieldedUnseen(22, 30, 1);
  strictEqual(gate.isYielding, true);
  strictEqual(gate.holdUntilMs, 22.9);
});

Deno.test("YieldGate goes on after 20 ms although somebody never falls silent", () => {
  const gate = yielding();
  let nowMs = 22;
  do {
    gate.heard(nowMs);
    gate.yieldedUnseen(nowMs, nowMs + 8, 1);
    nowMs += 0.9;
  } while (gate.isYielding && nowMs < 100);
  strictEqual(nowMs < 45, true, `${nowMs} ms`);
});
