import type { CandumpRecord } from "../../src/can/mod.ts";
import { findDevice } from "../../src/stm32/mod.ts";
import { type Exchange, readConversations } from "../../src/trace/mod.ts";
import { imageOf, layoutOf } from "../campaign/images.ts";
import { addressingOf, isExchanged, type NodeSpec, World } from "../campaign/world.ts";

const DEVICE = "STM32G474RE";
const GEOMETRY = findDevice(DEVICE);

/** A node with a small image. */
export function nodeOf(profile: string): NodeSpec {
  const layout = layoutOf(GEOMETRY, { inOneBank: isExchanged({ profile, device: DEVICE }) });
  const shape = { unitCount: 2, bytesPerUnit: 256 };
  return {
    name: "node",
    bus: 0,
    device: DEVICE,
    layout,
    profile,
    oldImage: imageOf(GEOMETRY, layout, { ...shape, seed: 2, version: "1.0.0" }),
    newImage: imageOf(GEOMETRY, layout, { ...shape, seed: 1, version: "2.0.0" }),
    behaviour: { maxNumberOfBlockLength: 130 },
  };
}

/** A world with that node alone. */
export function worldOf(profile: string): World {
  return new World({
    seed: 1,
    buses: [{ bitRates: { bitrateBps: 1_000_000 }, faults: {} }],
    nodes: [nodeOf(profile)],
  });
}

/** What was said in a whole update of that node, as a bystander heard it. */
export function recordUpdate(profile: string): readonly Exchange[] {
  const world = worldOf(profile);
  const records: CandumpRecord[] = [];
  world.buses[0]!.attach("bystander").listenAll((frame, atMs) =>
    records.push({ frame, atMs, interfaceName: "bus-0" })
  );
  world.powerOn();
  const events = world.run();
  if (!events.some(({ type }) => type === "nodeDone")) throw new Error(`${profile}: not updated`);
  const addressing = addressingOf(0);
  if (addressing.mode !== "normal") throw new Error("normal addressing is meant");
  const pair = { name: "node", request: addressing.tx, response: addressing.rx };
  return readConversations(records, [pair]).get("node")?.exchanges ?? [];
}
