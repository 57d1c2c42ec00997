import { deepStrictEqual, ok } from "node:assert/strict";
import { DEVICES } from "../../src/stm32/mod.ts";
import { BUILT_IN_PROFILES } from "../../src/update/mod.ts";
import { drawWorld, type SwarmWorld, withoutFaults } from "./draw.ts";

const WORLDS: readonly SwarmWorld[] = Array.from({ length: 400 }, (_, i) => drawWorld(i + 1));
/** Longer than P2, and than what ISO-TP waits for flow control where it is quick. */
const LONG_MS = 100;

/** What the campaign promises to try, and how it shows in a world. */
const FAULTS: Readonly<Record<string, (world: SwarmWorld) => boolean>> = {
  "loss of up to 20 %": ({ spec }) => spec.buses.some(({ faults }) => faults.lossRatio! > 0.1),
  "loss by all at once": ({ spec }) => spec.buses.some((bus) => bus.faults.transmitLossRatio! > 0),
  duplicates: ({ spec }) => spec.buses.some(({ faults }) => faults.duplicateRatio! > 0),
  "frames that were sent twice": ({ spec }) =>
    spec.buses.some(({ faults }) => faults.transmitDuplicateRatio! > 0),
  // Each receiver and each sender is late by itself: so frames of nodes overtake each other.
  "delays beyond time-outs, and frames of nodes out of order": ({ spec }) =>
    spec.buses.some(({ faults }) =>
      faults.delayRatio! > 0 && faults.transmitDelayRatio! > 0 && faults.delayMsMean! > LONG_MS
    ),
  // Above one in nine, error counters rise to bus-off.
  "errors up to bus-off": ({ spec }) =>
    spec.buses.some(({ faults }) => faults.corruptRatio! > 1 / 9),
  "deaf receivers": ({ spec }) =>
    spec.buses.some((bus) => bus.faults.deafEveryMsMean !== undefined),
  "resets of nodes": ({ spec, disturbances }) =>
    disturbances.upsets.some(({ offMs }) => offMs === 0) ||
    spec.nodes.some(({ behaviour }) => behaviour.resetAtBlock !== undefined),
  "power cuts": ({ spec, disturbances }) =>
    disturbances.upsets.some(({ offMs }) => offMs > 0) ||
    spec.nodes.some(({ behaviour }) => behaviour.powerLossAtOperation !== undefined),
  "programs that fail": ({ spec }) =>
    spec.nodes.some(({ flashFaults }) => flashFaults!.failProgramRatio! > 0),
  "erases that fail": ({ spec }) =>
    spec.nodes.some(({ flashFaults }) => flashFaults!.failEraseRatio! > 0),
  "stuck bits": ({ spec }) => spec.nodes.some((node) => node.flashFaults?.stuckBits !== undefined),
  "storms of 0x78": ({ spec }) =>
    spec.nodes.some(({ behaviour }) => behaviour.responsePendingEveryMs === 5),
  "a babbling idiot": ({ disturbances }) => disturbances.babbling.length > 0,
  "another tester": ({ disturbances }) => disturbances.requests.length > 0,
  "clocks that jump": ({ disturbances }) => disturbances.jumps.length > 0,
  "hosts that stand still": ({ disturbances }) => disturbances.pauses.length > 0,
  "dead nodes": ({ spec }) => spec.nodes.some(({ behaviour }) => behaviour.isDead),
  "applications that never come up": ({ spec }) =>
    spec.nodes.some(({ behaviour }) => behaviour.deadVersion !== undefined),
  "wrong keys": ({ spec }) => spec.nodes.some(({ hasWrongKey }) => hasWrongKey),
  "groups of nodes": ({ spec }) =>
    spec.nodes.filter(({ profile }) => profile === "iso14229-group").length > 1,
};

for (const [fault, isIn] of Object.entries(FAULTS)) {
  Deno.test(`drawWorld() draws ${fault}, and leaves them out of most worlds`, () => {
    const count = WORLDS.filter(isIn).length;
    ok(count >= 4, `in ${count} of ${WORLDS.length} worlds`);
    ok(count < WORLDS.length * 0.75, `in ${count} of ${WORLDS.length} worlds`);
  });
}

Deno.test("drawWorld() switches every kind off in some worlds and makes it wild in others", () => {
  const kinds = new Set(WORLDS.flatMap((world) => [...world.kinds.keys()]));
  ok(kinds.size >= 20);
  for (const kind of kinds) {
    const strengths = new Set(WORLDS.map((world) => world.kinds.get(kind)));
    for (const strength of ["off", "mild", "wild"] as const) {
      ok(strengths.has(strength), `${kind} is never ${strength}`);
    }
  }
});

Deno.test("drawWorld() draws 1 to 40 nodes, every part and every profile", () => {
  const counts = WORLDS.map(({ spec }) => spec.nodes.length);
  ok(Math.min(...counts) === 1 && Math.max(...counts) > 35 && Math.max(...counts) <= 40);
  const nodes = WORLDS.flatMap(({ spec }) => spec.nodes);
  deepStrictEqual(new Set(nodes.map(({ device }) => device)).size, DEVICES.length);
  deepStrictEqual(new Set(nodes.map(({ profile }) => profile)).size, BUILT_IN_PROFILES.size);
});

Deno.test("withoutFaults() leaves nothing that strikes by chance, and what nodes are by nature", () => {
  for (const { spec } of WORLDS) {
    const calm = withoutFaults(spec);
    ok(calm.buses.every(({ faults }) => Object.keys(faults).length === 0));
    for (const [i, { behaviour, flashFaults }] of calm.nodes.entries()) {
      deepStrictEqual(behaviour.isDead, spec.nodes[i]!.behaviour.isDead);
      deepStrictEqual(flashFaults?.stuckBits, spec.nodes[i]!.flashFaults?.stuckBits);
      deepStrictEqual([flashFaults?.failEraseRatio, behaviour.powerLossAtOperation], [
        undefined,
        undefined,
      ]);
    }
  }
});
