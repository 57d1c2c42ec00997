/** Nodes that erase within RequestDownload, and what comes beside an erase. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { tap } from "rxjs";
import {
  buildProfile,
  BUILT_IN_PROFILE_TEXTS,
  changeProfile,
  type NodeContext,
  type ProfileChange,
  updateNode,
  type UpdateProfile,
} from "../../../src/update/mod.ts";
import { checksum } from "../../../src/codec/mod.ts";
import { bytesToHex } from "../../../src/core/mod.ts";
import { longestEraseMs } from "../../../src/update/node/erase_bounds.ts";
import { findDevice, planFlash } from "../../../src/stm32/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../support/host_bench.ts";
import {
  type Answers,
  asked,
  type Conversation,
  converse,
  SEGMENT_BYTES,
  told,
} from "./_conversation.ts";

const ONCE = { ...ISO14229_PROFILE.timing, segmentAttemptsMax: 1, nodeAttemptsMax: 1 };

function built(change: ProfileChange): UpdateProfile {
  const { profile, problems } = buildProfile(
    "mine",
    changeProfile(BUILT_IN_PROFILE_TEXTS.get("iso14229")!, change),
  );
  deepStrictEqual(problems, []);
  return profile;
}

const PROFILE = built({ erase: "none" });
const first = (count: number, answer: string) => (i: number) => i < count ? answer : undefined;

function stateOf(answers: Answers): string {
  const end = converse({ profile: { ...PROFILE, timing: ONCE }, answers }).events.at(-1)!;
  return "state" in end ? end.state : end.type;
}

/** Erases that waited for their turn, or were done in it. */
function turnsOf(profile: UpdateProfile, answers: Answers = {}): Conversation & { turns: number } {
  let turns = 0;
  const conversation = converse({
    imageBytes: 2 * SEGMENT_BYTES,
    profile,
    answers,
    talk: (context) =>
      updateNode({
        ...context,
        eraseTurns: {
          take: (erase$) => erase$.pipe(tap({ subscribe: () => void turns++ })),
        } as NodeContext["eraseTurns"] & object,
      }),
  });
  return { ...conversation, turns };
}

Deno.test("updateNode() has a node erase within RequestDownload, in its turn", () => {
  const run = turnsOf(PROFILE);
  strictEqual(
    asked(run),
    "3 check, download, 5 block, exit, check, download, 5 block, exit, check, dependencies, " +
      "reset, version?",
  );
  strictEqual(run.turns, 2);
  strictEqual(turnsOf(ISO14229_PROFILE).turns, 2);
});

Deno.test("updateNode() announces an erase within RequestDownload before each of them", () => {
  const run = turnsOf(PROFILE, { "34": first(1, "7F 34 72") });
  ok(told(run).includes("0 erasing 1, 0 writing 1, 0 waitingToRetry 1"), told(run));
  ok(told(run).includes("0 erasing 2, 0 writing 2"), told(run));
});

Deno.test("updateNode() waits for RequestDownload as long as an erase may take, where it is one", () => {
  const plan = planFlash({
    image: imageFor(G474, SEGMENT_BYTES, 1),
    geometry: findDevice(G474.device),
    layout: G474.layout,
  });
  const longestMs = longestEraseMs({ plan, profile: PROFILE }, plan.segments[0]!);
  const waitedMs = (profile: UpdateProfile): number => {
    const { requests, times } = converse({ profile, answers: { "34": first(1, "silence") } });
    const [one, two] = times.filter((_, i) => requests[i]!.startsWith("34"));
    return two! - one! - 10;
  };
  strictEqual(Math.round(waitedMs(PROFILE)), Math.round(longestMs));
  strictEqual(Math.round(waitedMs(ISO14229_PROFILE)), 100);
});

Deno.test("updateNode() knows what a node holds that erases within RequestDownload", () => {
  strictEqual(stateOf({ "34": () => "7F 34 31" }), "oldImage");
  strictEqual(stateOf({ "34": () => "7F 34 72" }), "eraseUnconfirmed");
  strictEqual(stateOf({ "34": () => "silence" }), "eraseUnconfirmed");
  strictEqual(stateOf({ "34": () => "7F 34 78, 7F 34 31 after 20" }), "eraseUnconfirmed");
  strictEqual(stateOf({ "36": () => "7F 36 72" }), "bootloader");
});

Deno.test("updateNode() does what comes before and behind an erase, each time", () => {
  const profile = built({
    erase: { before: ["31 01 03 01"], after: ["31 01 03 02", { waitMs: 700 }] },
  });
  const run = converse({
    profile,
    answers: { "31 01 03": (_, request) => `71 ${request.slice(3)}` },
  });
  ok(asked(run).startsWith("check, 31 01 03 01, erase, 31 01 03 02, download"), asked(run));
  const { requests, times } = run;
  const at = requests.findIndex((request) => request.startsWith("34"));
  ok(times[at]! - times[at - 1]! >= 700);
  strictEqual(run.events.at(-1)?.type, "nodeDone");
});

Deno.test("updateNode() reads answers of another form than the standard's", () => {
  const profile = built({ erase: { answer: "71 {status:1}" } });
  const run = converse({ profile, answers: { "31 01 FF 00": () => "71 00" } });
  strictEqual(run.events.at(-1)?.type, "nodeDone");
});

Deno.test("updateNode() expects no form of an answer that it did not ask for", () => {
  const profile = built({ finish: [{ request: "31 81 FF 01", answer: "71 {any:3}" }, "11 01"] });
  const run = converse({ profile, answers: { "31 81": () => "silence" } });
  strictEqual(run.events.at(-1)?.type, "nodeDone");
});

Deno.test("updateNode() compares itself where a node reports its checksum", () => {
  const { data } = imageFor(G474, SEGMENT_BYTES, 1).ranges[0]!;
  const sum = bytesToHex(checksum("crc32", data));
  const profile = built({ check: { mode: "report" } });
  const report = (...sums: readonly string[]): Conversation =>
    converse({
      profile,
      answers: { "31 01 02 02": (i) => `71 01 02 02 ${sums[Math.min(i, sums.length - 1)]}` },
    });
  strictEqual(told(report(sum)).split(", ").at(-1), "up to date");
  strictEqual(told(report("00 00 00 00", sum)).split(", ").at(-1), "done");
  const end = report("00 00 00 00").events.at(-1)!;
  strictEqual("error" in end && end.error.code, "VERIFY_MISMATCH");
});

Deno.test("updateNode() asks about neighbours at once as far as the size that can be stated reaches", () => {
  const profile = built({
    check: { request: "31 01 02 02 44 {address:4} {size:2} {checksum:4}" },
  });
  const questions = (imageBytes: number): number => {
    const answers = { "31 01 02 02": () => "71 01 02 02 00" };
    return converse({ imageBytes, profile, answers }).requests
      .filter((request) => request.startsWith("31 01 02 02")).length;
  };
  deepStrictEqual([0xFFF0, 0xFFF8, 0x1_0000].map(questions), [1, 1, 2]);
});
