import { deepStrictEqual } from "node:assert/strict";
import type { CanFrame } from "../../../src/can/mod.ts";
import type { BusEvidence } from "../../../src/cli/doctor/diagnosis.ts";
import { examine } from "../../../src/cli/doctor/examine.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";

const REQUEST = { id: 0x6F1, extended: false };
const RESPONSE = { id: 0x600, extended: false };
const TESTER = 0xF1;

Deno.test("examine() asks nodes that share identifiers by their address bytes", () => {
  const clock = new VirtualClock();
  const bus = new VirtualBus({ name: "b", bitRates: { bitrateBps: 5e5 }, clock, seed: 1 });
  // Extended addressing: the first byte is the address of whoever is meant.
  const port = bus.attach("node");
  port.listen(REQUEST, ({ data }) => {
    if (data[0] !== 0x12 || data[1] !== 0x02 || data[2] !== 0x3E) return;
    port.transmit(frame(RESPONSE, TESTER, 0x02, 0x7E, 0x00), () => {});
  });
  const node = { tx: REQUEST, rx: RESPONSE, rxPrefix: TESTER };
  const evidence: BusEvidence[] = [];
  examine({
    place: "b",
    port: bus.attach("doctor"),
    clock,
    nodes: [{ ...node, name: "there", txPrefix: 0x12 }, { ...node, name: "not", txPrefix: 0x13 }],
    listenMs: 10,
  }).subscribe((each) => evidence.push(each));
  clock.run({ untilMs: 10_000 });
  deepStrictEqual(
    evidence[0]!.nodes.map(({ name, answeredOn }) => [name, answeredOn]),
    [["there", ["0x600"]], ["not", []]],
  );
});

function frame(id: typeof RESPONSE, ...bytes: readonly number[]): CanFrame {
  return { ...id, fd: false, bitRateSwitch: false, data: Uint8Array.from(bytes) };
}
