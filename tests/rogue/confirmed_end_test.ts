/** A node is through once it says that it is what a signed release is for, and has it. */
import { match, ok, strictEqual } from "node:assert/strict";
import { judgeDone } from "./judgement.ts";
import { RogueBench, rogueImage, type RogueRun } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

const BASE = 0x0800_8000;

/** An update with release 7 for HW-A, of a node that tells its release where it has been told so. */
function updateByRelease(rogue: RogueOptions): { bench: RogueBench; run: RogueRun } {
  const bench = new RogueBench({
    rogue,
    node: "hardware: HW-A",
    profile: "identity: { sequenceDid: 0xF1F0 }",
  });
  const data = rogueImage(BASE, 40 * 1024, 2);
  const image = { ranges: [{ start: BASE, end: BASE + data.length, data }] };
  const component = { name: "app", hardware: "HW-A", version: "2.0.0", requires: [] };
  const release = {
    vendor: "example.com",
    sequenceNumber: 7,
    description: "",
    components: [component],
    images: new Map([["app", image]]),
  };
  return { bench, run: bench.update({ release: { release } }) };
}

const SIX = { moreData: { "F1 F0": "00 00 00 06" } };
const SEVEN = { on: "22 F1 F0", data: "62 F1 F0 00 00 00 07", phase: "afterReset" } as const;

Deno.test("signed release: a node that tells hardware and release as it should is through", () => {
  const { bench, run } = updateByRelease({ ...SIX, reply: [SEVEN] });
  judgeDone(bench, run);
  const asked = bench.node.log.of("22 F1 91").filter(({ atMs }) =>
    atMs > bench.node.life.resetAtMs.at(-1)!
  );
  strictEqual(asked.length, 1, "its hardware is asked once more");
});

Deno.test("signed release: a node that tells other hardware once it runs the new image has failed", () => {
  const other = { on: "22 F1 91", data: "62 F1 91 48 57 2D 42", phase: "afterReset" } as const;
  const { run } = updateByRelease({ ...SIX, reply: [SEVEN, other] });
  strictEqual(run.node.error?.code, "ACTIVATION");
  match(run.node.error.message, /hardware "HW-B", "HW-A" was expected/);
  strictEqual(run.node.endState, "newImageUnconfirmed");
});

Deno.test("signed release: a node that tells another release at the end, or none, has failed", () => {
  const { run: older } = updateByRelease(SIX);
  match(older.node.error?.message ?? "", /release "6", "7" was expected/);
  const { run: mute } = updateByRelease({});
  match(mute.node.error?.message ?? "", /no release, "7" was expected/);
  for (const { node } of [older, mute]) {
    strictEqual(node.error?.code, "ACTIVATION");
    ok(node.endState === "newImageUnconfirmed", node.endState);
  }
});
