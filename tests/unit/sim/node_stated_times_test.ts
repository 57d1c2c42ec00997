import { strictEqual } from "node:assert/strict";
import type { NodeBehaviour } from "../../../src/sim/mod.ts";
import { APPLICATION, applicationBytes, Lab } from "./node_support.ts";

/** What a node is told to promise, and its answer to `10 02`, from the bootloader. */
const STATED: readonly (readonly [NodeBehaviour, string])[] = [
  [{}, "50 02 00 32 01 F4"],
  [{ p2ServerMaxMs: 25 }, "50 02 00 19 01 F4"],
  [{ p2StarServerMaxMs: 250 }, "50 02 00 32 00 19"],
  [{ p2ServerMaxMs: 0, p2StarServerMaxMs: 0 }, "50 02 00 00 00 00"],
  [{ programmingSessionAnsweredBy: "application", p2StarServerMaxMs: 1200 }, "50 02 00 32 00 78"],
];

for (const [behaviour, answer] of STATED) {
  Deno.test(`a node with ${JSON.stringify(behaviour)} states ${answer}`, () => {
    const application = [{ start: APPLICATION, data: applicationBytes(4096) }];
    const lab = new Lab({ behaviour, application }).start();
    strictEqual(lab.answer("10 02"), answer);
    lab.wait(100);
    // The bootloader itself says the same.
    strictEqual(lab.answer("10 02"), answer);
  });
}
