/** What becomes of a profile's text: steps, answers, blocks, and where each mistake is said to be. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../../src/core/mod.ts";
import { findDevice, planFlash } from "../../../../src/stm32/mod.ts";
import { expandRequest } from "../../../../src/uds/mod.ts";
import {
  buildProfile,
  BUILT_IN_PROFILE_TEXTS,
  changeProfile,
  type ProfileChange,
  segmentForProfile,
  type UpdateProfile,
} from "../../../../src/update/mod.ts";
import { judgeAnswer } from "../../../../src/update/profiles/answer.ts";
import { isAnswered } from "../../../../src/update/profiles/functional_requests.ts";
import { G474, imageFor } from "../../../support/host_bench.ts";

const BASE = BUILT_IN_PROFILE_TEXTS.get("iso14229")!;
const ALL = Array.from({ length: 256 }, (_, byte) => byte);

function built(change: ProfileChange): UpdateProfile {
  const { profile, problems } = buildProfile("mine", changeProfile(BASE, change));
  deepStrictEqual(problems, []);
  return profile;
}

/** Mistakes: "where: what". */
function mistakes(change: ProfileChange): readonly string[] {
  return buildProfile("mine", changeProfile(BASE, change)).problems
    .map(({ path, message }) => `${path.join(".")}: ${message}`);
}

Deno.test("buildProfile() takes each kind of step for what it is", () => {
  const { enter } = built({
    enter: [{ authentication: "apce" }, { securityAccess: 3 }, { waitMs: 5 }, "10 02"],
  });
  deepStrictEqual(enter.slice(0, 3), [
    { kind: "authentication", key: "enter[0]" },
    { kind: "securityAccess", level: 3, key: "enter[1]" },
    { kind: "wait", delayMs: 5, key: "enter[2]" },
  ]);
  strictEqual(enter[3]?.kind, "request");
});

Deno.test("buildProfile() reads the answer of a step where it says anything of it", () => {
  const { enter } = built({
    enter: [
      { request: "10 02", good: "any" },
      { request: "10 02", good: "any", answer: "50 02" },
      { request: "10 02", good: [4] },
    ],
  });
  const answers = enter.map((step) => step.kind === "request" ? step.answer : undefined);
  strictEqual(answers[0], undefined);
  deepStrictEqual([answers[1]?.response?.text, answers[1]?.good], ["50 02", ALL]);
  deepStrictEqual([answers[2]?.response, answers[2]?.good], [undefined, [4]]);
});

Deno.test("buildProfile() names the key of each answer, for who is told of it", () => {
  const profile = built({
    enter: ["10 02", { request: "31 01 02 03", good: [1] }],
    banks: { confirm: [{ request: "31 01 42 43", good: [2] }] },
  });
  const keyOf = (steps: UpdateProfile["enter"], i: number): string | undefined => {
    const step = steps[i];
    return step?.kind === "request" ? step.answer?.key : undefined;
  };
  strictEqual(keyOf(profile.enter, 1), "enter[1]");
  strictEqual(keyOf(profile.banks!.confirm, 0), "banks.confirm[0]");
  strictEqual(keyOf(profile.banks!.swap, 0), "banks.swap[0]");
  strictEqual(keyOf(profile.finish, 1), "finish[1]");
  strictEqual(profile.erase.answer.key, "erase");
});

Deno.test("buildProfile() takes an erase with what comes beside it, and none", () => {
  const { erase } = built({
    erase: { first: "vectors", before: ["31 01 03 01", { waitMs: 20 }], after: [{ waitMs: 30 }] },
  });
  strictEqual(erase.first, "vectors");
  deepStrictEqual(erase.before.map(({ kind }) => kind), ["request", "wait"]);
  deepStrictEqual(erase.before[1], { kind: "wait", delayMs: 20 });
  deepStrictEqual(erase.after, [{ kind: "wait", delayMs: 30 }]);
  ok(!("first" in built({}).erase));
  ok(!("first" in built({ erase: { first: "lowest" } }).erase));

  deepStrictEqual(built({ erase: "none" }).erase, {
    scope: "segment",
    before: [],
    answer: { good: ALL, busy: [] },
    after: [],
  });
  strictEqual(built({ erase: "none", download: { unit: "image" } }).erase.scope, "image");
  deepStrictEqual(mistakes({ erase: "none", group: {} }), [
    "erase: expected a request: a node that takes groups is erased before each",
  ]);
});

