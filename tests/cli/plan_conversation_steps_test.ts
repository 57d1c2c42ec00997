import { match, strictEqual } from "node:assert/strict";
import { runCanvoy } from "../support/canvoy_run.ts";
import { withProfileBench } from "../support/profile_bench.ts";

/** What is said; the profile; how that is shown. */
const SHOWN: readonly (readonly [string, readonly string[], readonly RegExp[]])[] = [
  ["a record, a pause, a hurry and patience for a seed and its key", [
    "    enter:",
    "      - 10 02",
    "      - { securityAccess: 1, record: AA 55, keyAfterMs: 100, seedMsMax: 5000, delayMs: 60000 }",
  ], [
    /\n {2}27 01 AA 55\n.*\n {6}good: 67 01 and the seed, its key follows 100 ms later, /,
    /, asked for again where no key follows within 5000 ms, /,
    /, 37, or 36 to the first, is waited out for 1:00 min, 2 times at most; P2 /,
    /\n {2}27 02 \.\.\.\n/,
  ]],
  ["waits of one request", [
    '    finish: [{ request: "31 01 FF 01", p2Ms: 500, p2StarMs: 700, timeoutMs: 9000 }, "11 01"]',
    "    timing: { busyMsMax: 20000 }",
  ], [
    /\n {6}good: 71 01 FF 01, status 00, 21 is borne for 20.0 s; P2 500 ms, P2\* 700 ms, 9.0 s in/,
  ]],
  ["conditions, and a record that tells that a check is through", [
    "    conditions: [{ name: supply voltage, did: 0xF442, bytes: 2, min: 11, unit: V }]",
    "    check: { poll: { until: { did: 0xF1A0, mask: 0x01, is: 1 } } }",
  ], [
    /\n {2}22 F4 42\n.*\n {6}good: 62 F4 42 .*, supply voltage must be at least 11 V, or the node is r/,
    /\n {6}conditions\[0\] \(.*fleet.yaml:/,
    /the first answer means not ready: asked again every 100 ms by 22 F1 A0 until that is 1, /,
  ]],
  ["both ways of a step that an answer decides over", [
    '    enter: ["10 02", { request: "2E F1 5A 00", when: { name: wish, did: 0xDD01, is: 1 } }]',
  ], [
    /\n {2}22 DD 01\n.*\n.* where wish is 1, enter\[1\] follows, else enter\[1\] is left out; /,
    /\n {6}enter\[1\]\.when \(.*fleet.yaml:\d+:\d+\)\n {2}2E F1 5A 00\n/,
  ]],
  ["what a node tells for later, and a node that is asked until it answers", [
    "    enter:",
    '      - { request: "10 02", knock: { everyMs: 10, forMs: 2000 } }',
    '      - { request: "22 DD 07", answer: "62 DD 07 {nonce:4}", keep: [nonce] }',
    '      - { securityAccess: 1, record: "01 {nonce:4}" }',
    '      - "2E F1 5A {nonce:4}"',
  ], [
    /\n {2}10 02\n.*\n.*; asked every 10 ms until it is answered, for 2.0 s\n/,
    /\n {2}22 DD 07\n.*\n {6}good: 62 DD 07 \{nonce:4\} and what it is, \{nonce\} is kept; /,
    /\n {2}2E F1 5A \{nonce\}\n/,
    /\n {2}27 01 01 \{nonce\}\n/,
  ]],
  ["least gaps", ["    timing: { frameGapUsMin: 400, requestGapMsMin: 15 }"], [
    /\nAt least 400 us between consecutive frames \(timing.frameGapUsMin\)\.\n/,
    /\nAt least 15 ms between an answer and the next request \(timing.requestGapMsMin\)\.\n/,
  ]],
];

for (const [what, profile, shown] of SHOWN) {
  Deno.test(`plan --conversation tells ${what}`, async () => {
    const profiles = ["  ours:", ...profile].join("\n");
    await withProfileBench({ profiles }, async ({ fleet }) => {
      const text = Deno.readTextFileSync(fleet).replace(
        "security: none",
        'security: { xor: "A5" }',
      );
      Deno.writeTextFileSync(fleet, text);
      const { status, stdout, stderr } = await runCanvoy(["plan", fleet, "--conversation", "node"]);
      strictEqual(status, 0, stderr);
      for (const one of shown) match(stdout, one);
    });
  });
}
