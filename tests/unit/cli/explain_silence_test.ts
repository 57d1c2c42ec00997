import { deepStrictEqual } from "node:assert/strict";
import { openSocketcanBus, type SocketcanBus, SocketcanError } from "../../../src/adapters/mod.ts";
import { explainSilence } from "../../../src/cli/doctor/explain_silence.ts";
import { OutsideRunBus } from "../../../src/cli/outside_run_bus.ts";
import type { RunBus } from "../../../src/cli/run_bus.ts";
import { StopRequest } from "../../../src/cli/stop_request.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { EMPTY_FLEET, readFleetFile, reduceFleet } from "../../../src/fleet/mod.ts";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { pass, passBusOff, ScriptedKernel } from "../../support/scripted_kernel.ts";
import { scanFleetText } from "../../../src/cli/scan/scan_text.ts";
import { at } from "../report/_support.ts";
import { MemoryHost } from "./_host.ts";

const NODE = {
  tx: { id: 0x700, extended: false },
  rx: { id: 0x780, extended: false },
  identity: {},
};
const BIT_RATES = { bitrateBps: 500_000 };

/** What is found out after a run on an interface whose node failed, while `meanwhile` happens. */
async function foundAfter(
  code: string,
  meanwhile: (kernel: ScriptedKernel, clock: VirtualClock, bus: SocketcanBus) => Promise<void>,
): Promise<readonly string[]> {
  const kernel = new ScriptedKernel();
  const clock = new VirtualClock();
  const bus = await openSocketcanBus({ name: "can0", clock, kernel });
  const place = "socketcan:can0";
  const runBus: RunBus = new OutsideRunBus("bus", {
    place,
    hasManyPorts: true,
    hearsAll: false,
    lost: bus.closed.then((error) => error ?? new SocketcanError("REMOVED", "can0", "closed")),
    attach: () => bus.attach(),
    wire: () => bus.evidence,
    close: () => Promise.resolve(),
  }, { clock, bitRates: BIT_RATES });
  const text = scanFleetText([NODE], { url: place, ...BIT_RATES });
  const { nodes } = readFleetFile({ name: "found.yaml", text }, FLEET_LOOKUPS);
  const state = at(
    [0, {
      type: "runStarted",
      nodes: nodes.map(({ name }) => ({ name, bus: "bus", device: "", image: "" })),
    }],
    [1, {
      node: nodes[0]!.name,
      type: "nodeFailed",
      state: "untouched",
      error: { code, message: "" },
    }],
  ).reduce(reduceFleet, EMPTY_FLEET);
  using stop = new StopRequest(new MemoryHost([]));
  const run = async ({ isOver }: { isOver: () => boolean }): Promise<void> => {
    await meanwhile(kernel, clock, bus);
    while (!isOver()) await pass(clock, 50);
  };
  const runClock = { clock, run, [Symbol.dispose]: () => {} };
  const buses = new Map([["bus", runBus]]);
  const findings = await explainSilence({ nodes, state, buses, runClock, stop });
  bus.close();
  await bus.closed;
  return findings.map(({ kind }) => kind);
}

Deno.test.each([["UDS_TIMEOUT"], ["ISOTP_N_ERROR"], ["ISOTP_N_TIMEOUT_A"]])(
  "explainSilence() says after $0 that the controller goes bus-off again and again",
  async (code) => {
    const found = await foundAfter(code, (kernel, clock) => passBusOff(kernel, clock, 12));
    deepStrictEqual(found, ["BUS_SENDS_NOTHING"]);
  },
);

Deno.test("explainSilence() tells nothing of a bus that is lost: the run has", async () => {
  const found = await foundAfter("UDS_TIMEOUT", async (kernel, clock, bus) => {
    kernel.link = undefined;
    await pass(clock, 1400);
    await bus.closed;
  });
  deepStrictEqual(found, []);
});

Deno.test("explainSilence() asks nothing of nodes that answered and failed", async () => {
  deepStrictEqual(await foundAfter("UDS_NEGATIVE_RESPONSE", () => Promise.resolve()), []);
});
