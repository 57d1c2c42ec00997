import { strictEqual } from "node:assert/strict";
import type { FleetState } from "../../../src/fleet/mod.ts";
import { fleetRemainingMs, NO_RATES, remainingMsOf, sampleRates } from "../../../src/report/mod.ts";
import { at, SEGMENTS, started, stateOf } from "./_support.ts";

/** Two nodes of 24 KiB that begin at 1000 ms; what they hold a second later. */
function afterOneSecond(quickBytes: number, slowBytes: number): [FleetState, FleetState] {
  const planned = { type: "nodePlanned", segments: SEGMENTS, imageBytes: 24_576 } as const;
  const begun = at(
    [0, started("quick", "slow")],
    ...["quick", "slow"].flatMap((node) =>
      [
        [10, { node, ...planned }],
        [1000, { node, type: "nodePhase", phase: "updating" }],
        [1000, { node, type: "segmentPhase", segment: 0, phase: "writing", attempt: 1 }],
      ] as const
    ),
  );
  const written = ([["quick", quickBytes], ["slow", slowBytes]] as const).map((
    [node, writtenBytes],
  ) => [2000, { node, type: "segmentProgress", segment: 0, writtenBytes }] as const);
  return [stateOf(begun), stateOf([...begun, ...at(...written)])];
}

Deno.test("remainingMsOf() goes by a node's own pace, once that tells anything", () => {
  const [before, after] = afterOneSecond(12_288, 256);
  const rates = sampleRates(NO_RATES, before, { nowMs: 1000, buses: [] });
  strictEqual(remainingMsOf(rates, after.nodes.get("quick")!, 2000), 1000);
  // At its pace of a hundredth a second it would take a minute and a half: it has only just begun.
  strictEqual(remainingMsOf(rates, after.nodes.get("slow")!, 2000), undefined);
});

Deno.test("fleetRemainingMs() goes by all bytes, and by the slowest node that tells anything", () => {
  const [before, after] = afterOneSecond(12_288, 256);
  const rates = sampleRates(NO_RATES, before, { nowMs: 1000, buses: [] });
  strictEqual(Math.round(fleetRemainingMs(rates, after, 2000)!), 2918);
  const [, slower] = afterOneSecond(16_384, 8192);
  strictEqual(fleetRemainingMs(rates, slower, 2000), 2000);
  // Served behind others so far: its pace of an eighth a second is no reason to say 7 s.
  const [, waiting] = afterOneSecond(16_384, 3072);
  strictEqual(Math.round(fleetRemainingMs(rates, waiting, 2000)!), 1526);
});
