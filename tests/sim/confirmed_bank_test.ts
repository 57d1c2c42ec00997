/** A bank on trial is confirmed last: once version, hardware and bank are what they should be. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import type { MemoryLayout } from "../../src/stm32/mod.ts";
import { BUILT_IN_PROFILES, updateNode, type UpdateProfile } from "../../src/update/mod.ts";
import { type BenchOptions, randomImage, runBench } from "../support/bench.ts";

const PROFILE = BUILT_IN_PROFILES.get("iso14229-banks")!;
const BANKS = PROFILE.banks!;
const START = 0x0800_8000;
const LAYOUT: MemoryLayout = {
  bootloader: { start: 0x0800_0000, end: START },
  application: { start: START, end: 0x0803_F000 },
  configuration: [{ start: 0x0803_F000, end: 0x0804_0000 }],
};
const OLD = randomImage(START, 40_000, 1, "1.0.0");
/** Another image that calls itself by the same name, as a rebuild does. */
const REBUILT = randomImage(START, 40_000, 3, "2.0.0");
const NEW = randomImage(START, 40_000, 2, "2.0.0");

function update(options: Partial<BenchOptions>) {
  return runBench({
    image: NEW,
    application: OLD,
    device: "STM32G474RE",
    layout: LAYOUT,
    profile: PROFILE,
    behaviours: [{}],
    ...options,
  });
}

function endOf(events: readonly FleetEvent[]): Extract<FleetEvent, { type: "nodeFailed" }> {
  const end = events.find(({ type }) => type === "nodeFailed");
  ok(end?.type === "nodeFailed", events.map(({ type }) => type).join());
  return end;
}

function phases(events: readonly FleetEvent[]): readonly string[] {
  return events.flatMap((event) => event.type === "nodePhase" ? [event.phase] : []);
}

Deno.test("two banks: a node that tells other hardware at the end is not confirmed, and goes back", () => {
  let hardware: { hardware: string } | undefined;
  const { events, nodes: [node] } = update({
    prepare: (_clock, [node]) => hardware = node!.options as { hardware: string },
    talk: (context) =>
      updateNode({
        ...context,
        job: { ...context.job, release: { sequenceNumber: 7, allowDowngrade: false } },
      }),
    onEvent: (event) => {
      if (event.type === "nodePhase" && event.phase === "swapping") hardware!.hardware = "OTHER";
    },
  });
  const { error, state } = endOf(events);
  match(error.message, /hardware "OTHER", "BENCH-F407" was expected/);
  ok(!phases(events).includes("confirming"), phases(events).join());
  strictEqual(state, "rolledBack");
  deepStrictEqual(node!.bankStatus, { hasTwoBanks: true, isSwapped: false, isOnTrial: false });
});

Deno.test("two banks: a node that still runs its old bank is not through, whatever it calls itself", () => {
  // It is reset, and does not exchange its banks.
  const profile: UpdateProfile = { ...PROFILE, banks: { ...BANKS, swap: PROFILE.finish } };
  const { events, nodes: [node] } = update({
    application: REBUILT,
    talk: (context) => updateNode({ ...context, job: { ...context.job, profile } }),
  });
  const { error, state } = endOf(events);
  match(error.message, /runs its old bank/);
  ok(!phases(events).includes("confirming"), phases(events).join());
  ok(state === "oldImage" || state === "rolledBack", state);
  strictEqual(node!.bankStatus?.isSwapped, false);
});
