import { deepStrictEqual } from "node:assert/strict";
import { readFleetFile } from "../../../src/fleet/mod.ts";
import type { FirmwareImage } from "../../../src/image/mod.ts";
import { FLEET_LOOKUPS, planFromFiles } from "../../../src/tester/mod.ts";

const CONFIGS = new URL("../../../configs/", import.meta.url);
const START = 0x0800_8000;

/** Two pieces with whole erase units between them, which are two segments to most profiles. */
const IMAGE: FirmwareImage = {
  ranges: [START, START + 0x2_0000].map((start) => {
    const data = new Uint8Array(0x400).fill(0x5A);
    new DataView(data.buffer).setUint32(0, 0x2000_1000, true);
    new DataView(data.buffer).setUint32(4, START + 0x1C1, true);
    return { start, end: start + data.length, data };
  }),
};

/** How many segments a job is cut into, and the way back to the image before. */
function segmentCounts(profile: string) {
  const text = Deno.readTextFileSync(new URL("minimal.yaml", CONFIGS));
  const fleet = readFleetFile({
    name: "fleet.yaml",
    text: text.replace("    image: app\n", `    image: app\n    profile: ${profile}\n`),
  }, FLEET_LOOKUPS);
  const images = { image: () => IMAGE, previous: () => IMAGE };
  return planFromFiles(fleet, fleet.nodes, images).map(({ job: { plan, rollbackPlan } }) => [
    plan.segments.length,
    rollbackPlan?.segments.length,
  ]);
}

Deno.test("planFromFiles() cuts each plan into the segments that the node's profile can handle", () => {
  deepStrictEqual(segmentCounts("iso14229"), [[2, 2]]);
  deepStrictEqual(segmentCounts("ff01-checksum"), [[1, 1]]);
});
