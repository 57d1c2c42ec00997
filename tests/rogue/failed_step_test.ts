/** A node fails at a step of the user's profile: the failure names it, with its place in the file. */
import { match, strictEqual } from "node:assert/strict";
import { RogueBench, type RogueBenchOptions } from "./rogue_bench.ts";

/** Fails at what; the step that is named; whether the user's file says it. */
const FAILURES: readonly (readonly [string, RogueBenchOptions, string, boolean])[] = [
  [
    "an own step of enter",
    {
      profile: 'enter: ["10 02", "31 01 02 03"], timing: { nodeAttemptsMax: 1 }',
      security: "none",
      rogue: { needsNoKey: true, refuse: [{ on: "31 01 02 03", nrc: 0x31 }] },
    },
    "enter[1]",
    true,
  ],
  [
    "an erase with an own status",
    {
      profile: "erase: { good: [0x05] }",
    },
    "erase",
    true,
  ],
  [
    "a download as the base profile has it",
    {
      profile: "timing: { segmentAttemptsMax: 2 }",
      rogue: { refuse: [{ on: "34", nrc: 0x31 }] },
    },
    "download.request",
    false,
  ],
  [
    "an own check that is answered by silence",
    {
      profile: 'check: { request: "31 01 02 05 44 {address:4} {size:4} {checksum:4}" }, ' +
        "timing: { segmentAttemptsMax: 1, nodeAttemptsMax: 1 }",
      rogue: { ignore: [{ on: "31 01 02 05" }] },
    },
    "check",
    true,
  ],
  [
    "an own step of finish",
    {
      profile: 'finish: ["31 01 FF 01", "31 01 FF 07", "11 01"]',
      rogue: { refuse: [{ on: "31 01 FF 07", nrc: 0x31 }] },
    },
    "finish[1]",
    true,
  ],
  [
    "an application that never starts",
    {
      profile: "timing: { activationMsMax: 900 }",
      rogue: { neverStarts: true },
    },
    "identity.versionDid",
    false,
  ],
];

for (const [what, options, step, isOwn] of FAILURES) {
  Deno.test(`${what}: the failure names ${step} and its place`, () => {
    const { node } = new RogueBench(options).update();
    strictEqual(node.phase, "failed");
    strictEqual(node.error?.step, step, node.error?.message);
    const words = step.replaceAll(/[.[\]]/g, "\\$&");
    const place = isOwn ? "fleet\\.yaml:4:\\d+" : "as its base profile has it";
    match(node.error.message, new RegExp(` \\(${words} of profile mine, ${place}\\)$`));
    strictEqual(node.error.place !== undefined, isOwn);
  });
}