Deno.test("buildProfile() counts blocks as the text says", () => {
  const blockOf = (block: object) =>
    built({ download: { block: { request: "36 {counter:1} {data}", ...block } } }).download.block;
  strictEqual(blockOf({}).counter, undefined);
  deepStrictEqual(blockOf({ counter: { goesOn: true } }).counter, {
    first: 1,
    wrapsTo: 0,
    goesOn: true,
  });
  deepStrictEqual(blockOf({ counter: { first: 0, wrapsTo: 1 } }).counter, {
    first: 0,
    wrapsTo: 1,
    goesOn: false,
  });
  const bare = blockOf({ request: "36 {data}", counter: "none" });
  strictEqual(bare.counter, undefined);
  strictEqual(bare.answer, undefined);
  const answered = blockOf({ answer: "76 {counter:1} {status:1}" });
  strictEqual(answered.response?.text, "76 {counter:1} {status:1}");
  deepStrictEqual([answered.answer?.key, answered.answer?.good], ["download.block", ALL]);
});

const crc = { width: 16, polynomial: 0x1021 } as const;

/** What is wrong, and where that is said to be. */
const MISTAKES: readonly (readonly [string, ProfileChange, readonly string[]])[] = [
  ["data where a transfer ends", { download: { exit: "37 {data}" } }, ["download.exit"]],
  ["a checksum there that nothing makes", {
    check: "none",
    download: { exit: "37 {checksum:4}" },
  }, ["download.exit"]],
  ["a checksum there of another length", {
    download: { exit: { request: "37 {checksum:4}", algorithm: "sum16" } },
  }, ["download.exit.request"]],
  ["one in its answer", {
    download: { exit: { request: "37", algorithm: "sum16", answer: "77 {checksum:4}" } },
  }, ["download.exit.answer"]],
  ["a polynomial there that is too long", {
    download: { exit: { request: "37", algorithm: { ...crc, polynomial: 0x1_0000 } } },
  }, ["download.exit.algorithm.polynomial"]],
  ["a counter in the answer to RequestDownload", {
    download: { answer: "74 {counter:1}" },
  }, ["download.answer"]],
  ["a checksum in the answer to a block that nothing makes", {
    download: { block: { request: "36 {counter:1} {data}", answer: "76 {checksum:4}" } },
  }, ["download.block.answer"]],
  ["a step of half a byte", { enter: ["10 02", "10 0"] }, ["enter.1"]],
  ["a step of the end", { finish: ["11 0"] }, ["finish.0"]],
  ["a step of an exchange of banks", { banks: { swap: ["31 0"] } }, ["banks.swap.0"]],
  ["a step of their confirmation", { banks: { confirm: ["31 0"] } }, ["banks.confirm.0"]],
  ["a step before an erase", { erase: { before: ["31 0"] } }, ["erase.before.0"]],
  ["a question", { erase: { poll: { request: "31 0" } } }, ["erase.poll.request"]],
  ["an answer", { erase: { answer: "61 {status:1}" } }, ["erase.answer"]],
  ["an answer to nothing", { erase: { request: "{size:4} FF", answer: "71 01" } }, [
    "erase.request",
  ]],
  ["an answer that is empty", { erase: { answer: "" } }, ["erase.answer"]],
  ["an answer that begins with its status", { erase: { answer: "{status:1} 71" } }, [
    "erase.answer",
  ]],
  ["a polynomial of the right length", { check: { algorithm: { ...crc, polynomial: 0xFFFF } } }, [
    "check.request",
  ]],
  ["a polynomial that is too long", { check: { algorithm: { ...crc, polynomial: 0x1_0000 } } }, [
    "check.algorithm.polynomial",
    "check.request",
  ]],
  [
    "the same of a block",
    {
      download: {
        block: {
          request: "36 {counter:1} {data} {checksum:2}",
          algorithm: { ...crc, initial: 0x1_0000 },
        },
      },
    },
    ["download.block.algorithm.initial"],
  ],
  [
    "a counter that only the answer has",
    {
      download: {
        block: { request: "36 {data}", counter: "none", answer: "76 {counter:1}" },
      },
    },
    ["download.block.answer"],
  ],
];

for (const [what, change, paths] of MISTAKES) {
  Deno.test(`buildProfile() says where the mistake is: ${what}`, () => {
    deepStrictEqual(mistakes(change).map((text) => text.split(": ")[0]).toSorted(), paths);
  });
}

