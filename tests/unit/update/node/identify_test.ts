import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { EMPTY } from "rxjs";
import { type CanvoyError, VirtualClock } from "../../../../src/core/mod.ts";
import { findDevice, planFlash } from "../../../../src/stm32/mod.ts";
import { createUdsClient } from "../../../../src/uds/mod.ts";
import { confirmHardware, confirmRelease, identify } from "../../../../src/update/node/identify.ts";
import type { NodeContext, NodeJob } from "../../../../src/update/mod.ts";
import { eventsOf, inOrder, type Step } from "../../../../src/update/node/step.ts";
import { ISO14229_PROFILE } from "../../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../../support/host_bench.ts";
import { ScriptedLink } from "../../uds/scripted_link.ts";

const SEQUENCE_DID = 0xF1F0;
const PROFILE = {
  ...ISO14229_PROFILE,
  identity: { ...ISO14229_PROFILE.identity, sequenceDid: SEQUENCE_DID },
};
const JOB: NodeJob = {
  plan: planFlash({
    image: imageFor(G474, 1024, 1),
    geometry: findDevice(G474.device),
    layout: G474.layout,
  }),
  profile: PROFILE,
  blockNumber: 1,
  fingerprint: new Uint8Array(4),
  expectedHardware: "GW-446-C",
  release: { sequenceNumber: 7, allowDowngrade: false },
};

/** What a node tells, by data identifier: text or bytes; it refuses every other question. */
type Told = Readonly<Record<number, string | readonly number[]>>;

/** What a node refuses each question with until then. */
interface Starting {
  readonly untilMs: number;
  readonly nrc: number;
}

/** Code and message of the error that asking ends with; the last event's type where it has none. */
function ask(
  told: Told,
  question: (context: NodeContext) => Step<unknown>,
  job: NodeJob = JOB,
  starting: Starting = { untilMs: 0, nrc: 0 },
): readonly [string, string?] {
  const clock = new VirtualClock();
  const link = new ScriptedLink(clock, (request) => {
    const answer = told[request[1]! * 256 + request[2]!];
    const data = typeof answer === "string" ? new TextEncoder().encode(answer) : answer;
    const bytes = clock.now() < starting.untilMs
      ? [0x7F, 0x22, starting.nrc]
      : data === undefined
      ? [0x7F, 0x22, 0x31]
      : [0x62, request[1]!, request[2]!, ...data];
    return [{ afterMs: 1, message: Uint8Array.from(bytes).toHex() }];
  });
  let outcome: readonly [string, string?] = ["nothing"];
  eventsOf(question({
    clock,
    cancellation: { requested: false, requested$: EMPTY },
    begin$: EMPTY,
    hold$: EMPTY,
    announced$: EMPTY,
    connection: {
      client: createUdsClient({ link, clock, timing: { p2Ms: 100 } }),
      setPriority: () => {},
      close: () => {},
    },
    job,
  })).subscribe({
    next: ({ type }) => outcome = [type],
    error: (error: unknown) => outcome = [(error as CanvoyError).code, (error as Error).message],
  });
  clock.run();
  return outcome;
}

const HARDWARE = 0xF191;
const PART = 0xF187;
const VERSION = 0xF189;

Deno.test("identify() takes hardware that differs by padding alone", () => {
  for (const hardware of ["GW-446-C", "GW-446-C\0\0", " GW-446-C ", [..."GW-446-C"].map(code)]) {
    deepStrictEqual(ask({ [HARDWARE]: hardware }, identify), ["nodeIdentified"]);
  }
  const padded = [...[..."GW-446-C"].map(code), 0xFF, 0xFF];
  deepStrictEqual(ask({ [HARDWARE]: padded }, identify), ["nodeIdentified"]);
});

Deno.test("identify() asks a node that only starts again, and no other", () => {
  const told = { [HARDWARE]: "GW-446-C" };
  for (const nrc of [0x21, 0x22]) {
    deepStrictEqual(ask(told, identify, JOB, { untilMs: 700, nrc }), ["nodeIdentified"]);
    const [outcome] = ask(told, identify, JOB, { untilMs: Infinity, nrc });
    strictEqual(outcome, "WRONG_HARDWARE", "not for ever");
  }
  const [outcome] = ask(told, identify, JOB, { untilMs: 700, nrc: 0x31 });
  strictEqual(outcome, "WRONG_HARDWARE");
});

function code(character: string): number {
  return character.charCodeAt(0);
}

const LOOK_ALIKES: readonly (readonly [string, string | readonly number[], string])[] = [
  ["a byte that is no text within", "GW-446\x01-C", 'is "GW-446\\x01-C"'],
  ["a zero within", "GW-446\0-C", 'is "GW-446\\x00-C"'],
  ["letters of another alphabet", "GW-446-С", 'is "GW-446-\\xD0\\xA1"'],
  ["other case", "gw-446-c", 'is "gw-446-c"'],
  ["more behind it", "GW-446-C1", 'is "GW-446-C1"'],
  ["padding alone", "\0\0", 'is ""'],
];

