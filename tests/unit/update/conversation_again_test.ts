/** Conversations in which something is done again, or not: what an erase is good for, and stops. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { verifyNode } from "../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { asked, type ConversationOptions, converse, SEGMENT_BYTES, told } from "./_conversation.ts";

function expect(options: ConversationOptions, requests: string, events: string): void {
  const conversation = converse(options);
  strictEqual(asked(conversation), requests);
  strictEqual(told(conversation), events);
}

Deno.test("updateNode() erases again in a new session only where the node then takes no data", () => {
  for (const wantsErase of [false, true]) {
    let eraseCount = 0;
    const countErase = (): undefined => void eraseCount++;
    const answers = {
      "31 01 FF 00": countErase,
      "34": (i: number) =>
        i < 3 ? "silence" : wantsErase && eraseCount < 2 ? "7F 34 70" : undefined,
    };
    const conversation = converse({ imageBytes: 300, answers });
    strictEqual(eraseCount, wantsErase ? 2 : 1);
    strictEqual(told(conversation).split(", ").at(-1), "done");
  }
});

Deno.test("updateNode() does not erase again in one session where the node takes no data", () => {
  let eraseCount = 0;
  const countErase = (): undefined => void eraseCount++;
  const timing = { ...ISO14229_PROFILE.timing, segmentAttemptsMax: 3 };
  const answers = { "31 01 FF 00": countErase, "34": () => "7F 34 70" };
  converse({ imageBytes: 300, profile: { timing }, answers });
  strictEqual(eraseCount, 1);
});

Deno.test("updateNode() takes an unknown status for a failure once a good one was seen", () => {
  const answers = [
    "71 01 02 02 01",
    "71 01 02 02 01",
    "71 01 02 02 01",
    "71 01 02 02 00",
    "71 01 02 02 09",
  ];
  expect(
    { imageBytes: 2 * SEGMENT_BYTES, answers: { "31 01 02 02": (i) => answers[i] } },
    "3 check, erase, download, 5 block, exit, check, erase, download, 5 block, exit, " +
      "check, erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 1 checking 1, 0 pending 1, 1 pending 1, 0 erasing 1, 0 " +
      "writing 1, 0 verifying 1, 0 verified 1, 1 erasing 1, 1 writing 1, 1 verifying 1, 1 " +
      "waitingToRetry 1, retry segment 2 after 50: ROUTINE_STATUS, 1 erasing 2, 1 writing " +
      "2, 1 verifying 2, 1 verified 2, imageVerified, activating, done",
  );
  expect(
    {
      imageBytes: 2 * SEGMENT_BYTES,
      answers: { "31 01 FF 00": (i) => i === 1 ? "71 01 FF 00 09" : undefined },
    },
    "3 check, erase, download, 5 block, exit, check, 2 erase, download, 5 block, exit, " +
      "check, dependencies, reset, version?",
    "updating, 0 checking 1, 1 checking 1, 0 pending 1, 1 pending 1, 0 erasing 1, 0 " +
      "writing 1, 0 verifying 1, 0 verified 1, 1 erasing 1, 1 waitingToRetry 1, retry " +
      "segment 2 after 50: ROUTINE_STATUS, 1 erasing 2, 1 writing 2, 1 verifying 2, 1 " +
      "verified 2, imageVerified, activating, done",
  );
});

Deno.test("updateNode() tells the block that a stop let through", () => {
  const { requests } = converse();
  const second = requests.findIndex((request) => request.startsWith("36 02"));
  const { events } = converse({ stopAtRequest: second });
  deepStrictEqual(
    events.flatMap((event) => event.type === "segmentProgress" ? [event.writtenBytes] : []),
    [4064, 8128],
  );
});

Deno.test("updateNode() stops between two parts of a segment, and between two segments", () => {
  const { requests } = converse({ imageBytes: 2 * SEGMENT_BYTES });
  const exit = requests.findIndex((request) => request.startsWith("37"));
  for (let i = exit; i < exit + 3; i++) {
    const stopped = converse({ imageBytes: 2 * SEGMENT_BYTES, stopAtRequest: i });
    strictEqual(
      stopped.requests.filter((request) => request.startsWith("31 01 FF 00")).length,
      1 + Number(i === exit + 2),
    );
    strictEqual(told(stopped).split(", ").at(-1), "cancelled bootloader");
  }
});

Deno.test("updateNode() makes no other try of anything once it is to stop", () => {
  const silent = {
    "36 02": () => "silence",
    "31 01 FF 00": () => "silence",
    "34": () => "silence",
  };
  for (const [begin, answer] of Object.entries(silent)) {
    const answers = { [begin]: answer };
    const at = converse({ answers }).requests.findIndex((request) => request.startsWith(begin));
    const stopped = converse({ answers, stopAtRequest: at });
    strictEqual(
      stopped.requests.filter((request) => request.startsWith(begin)).length <= 2,
      true,
      begin,
    );
    strictEqual(told(stopped).split(", ").at(-1)!.startsWith("cancelled"), true, begin);
  }
  const failing = { "36 02": () => "7F 36 72" };
  const at = converse({ answers: failing }).requests.findIndex((request) =>
    request.startsWith("36 02")
  );
  const stopped = converse({ answers: failing, stopAtRequest: at });
  strictEqual(stopped.requests.slice(at).join(", "), "36 02, 37, 10 01");
});

Deno.test("verifyNode() stopped at any request says nothing of what differs, and leaves the node", () => {
  const { requests } = converse({ talk: verifyNode });
  const ends = requests.map((_, stopAtRequest) => {
    const stopped = converse({ talk: verifyNode, stopAtRequest });
    const rest = stopped.requests.slice(stopAtRequest + 1).map((text) => text.slice(0, 5));
    return `${rest.join(" ")}: ${told(stopped).split(", ").at(-1)}`;
  });
  deepStrictEqual(ends, [
    "22 F1 22 F1 22 F1 10 02 27 01 2E F1 10 01: cancelled untouched",
    "22 F1 22 F1 10 02 27 01 2E F1 10 01: cancelled untouched",
    "22 F1 10 02 27 01 2E F1 10 01: cancelled untouched",
    "10 02 27 01 2E F1 10 01: cancelled untouched",
    "27 01 2E F1 10 01: cancelled untouched",
    "2E F1 10 01: cancelled untouched",
    "10 01: cancelled untouched",
    "10 01: cancelled untouched",
    ": cancelled untouched",
  ]);
  const stopped = converse({
    talk: verifyNode,
    stopAtRequest: 5,
    answers: { "27 01": () => "7F 27 31" },
  });
  strictEqual(told(stopped).split(", ").at(-1), "cancelled untouched");
});

Deno.test("verifyNode() tells what could not be asked before what differs", () => {
  const answers = ["7F 31 31", "71 01 02 02 01", "7F 31 31"];
  for (const order of [answers, [answers[0], answers[2], answers[1]]]) {
    const conversation = converse({
      talk: verifyNode,
      imageBytes: 2 * SEGMENT_BYTES,
      answers: { "31 01 02 02": (i) => order[i] },
    });
    strictEqual(told(conversation).endsWith("negative response 0x31 requestOutOfRange"), true);
  }
});

Deno.test("verifyNode() grants more tries to a node that gets on meanwhile", () => {
  const timing = { ...ISO14229_PROFILE.timing, nodeAttemptsMax: 2 };
  const talk = verifyNode;
  const answers = (...lost: readonly number[]) => ({
    "31 01 02 02": (i: number) => lost.includes(i) ? "7F 31 7F" : "71 01 02 02 01",
  });
  const end = (...lost: readonly number[]) =>
    told(
      converse({
        talk,
        imageBytes: 3 * SEGMENT_BYTES,
        profile: { timing },
        answers: answers(...lost),
      }),
    )
      .split(": ").at(-1);
  strictEqual(end(), "the node holds something else");
  strictEqual(end(0), "the node holds something else");
  strictEqual(end(0, 1), "negative response 0x7F serviceNotSupportedInActiveSession");
  strictEqual(end(0, 4), "the node holds something else");
  strictEqual(end(0, 3, 5), "negative response 0x7F serviceNotSupportedInActiveSession");
});

Deno.test("updateNode() does not erase a blank vector table again in a new session", () => {
  const { erase } = ISO14229_PROFILE;
  const conversation = converse({
    imageBytes: 2 * SEGMENT_BYTES,
    profile: { erase: { ...erase, first: "vectors" } },
    answers: { "36 03": (i) => i === 0 ? "7F 36 7F" : undefined },
  });
  const erases = conversation.requests.filter((request) => request.startsWith("31 01 FF 00"));
  deepStrictEqual(erases.map((request) => request.slice(21, 26)), [
    "80 00",
    "C0 00",
    "C0 00",
  ]);
  strictEqual(told(conversation).split(", ").at(-1), "done");
});

Deno.test("updateNode() knows no refused erase for never begun that was sent twice, or is polled", () => {
  const timing = { ...ISO14229_PROFILE.timing, segmentAttemptsMax: 1, nodeAttemptsMax: 1 };
  const { erase } = ISO14229_PROFILE;
  const poll = { intervalMs: 100, notReadyNrcs: [], always: false };
  const state = (profile: object, answer: (i: number) => string): string =>
    told(converse({ profile: { timing, ...profile }, answers: { "31 01 FF 00": answer } }))
      .split(", ").at(-1)!.split(":")[0]!;
  strictEqual(state({}, () => "7F 31 31"), "failed oldImage");
  strictEqual(state({}, (i) => i === 0 ? "silence" : "7F 31 31"), "failed eraseUnconfirmed");
  const polled = { erase: { ...erase, answer: { ...erase.answer, poll } } };
  strictEqual(state(polled, () => "7F 31 31"), "failed eraseUnconfirmed");
});
