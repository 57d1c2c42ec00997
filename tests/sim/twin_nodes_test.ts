import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import { surveyNode, type UpdateProfile, verifyNode } from "../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../src/update/profiles/iso14229.ts";
import { type BenchOptions, differingNodes, randomImage, runBench } from "../support/bench.ts";

const IMAGE = randomImage(0x0800_8000, 20_000, 5);
const OLD = randomImage(0x0800_8000, 20_000, 4, "1.0.0");
const NOTHING_FUNCTIONAL: UpdateProfile = { ...ISO14229_PROFILE, before: [], after: [] };

/** Single frames: hardware of four letters. */
function shortProfile(profile: UpdateProfile): UpdateProfile {
  const { identity } = profile;
  return { ...profile, identity: { hardwareDid: identity.hardwareDid! } };
}

function runTwins(
  delayMs: number,
  options: Partial<BenchOptions> & { readonly twinHardware?: string } = {},
): {
  readonly end: FleetEvent | undefined;
  readonly changed: readonly string[];
} {
  const { events, twins, nodes } = runBench({
    image: IMAGE,
    application: OLD,
    behaviours: [{}],
    twins: [{
      hardware: options.twinHardware ?? "OTHER-HARDWARE",
      behaviour: { responseDelayMs: delayMs },
    }],
    ...options,
  });
  const changed = differingNodes([...nodes, ...twins], OLD);
  const end = events.find(({ type }) => ["nodeDone", "nodeFailed", "nodeRefused"].includes(type));
  return { end, changed };
}

for (const delayMs of [1, 4, 30]) {
  for (
    const [how, profile] of [["", ISO14229_PROFILE], [
      " and nothing is functional",
      NOTHING_FUNCTIONAL,
    ]] as const
  ) {
    Deno.test(`updateNode() refuses two nodes whose segmented answers come ${delayMs} ms apart${how}`, () => {
      const { end, changed } = runTwins(delayMs, { profile });
      ok(end?.type === "nodeRefused", JSON.stringify(end));
      strictEqual(end.error.code, "TWIN_NODES");
      deepStrictEqual(changed, []);
    });

    Deno.test(`updateNode() refuses two nodes whose short answers come ${delayMs} ms apart${how}`, () => {
      const { end, changed } = runTwins(delayMs, {
        profile: shortProfile(profile),
        twinHardware: "HW-B",
      });
      ok(end?.type === "nodeRefused", JSON.stringify(end));
      strictEqual(end.error.code, "TWIN_NODES");
      deepStrictEqual(changed, []);
    });
  }

  for (const [name, talk] of Object.entries({ verifyNode, surveyNode })) {
    Deno.test(`${name}() refuses two nodes whose answers come ${delayMs} ms apart`, () => {
      const { end } = runTwins(delayMs, { talk });
      ok(end?.type === "nodeRefused", JSON.stringify(end));
      strictEqual(end.error.code, "TWIN_NODES");
    });
  }
}

// Frames that start at once destroy each other, and nobody is left to compare.
for (const delayMs of [0, 0.1, 0.3]) {
  Deno.test(`updateNode() erases nothing where two nodes' answers collide, ${delayMs} ms apart`, () => {
    for (const profile of [ISO14229_PROFILE, shortProfile(ISO14229_PROFILE)]) {
      const { end, changed } = runTwins(delayMs, { profile });
      ok(end?.type === "nodeRefused" || end?.type === "nodeFailed", JSON.stringify(end));
      deepStrictEqual(changed, []);
    }
  });
}

Deno.test("updateNode() shows both answers of two nodes in hexadecimal and as text", () => {
  const { end } = runTwins(4, { twinHardware: "HW-B" });
  ok(end?.type === "nodeRefused");
  match(end.error.message, /"22 F1 91" was answered twice: /);
  match(end.error.message, /"62 F1 91 42 45 4E 43 48 2D 46 34 30 37" \(BENCH-F407\)/);
  match(end.error.message, /"62 F1 91 48 57 2D 42" \(HW-B\)/);
});

Deno.test("updateNode() takes one node for one, whatever its bus repeats, delays or loses", () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { end } = runTwins(0, {
      twins: [],
      seed,
      behaviours: [{ responsePendingAfterMs: 1 }],
      faults: {
        duplicateRatio: 0.02,
        transmitDuplicateRatio: 0.02,
        lossRatio: 0.002,
        delayRatio: 0.05,
        delayMsMean: 5,
      },
    });
    strictEqual(end?.type, "nodeDone", JSON.stringify(end));
  }
});

Deno.test("updateNode() listens for P2 from the first answer before anything is changed", () => {
  const { events, records } = runBench({ image: IMAGE, application: OLD, behaviours: [{}] });
  const answered = records.find(({ frame }) => frame.id === 0x400)!;
  const found = events.find((event) => event.type === "nodePhase" && event.phase === "found")!;
  ok(found.atMs - answered.atMs >= 50);
  deepStrictEqual(events.filter(({ type }) => type === "nodeRefused"), []);
});