Deno.test("buildProfile() asks again with the question that the text names", () => {
  const poll =
    built({ erase: { poll: { request: "31 03 FF 00", always: true } } }).erase.answer.poll;
  strictEqual(bytesToHex(expandRequest(poll!.request!, {})), "31 03 FF 00");
  deepStrictEqual([poll?.intervalMs, poll?.notReadyNrcs, poll?.always], [100, [], true]);
  ok(!("poll" in built({}).erase.answer));
});

Deno.test("judgeAnswer() finds the status where the profile says that it is", () => {
  const rule = built({ erase: { answer: "71 {status:1}", busy: [2], bad: [1] } }).erase.answer;
  const verdict = (response: string) => judgeAnswer(rule, hexToBytes(response));
  deepStrictEqual(verdict("71 00"), { kind: "good" });
  deepStrictEqual(verdict("71 02"), { kind: "busy" });
  deepStrictEqual(verdict("71 01"), { kind: "bad", state: "status 0x01", isUnknown: false });
  deepStrictEqual(verdict("71"), {
    kind: "bad",
    state: "answers other than the profile's erase.answer, 71 {status:1}",
    isUnknown: true,
  });
  const mute = built({ erase: { answer: "71 01 FF 00 {any:1}" } }).erase.answer;
  deepStrictEqual(judgeAnswer(mute, hexToBytes("71 01 FF 00 07")), { kind: "good" });
});

Deno.test("judgeAnswer() compares what an answer repeats with what is expected, numbers by value", () => {
  const { answer, exitAnswer, block } = built({
    download: {
      answer: "74 20 {maxNumberOfBlockLength:2} {address:4} {size:3le}",
      exit: { request: "37", answer: "77 {status:1} {checksum:4}" },
      block: { request: "36 {counter:1} {data}", answer: "76 {counter:1} {size:2}" },
    },
  }).download;
  const begun = (response: string) =>
    judgeAnswer(answer!, hexToBytes(response), { address: 0x0800_8000, size: 0x1234 });
  deepStrictEqual(begun("74 20 0F FF 08 00 80 00 34 12 00"), { kind: "good" });
  deepStrictEqual(begun("74 20 0F FF 08 00 80 00 12 34 00"), {
    kind: "different",
    state: "{size} 0x003412 where 0x001234 was expected: the profile's download.answer",
  });
  const ended = (response: string) =>
    judgeAnswer(exitAnswer!, hexToBytes(response), { checksum: hexToBytes("01 02 03 04") });
  deepStrictEqual(ended("77 00 01 02 03 04"), { kind: "good" });
  deepStrictEqual(ended("77 00 01 02 03 05"), {
    kind: "different",
    state:
      "{checksum} 0x01020305 where 0x01020304 was expected: the profile's download.exit.answer",
  });
  deepStrictEqual(ended("77 07 01 02 03 05"), {
    kind: "bad",
    state: "status 0x07 is none that the profile knows: its download.exit.good is [0x00]",
    isUnknown: true,
  });
  deepStrictEqual(judgeAnswer(block.answer!, hexToBytes("76 01 00 05"), {}), { kind: "good" });
});

Deno.test("buildProfile() takes the exit's algorithm where a checksum is named, the check's by default", () => {
  const algorithmOf = (exit: string | { request: string; algorithm?: "sum16" }) =>
    built({ download: { exit } }).download.exitAlgorithm;
  strictEqual(algorithmOf("37"), undefined);
  strictEqual(algorithmOf({ request: "37", algorithm: "sum16" }), undefined);
  strictEqual(algorithmOf("37 {checksum:4}"), "crc32");
  strictEqual(algorithmOf({ request: "37 {checksum:2}", algorithm: "sum16" }), "sum16");
  strictEqual(built({ download: { exit: "37" } }).download.exitAnswer, undefined);
});

Deno.test("isAnswered() knows requests that ask for no positive response", () => {
  strictEqual(isAnswered(hexToBytes("10 03")), true);
  strictEqual(isAnswered(hexToBytes("10 83")), false);
});

Deno.test("segmentForProfile() keeps of segments that become one that the vector table is there", () => {
  const plan = planFlash({
    image: imageFor(G474, 40 * 1024, 1),
    geometry: findDevice(G474.device),
    layout: G474.layout,
  });
  const whole = segmentForProfile(plan, built({ download: { unit: "image" } }));
  deepStrictEqual(whole.segments.map(({ holdsVectorTable }) => holdsVectorTable), [true]);
});
