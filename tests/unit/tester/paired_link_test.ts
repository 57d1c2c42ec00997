/** A node whose bootloader has another addressing than its application, played by a virtual node. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { VirtualClock } from "../../../src/core/mod.ts";
import { type FleetEvent, readFleetFile } from "../../../src/fleet/mod.ts";
import { createImage } from "../../../src/image/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";
import { FLEET_LOOKUPS, planFromFiles, updateFleet } from "../../../src/tester/mod.ts";
import { createVirtualNodes } from "../../../src/virtual/mod.ts";
import { rogueImage } from "../../rogue/rogue_bench.ts";

const START = 0x0800_8000;
const FLEET = `
buses: { bench: { url: "virtual:bench", bitrate: 1000000 } }
images: { app: { file: app.bin, base: ${START} } }
profiles:
  ours: { enter: ["10 02", { talkTo: bootloader }, { securityAccess: 1 }] }
nodes:
  - { name: node, bus: bench, request: 0x600, response: 0x680, device: STM32F407VG, image: app,
      bootloader: { addressing: normalFixed, address: 0x10 },
      profile: ours, security: { xor: "A5 5A" },
      layout: { bootloader: { start: 0x08000000, size: 32K },
        application: { start: ${START}, size: 992K } } }
`;

Deno.test("updateFleet() talks to a bootloader by another addressing, and to its application again", () => {
  const clock = new VirtualClock();
  const bus = new VirtualBus({
    name: "bench",
    bitRates: { bitrateBps: 1_000_000 },
    clock,
    seed: 1,
  });
  const buses = new Map([["bench", bus]]);
  const seen = new Map<string, number>();
  bus.onWire = ({ frame: { id, extended } }) => {
    const key = `${extended ? "29" : "11"} 0x${id.toString(16)}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  };
  const fleet = readFleetFile({ name: "fleet.yaml", text: FLEET }, FLEET_LOOKUPS);
  const data = rogueImage(START, 9 * 1024, 1);
  const image = createImage([{ address: START, data }]);
  const jobs = planFromFiles(fleet, fleet.nodes, { image: () => image });
  const nodes = createVirtualNodes(fleet, { buses, clock, seed: 1, image: () => image, jobs });
  for (const node of nodes.values()) node.powerOn();
  const events: FleetEvent[] = [];
  updateFleet({ fleet, readImage: () => data, buses, clock })
    .subscribe((event) => events.push(event));
  clock.run({ untilMs: 60_000 });
  strictEqual(events.findLast((event) => "node" in event)?.type, "nodeDone");
  deepStrictEqual([...seen.keys()].toSorted(), [
    "11 0x600",
    "11 0x680",
    "11 0x7df",
    "29 0x18da10f1",
    "29 0x18daf110",
  ]);
});
