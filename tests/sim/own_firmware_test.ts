import { deepStrictEqual } from "node:assert/strict";
import { VirtualClock } from "../../src/core/mod.ts";
import { EMPTY_FLEET, readFleetFile, reduceFleet } from "../../src/fleet/mod.ts";
import { VirtualBus } from "../../src/sim/mod.ts";
import { FLEET_LOOKUPS, imageReader, updateFleet } from "../../src/tester/mod.ts";
import { createVirtualNodes } from "../../src/virtual/mod.ts";
import { ownFirmware } from "../support/own_firmware.ts";

const START = 0x0800_8000;

/** Two images from a compiler, with nothing of canvoy in them. */
const FILES: Readonly<Record<string, Uint8Array>> = {
  "old.hex": ownFirmware({ start: START, bytes: 3000, seed: 1 }),
  "new.hex": ownFirmware({ start: START, bytes: 9000, seed: 2 }),
  "small.hex": ownFirmware({ start: START, bytes: 700, seed: 3 }),
  "gaps.hex": ownFirmware({
    start: START,
    bytes: 5000,
    seed: 4,
    more: [{ start: 0x0801_0000, bytes: 4000 }, { start: 0x0804_0000, bytes: 301 }],
  }),
  "header.hex": ownFirmware({ start: START + 0x200, bytes: 5000, seed: 5 }),
};

/** A fleet of two nodes; each option replaces a part of it. */
function fleetText(
  { old = "old.hex", next = "{ file: new.hex, version: 2.0.0 }", sim = "{}", more = "" } = {},
): string {
  return `
buses: { bench: { url: "virtual:bench" } }
images: { old: ${old}, app: ${next} }
nodes:
  - name: door-{i}
    count: 2
    bus: bench
    request: 0x200 + {i}
    response: 0x300 + {i}
    device: STM32F407VG
    layout:
      bootloader: { start: 0x08000000, size: 32K }
      application: { start: 0x08008000, size: 480K }${more}
    image: app
    security: none
    sim: ${sim}
`;
}

/** How a run of the fleet ends: each node's phase, and the versions before and after. */
function update(text: string): readonly unknown[] {
  const fleet = readFleetFile({ name: "fleet.yaml", text }, FLEET_LOOKUPS);
  const clock = new VirtualClock();
  const readImage = (path: string): Uint8Array => FILES[path]!;
  const bus = new VirtualBus({ ...fleet.buses.get("bench")!, clock, seed: 1 });
  const buses = new Map([["bench", bus]]);
  const image = imageReader(fleet, readImage);
  for (const node of createVirtualNodes(fleet, { buses, clock, seed: 1, image }).values()) {
    node.powerOn();
  }
  let state = EMPTY_FLEET;
  let failure: unknown;
  updateFleet({ fleet, readImage, buses, clock }).subscribe({
    next: (event) => state = reduceFleet(state, event),
    error: (error: unknown) => failure = error,
  });
  while (!state.isFinished && failure === undefined) clock.run({ actionsMax: 100_000 });
  return [...state.nodes.values()].map((node) => [
    node.phase,
    node.identity.version,
    node.version ?? node.error?.message,
  ]);
}

Deno.test("a virtual node tells the version: of the image whose bytes it holds", () => {
  deepStrictEqual(update(fleetText()), [
    ["done", undefined, "2.0.0"],
    ["done", undefined, "2.0.0"],
  ]);
});

Deno.test("a virtual node takes small images, images with gaps and a table behind a header", () => {
  const files = { "small.hex": "", "gaps.hex": "", "header.hex": "\n      headerBytes: 0x200" };
  for (const [file, more] of Object.entries(files)) {
    const text = fleetText({ next: `{ file: ${file}, version: v1.2-rc3 }`, more });
    const done = ["done", undefined, "v1.2-rc3"];
    deepStrictEqual(update(text), [done, done], file);
  }
});

Deno.test("a virtual node tells its delivered version until it holds the new one", () => {
  const text = fleetText({ old: "{ file: old.hex, version: 1.0.0 }", sim: "{ image: old }" });
  deepStrictEqual(update(text), [["done", "1.0.0", "2.0.0"], ["done", "1.0.0", "2.0.0"]]);
});

Deno.test("a virtual node tells an unknown version where its image has none and another has", () => {
  deepStrictEqual(update(fleetText({ sim: "{ image: old }" })), [
    ["done", "unknown", "2.0.0"],
    ["done", "unknown", "2.0.0"],
  ]);
  const text = fleetText({
    old: "{ file: old.hex, version: 1.0.0 }",
    next: "new.hex",
    sim: "{ image: old }",
  });
  deepStrictEqual(update(text), [["done", "1.0.0", "unknown"], ["done", "1.0.0", "unknown"]]);
});

Deno.test("a virtual node needs no version: in the fleet file", () => {
  deepStrictEqual(update(fleetText({ next: "new.hex" })), [
    ["done", undefined, undefined],
    ["done", undefined, undefined],
  ]);
});

Deno.test("a virtual node dies at the version of one's own file, and is told as such", () => {
  const text = fleetText({
    old: "{ file: old.hex, version: 1.0.0 }",
    sim: "{ image: old, behaviour: { deadVersion: 2.0.0 } }",
  });
  deepStrictEqual(update(text).map((node) => (node as string[])[0]), ["failed", "failed"]);
});