for (const [what, hardware, state] of LOOK_ALIKES) {
  Deno.test(`identify() refuses hardware with ${what}`, () => {
    deepStrictEqual(ask({ [HARDWARE]: hardware }, identify), [
      "WRONG_HARDWARE",
      `Cannot update node: its hardware ${state}, the fleet file says "GW-446-C"`,
    ]);
  });
}

Deno.test("identify() refuses a node that does not tell its hardware, whatever is expected", () => {
  for (const expectedHardware of ["GW-446-C", "not told", "undefined"]) {
    deepStrictEqual(ask({}, identify, { ...JOB, expectedHardware }), [
      "WRONG_HARDWARE",
      `Cannot update node: its hardware is not told, the fleet file says "${expectedHardware}"`,
    ]);
  }
});

Deno.test("identify() refuses a part that differs, or is not told", () => {
  const job = { ...JOB, expectedPart: "4711-01" };
  const told = { [HARDWARE]: "GW-446-C" };
  deepStrictEqual(ask({ ...told, [PART]: "4711-01" }, identify, job), ["nodeIdentified"]);
  strictEqual(ask({ ...told, [PART]: "4711-02" }, identify, job)[0], "WRONG_HARDWARE");
  strictEqual(ask(told, identify, job)[0], "WRONG_HARDWARE");
});

for (
  const [what, sequence, isRefused] of [
    ["an older one", [6], false],
    ["the same one", [0, 0, 0, 7], false],
    ["a newer one", [0, 0, 0, 8], true],
    ["the same one in 12 bytes", [...new Array(11).fill(0), 7], false],
    ["a newer one in 12 bytes", [...new Array(11).fill(0), 8], true],
    ["one of more than 6 bytes", [1, 0, 0, 0, 0, 0, 7], true],
    ["the largest of 4 bytes", [255, 255, 255, 255], true],
    ["one beyond what numbers hold exactly", new Array(200).fill(255), true],
  ] as const
) {
  Deno.test(`identify() ${isRefused ? "refuses" : "takes"} a node with ${what} of release 7`, () => {
    const told = { [HARDWARE]: "GW-446-C", [SEQUENCE_DID]: sequence };
    strictEqual(ask(told, identify)[0], isRefused ? "DOWNGRADE" : "nodeIdentified");
  });
}

for (
  const [has, brings, sequence, isRefused] of [
    ["1.9.0", "1.10.0", undefined, false],
    ["1.10.0", "1.9.0", undefined, true],
    ["APP_3", "APP_3", undefined, false],
    ["APP_3", "1.0.0", undefined, true],
    ["APP_3", "APP_2", undefined, true],
    ["1.0.0", "APP_2", undefined, true],
    ["APP_3", "APP_2", 6, false],
    ["APP_3", "APP_2", 8, true],
    ["\xFF\xFF", "APP_2", undefined, false],
    ["APP_3", undefined, undefined, false],
  ] as const
) {
  const what = `version ${has}${sequence === undefined ? "" : ` and release ${sequence}`}`;
  Deno.test(`identify() ${isRefused ? "refuses" : "takes"} a node with ${what}, given ${brings}`, () => {
    const told: Told = {
      [HARDWARE]: "GW-446-C",
      [VERSION]: [...has].map(code),
      ...(sequence === undefined ? {} : { [SEQUENCE_DID]: [sequence] }),
    };
    const job = { ...JOB, ...(brings === undefined ? {} : { expectedVersion: brings }) };
    const [outcome, message = ""] = ask(told, identify, job);
    strictEqual(outcome, isRefused ? "DOWNGRADE" : "nodeIdentified");
    const isUnknown = isRefused && sequence === undefined && `${has}${brings}`.includes("APP");
    strictEqual(message.includes("cannot be told"), isUnknown, message);
    const allowed = { ...job, release: { sequenceNumber: 7, allowDowngrade: true } };
    strictEqual(ask(told, identify, allowed)[0], "nodeIdentified");
  });
}

const confirmAll = (context: NodeContext): Step<void> =>
  inOrder(confirmHardware(context), confirmRelease(context));

Deno.test("confirmHardware(), confirmRelease() take what was flashed, and nothing without a release", () => {
  const told = { [HARDWARE]: "GW-446-C", [SEQUENCE_DID]: [0, 0, 0, 7] };
  deepStrictEqual(ask(told, confirmAll), ["nothing"]);
  const { release: _release, ...plain } = JOB;
  deepStrictEqual(ask({}, confirmAll, plain), ["nothing"]);
});

for (
  const [told, state] of [
    [{ [HARDWARE]: "GW-446-D", [SEQUENCE_DID]: [7] }, 'hardware "GW-446-D", "GW-446-C"'],
    [{ [SEQUENCE_DID]: [7] }, 'no hardware, "GW-446-C"'],
    [{ [HARDWARE]: "GW-446-C", [SEQUENCE_DID]: [6] }, 'release "6", "7"'],
    [{ [HARDWARE]: "GW-446-C" }, 'no release, "7"'],
  ] as const
) {
  Deno.test(`confirmHardware(), confirmRelease() refuse a node that tells ${state}`, () => {
    deepStrictEqual(ask(told, confirmAll), [
      "ACTIVATION",
      `Cannot confirm new application: the node tells ${state} was expected`,
    ]);
  });
}
