/** The trial and the judge of groups were written from the document apart: they agree. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { EMPTY } from "rxjs";
import { reachNode } from "../../../src/cli/group_check/reach_node.ts";
import { checkGroupNode, type GroupFinding } from "../../../src/conformance/mod.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { readFleetFile } from "../../../src/fleet/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { createXorKeySource } from "../../../src/uds/mod.ts";
import type { RogueOptions } from "../../rogue/rogue_options.ts";
import { RogueServer } from "../../rogue/rogue_server.ts";
import { fleetText } from "./trial_lab.ts";

const APPLICATION = { start: 0x0800_8000, end: 0x0802_0000 };

function tryJudge(options: RogueOptions): { findings: GroupFinding[]; error: unknown } {
  const clock = new VirtualClock();
  const bus = new VirtualBus({ name: "line", bitRates: { bitrateBps: 500_000 }, clock, seed: 1 });
  const server = new RogueServer({
    port: bus.attach("node"),
    clock,
    options: { takesGroup: true, ...options },
    rxId: 0x600,
    txId: 0x500,
    functionalId: 0x7DF,
    application: APPLICATION,
    applications: [{ version: "1.0.0", address: APPLICATION.start, data: new Uint8Array(64) }],
    heardBy: () => "tester",
  });
  const fleet = readFleetFile({ name: "fleet.yaml", text: fleetText("") }, FLEET_LOOKUPS);
  using reached = reachNode({
    fleet,
    node: fleet.nodes[0]!,
    port: bus.attach("tester"),
    clock,
    cancellation: { requested: false, requested$: EMPTY },
    keys: { keySource: createXorKeySource(Uint8Array.of(0xA5, 0x5A, 0x12, 0x34)) },
    groupKey: Uint8Array.of(1, 2, 3, 4),
  });
  const findings: GroupFinding[] = [];
  let error: unknown;
  checkGroupNode(reached.underTest, { hasSessionCheck: true }).subscribe({
    next: (finding) => findings.push(finding),
    error: (one: unknown) => error = one,
  });
  clock.run({ untilMs: 3_600_000, actionsMax: 20_000_000 });
  deepStrictEqual(server.group.log.faults, []);
  return { findings, error };
}

for (const options of [{}, { groupMendsWhileProgramming: true }, { groupBufferBytes: 2048 }]) {
  Deno.test(`checkGroupNode() finds nothing wrong with a judge of ${JSON.stringify(options)}`, () => {
    const { findings, error } = tryJudge(options);
    strictEqual(error, undefined);
    deepStrictEqual(findings.filter(({ result }) => result === "wrong"), []);
  });
}
