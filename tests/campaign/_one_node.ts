import { deviceName, findDevice, type MemoryLayout } from "../../src/stm32/mod.ts";
import { Checkers } from "./checkers.ts";
import { imageOf, layoutOf } from "./images.ts";
import { World, type WorldSpec } from "./world.ts";

const GEOMETRY = findDevice("STM32G474RE");
const SHAPE = { unitCount: 3, bytesPerUnit: 2048 };

const BANKS = "iso14229-banks";

/** How the node's flash is divided. */
export const LAYOUT = layoutOf(GEOMETRY);

/** A world, and what watches it. */
export interface WatchedWorld {
  readonly world: World;
  readonly checkers: Checkers;
}

/** One node with its power on. */
export function oneNodeWorld(): WatchedWorld {
  return poweredWorld(specOf({ oldSeed: 1 }));
}

/** One node that exchanges its banks, with its power on. */
export function twoBankWorld(): WatchedWorld {
  const layout = layoutOf(GEOMETRY, { inOneBank: true });
  return poweredWorld(specOf({ oldSeed: 1, profile: BANKS, layout }));
}

/** One node, its power on, and another of other hardware on its identifiers. */
export function twinWorld({ profile = "iso14229", responseDelayMs = 4 } = {}): WatchedWorld {
  const spec = specOf({ oldSeed: 1, profile });
  const twin = { hardware: "ANOTHER", responseDelayMs };
  return poweredWorld({ ...spec, nodes: spec.nodes.map((node) => ({ ...node, twin })) });
}

function poweredWorld(spec: WorldSpec): WatchedWorld {
  const world = new World(spec);
  const checkers = new Checkers(world);
  world.powerOn();
  return { world, checkers };
}

/** The same, its power still off: what it holds, and would start, is a third image. */
export function strangeWorld(): WatchedWorld {
  const world = new World(specOf({ oldSeed: 1 }), new World(specOf({ oldSeed: 3 })).snapshots());
  return { world, checkers: new Checkers(world) };
}

function specOf({ oldSeed, profile = "iso14229", layout = LAYOUT }: {
  readonly oldSeed: number;
  readonly profile?: string;
  readonly layout?: MemoryLayout;
}): WorldSpec {
  return {
    seed: 5,
    buses: [{ bitRates: { bitrateBps: 1_000_000 }, faults: {} }],
    nodes: [{
      name: "node",
      bus: 0,
      device: deviceName(GEOMETRY),
      layout,
      profile,
      oldImage: imageOf(GEOMETRY, layout, { ...SHAPE, seed: oldSeed, version: "1.0.0" }),
      newImage: imageOf(GEOMETRY, layout, { ...SHAPE, seed: 2, version: "2.0.0" }),
      behaviour: {},
    }],
  };
}
