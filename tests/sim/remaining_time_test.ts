import { ok, strictEqual } from "node:assert/strict";
import { type FleetEvent, type FleetState, momentsOf } from "../../src/fleet/mod.ts";
import {
  busRemainingMs,
  fleetRemainingMs,
  NO_RATES,
  PageFeed,
  sampleRates,
} from "../../src/report/mod.ts";
import { runCanvoy } from "../support/canvoy_run.ts";

const IMAGES = new URL("../../configs/images", import.meta.url).pathname;

/** Three nodes on a bus of 1 Mbit/s and two on one of 125 kbit/s, all with 64 KiB. */
const FLEET = `
buses:
  quick: { url: "virtual:quick", bitrate: 1000000 }
  slow: { url: "virtual:slow", bitrate: 125000 }
images: { app: { file: app.hex, version: 2.0.0 } }
defaults:
  device: STM32F407VG
  image: app
  security: none
  layout:
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 864K }
nodes:
  - { name: "quick-{i}", count: 3, bus: quick, request: "0x700 + {i}", response: "0x780 + {i}" }
  - { name: "slow-{i}", count: 2, bus: slow, request: "0x700 + {i}", response: "0x780 + {i}" }
`;

Deno.test("remaining time is reckoned per bus, and the same for terminal and page", async () => {
  const events = await eventsOfRun();
  const feed = new PageFeed(() => []);
  let rates = NO_RATES;
  let toldCount = 0;
  const endsMs = new Map(["quick", "slow"].map((bus) => [bus, endOfWriting(events, bus)]));
  for (const moment of momentsOf(events)) {
    const { state, event: { atMs: nowMs } } = moment;
    feed.next(moment);
    const before = rates;
    rates = sampleRates(rates, state, { nowMs, buses: [] });
    if (rates === before) continue;
    const { leftMs } = JSON.parse(feed.tell(undefined, []));
    const expected = state.isFinished ? undefined : fleetRemainingMs(rates, state, nowMs);
    strictEqual(leftMs, expected && Math.round(expected));
    for (const [bus, ms] of busRemainingMs(rates, state, nowMs)) {
      if (writtenShare(state, bus) < 0.2) continue;
      const trueMs = endsMs.get(bus)! - nowMs;
      toldCount++;
      ok(
        Math.abs(ms - trueMs) < 0.2 * trueMs + 1500,
        `${bus} at ${nowMs} ms: ${ms} instead of ${trueMs}`,
      );
    }
  }
  ok(toldCount > 20, `told ${toldCount} times`);
});

async function eventsOfRun(): Promise<readonly FleetEvent[]> {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.copyFileSync(`${IMAGES}/f407_v2.hex`, `${folder}/app.hex`);
    Deno.writeTextFileSync(`${folder}/fleet.yaml`, FLEET);
    const run = await runCanvoy(["flash", `${folder}/fleet.yaml`, "--virtual-time", "--json"]);
    strictEqual(run.status, 0, run.stderr);
    return run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
      .filter(({ type }) => type !== "summary");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** When the last node of a bus had all of its image. */
function endOfWriting(events: readonly FleetEvent[], bus: string): number {
  return events.findLast((event) => event.type === "segmentPhase" && event.node.startsWith(bus))!
    .atMs;
}

function writtenShare(state: FleetState, bus: string): number {
  const nodes = [...state.nodes.values()].filter((node) => node.bus === bus);
  const sum = (pick: (node: typeof nodes[number]) => number): number =>
    nodes.reduce((total, node) => total + pick(node), 0);
  return sum(({ bytesWritten }) => bytesWritten) / sum(({ imageBytes }) => imageBytes);
}
