import { deepStrictEqual, ok } from "node:assert/strict";
import type { NodeBehaviour } from "../../src/sim/mod.ts";
import { DISTINCT_PARTS } from "../support/distinct_parts.ts";
import { WORLD_PROFILES } from "./profiles.ts";
import { drawWorld, type SwarmWorld, withoutFaults } from "./draw.ts";

const WORLDS: readonly SwarmWorld[] = Array.from({ length: 400 }, (_, i) => drawWorld(i + 1));
/** Longer than P2, and than what ISO-TP waits for flow control where it is quick. */
const LONG_MS = 100;

/** Whether a world has a node that is bent so. */
function has(
  isBent: (behaviour: NodeBehaviour) => boolean | undefined,
): (world: SwarmWorld) => boolean {
  return ({ spec }) => spec.nodes.some(({ behaviour }) => isBent(behaviour) === true);
}

function hasTwin(delayMs: number): (world: SwarmWorld) => boolean {
  return ({ spec }) => spec.nodes.some(({ twin }) => twin?.responseDelayMs === delayMs);
}

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
  "long work under 0x78, with a P2* that is kept": ({ spec }) =>
    spec.nodes.some(({ behaviour: { responsePendingEveryMs = 0, p2StarServerMaxMs = 0 } }) =>
      p2StarServerMaxMs > responsePendingEveryMs && responsePendingEveryMs >= 200
    ),
  "34 refused with 0x22 while a download is open": has((one) =>
    one.downloadWhileOpen === "conditionsNotCorrect"
  ),
  "34 refused with 0x24": has((one) => one.downloadWhileOpen === "requestSequenceError"),
  "34 refused with 0x70": has((one) => one.downloadWhileOpen === "uploadDownloadNotAccepted"),
  "34 that begins anew": has((one) => one.downloadWhileOpen === "restarts"),
  "downloads that end with an early 37": has((one) => one.endsDownloadAtEarlyExit),
  "downloads that end with a refused block": has((one) => one.endsDownloadAtRefusedBlock),
  "sessions that only 10 and 3E keep, for 5.1 s": has((one) =>
    one.keepsSessionByTesterPresentOnly && one.s3Ms === 5100
  ),
  "sessions that only physical traffic keeps": has((one) => one.keepsSessionByPhysicalOnly),
  "functional frames that are dropped amid a message": has((one) =>
    one.functionalRequests === "droppedInMessage"
  ),
  "functional frames that are always dropped": has((one) => one.functionalRequests === "dropped"),
  "3E refused with 0x24": has((one) => one.refusesTesterPresentInDownload),
  "pauses between responses": has((one) => one.responsePauseMs === 50),
  "late flow control": has((one) => one.lateFlowControlEvery !== undefined),
  "silent resets": has((one) => one.unansweredServices?.includes(0x11)),
  "slow boots": has((one) => (one.bootMs ?? 0) >= 200),
  "boot windows": has((one) => one.bootWindowMs !== undefined),
  "starting applications that say 0x21": has((one) => one.startingNrc === "busyRepeatRequest"),
  "starting applications that say 0x22": has((one) => one.startingNrc === "conditionsNotCorrect"),
  "an old version for a moment": has((one) => one.oldVersionMs !== undefined),
  "twins that answer at once": hasTwin(0),
  "twins that answer 4 ms later": hasTwin(4),
  "twins that answer 30 ms later": hasTwin(30),
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
  deepStrictEqual(new Set(nodes.map(({ device }) => device)).size, DISTINCT_PARTS.length);
  deepStrictEqual(new Set(nodes.map(({ profile }) => profile)).size, WORLD_PROFILES.size);
});

Deno.test("drawWorld() takes from a twin's world what could hide the twin, and no more", () => {
  for (const { spec, disturbances, hopeless } of WORLDS) {
    const index = spec.nodes.findIndex(({ twin }) => twin !== undefined);
    if (index < 0) continue;
    const { name, bus, behaviour, hasWrongKey } = spec.nodes[index]!;
    deepStrictEqual([spec.buses[bus]!.faults, behaviour, hasWrongKey], [{}, {}, undefined]);
    ok(hopeless.has(name));
    ok([...disturbances.upsets, ...disturbances.requests].every(({ node }) => node !== index));
    deepStrictEqual([disturbances.jumps, disturbances.pauses], [[], []]);
  }
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
