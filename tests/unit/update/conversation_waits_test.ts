/** Conversations about resets, about answers that come late, and about sessions that are over. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { asked, type ConversationOptions, converse, SEGMENT_BYTES, told } from "./_conversation.ts";

/** What is asked once the image is whole, and how that ends. */
function expectEnd(options: ConversationOptions, requests: string, end: string): void {
  const conversation = converse({ imageBytes: 300, ...options });
  const all = asked(conversation);
  strictEqual(all.slice(all.indexOf("dependencies")), requests);
  strictEqual(told(conversation).split("activating, ").at(-1), end);
}

function expect(options: ConversationOptions, requests: string): void {
  strictEqual(asked(converse({ imageBytes: 300, ...options })), requests);
}

/** What a node answers to first ones of its requests: then as usual. */
function first(count: number, answer: string): (i: number) => string | undefined {
  return (i) => i < count ? answer : undefined;
}

Deno.test("updateNode() resets a node again that is silent to it and still in its session", () => {
  const silent = () => "silence";
  expectEnd(
    { answers: { "11 01": silent, "22 F1 86": () => "62 F1 86 02" } },
    "dependencies, reset, session?, reset, session?, reset, session?, version?",
    "done",
  );
  expectEnd(
    { answers: { "11 01": silent, "22 F1 86": first(1, "62 F1 86 03") } },
    "dependencies, reset, session?, reset, session?, version?",
    "done",
  );
  expectEnd(
    { answers: { "11 01": silent, "22 F1 86": () => "62 F1 86 01" } },
    "dependencies, reset, session?, version?",
    "done",
  );
  expectEnd(
    { answers: { "11 01": silent, "22 F1 86": silent } },
    "dependencies, reset, session?, version?",
    "done",
  );
  expectEnd(
    { answers: { "11 01": silent, "22 F1 86": () => "7F 22 31" } },
    "dependencies, reset, session?, version?",
    "done",
  );
});

Deno.test("updateNode() asks for a reset again that is refused for the moment, and believes others", () => {
  expectEnd(
    { answers: { "11 01": first(5, "7F 11 21") } },
    "dependencies, 6 reset, version?",
    "done",
  );
  expectEnd(
    { answers: { "11 01": () => "7F 11 22" } },
    "dependencies, 50 reset",
    'failed newImageUnconfirmed: Cannot complete ECUReset "11 01": negative response ' +
      "0x22 conditionsNotCorrect",
  );
  expectEnd(
    { answers: { "11 01": () => "7F 11 31" } },
    "dependencies, reset, extended session, DTCs off, others silent, programming " +
      "session, seed, fingerprint, dependencies, reset",
    'failed newImageUnconfirmed: Cannot complete ECUReset "11 01": negative response ' +
      "0x31 requestOutOfRange",
  );
});

Deno.test("updateNode() waits behind a question asked twice until all its answers have ended", () => {
  const erase = { "31 01 FF 00": first(1, "silence") };
  expect(
    { answers: { ...erase, "3E 00": first(2, "silence") } },
    "check, 2 erase, 3 present, download, block, exit, check, dependencies, reset, " + "version?",
  );
  expect(
    { answers: { ...erase, "3E 00": () => "silence" } },
    "check, 2 erase, 3 present, download, block, exit, check, dependencies, reset, " + "version?",
  );
  expect(
    { answers: { ...erase, "3E 00": () => "7F 3E 11" } },
    "check, 2 erase, present, download, block, exit, check, dependencies, reset, version?",
  );
  // Behind other questions nothing is asked for P2.
  const { requests, times } = converse({ answers: { "34": first(1, "silence") } });
  const at = requests.findLastIndex((request) => request.startsWith("34"));
  deepStrictEqual(times.slice(at, at + 2).map((ms) => ms - times[at]!), [0, 111]);
});

Deno.test("updateNode() waits longer for an answer each time that it asks", () => {
  const { requests, times } = converse({ answers: { "34": first(2, "silence") } });
  const asks = times.filter((_, i) => requests[i]!.startsWith("34"));
  deepStrictEqual(asks.map((ms) => ms - asks[0]!), [0, 110, 220]);
  const erase = converse({ answers: { "31 01 FF 00": first(2, "silence") } });
  const erases = erase.times.filter((_, i) => erase.requests[i]!.startsWith("31 01 FF 00"));
  deepStrictEqual(erases.map((ms) => Math.round(ms - erases[0]!)), [0, 306, 907]);
});

Deno.test("updateNode() says that a session is over by what a node refuses in it", () => {
  const diedCount = (begin: string, answer: string): number =>
    converse({ imageBytes: 2 * SEGMENT_BYTES, answers: { [begin]: first(1, answer) } }).diedCount;
  const told: Record<string, number> = {};
  for (
    const [begin, nrc] of [
      ["36 03", "7F"],
      ["36 03", "70"],
      ["36 03", "24"],
      ["36 03", "72"],
      ["36 03", "31"],
      ["31 01 FF 00", "7F"],
      ["31 01 FF 00", "24"],
      ["31 01 FF 00", "72"],
      ["34", "7F"],
      ["34", "33"],
      ["37", "72"],
    ] as const
  ) {
    told[`${begin}: ${nrc}`] = diedCount(begin, `7F ${begin.slice(0, 2)} ${nrc}`);
  }
  deepStrictEqual(told, {
    "36 03: 7F": 2,
    "36 03: 70": 1,
    "36 03: 24": 1,
    "36 03: 72": 0,
    "36 03: 31": 0,
    "31 01 FF 00: 7F": 2,
    "31 01 FF 00: 24": 0,
    "31 01 FF 00: 72": 0,
    "34: 7F": 2,
    "34: 33": 2,
    "37: 72": 0,
  });
});

Deno.test("updateNode() stops at once where it only waits for a node that is busy", () => {
  const busy = { answers: { "11 01": () => "7F 11 21" } };
  const { requests } = converse(busy);
  const reset = requests.findIndex((request) => request.startsWith("11 01"));
  const stopped = converse({ ...busy, stopAtRequest: reset + 1 });
  strictEqual(
    stopped.requests.slice(reset).join(", "),
    "11 01, 11 01, 11 01, 11 01, 11 01, 11 01, 11 01, 11 01, 11 01, 11 01, 11 01",
  );
  strictEqual(told(stopped).split("activating, ").at(-1), "cancelled newImageUnconfirmed");
});

Deno.test("updateNode() grants more tries to a node that gets on meanwhile", () => {
  const timing = { ...ISO14229_PROFILE.timing, nodeAttemptsMax: 2, segmentAttemptsMax: 1 };
  const fails = (...which: readonly number[]) => ({
    imageBytes: 3 * SEGMENT_BYTES,
    profile: { timing },
    answers: { "36 02": (i: number) => which.includes(i) ? "7F 36 7F" : undefined },
  });
  strictEqual(told(converse(fails(0, 2, 4))).split(", ").at(-1), "done");
  const { events } = converse(fails(0, 1));
  strictEqual(events.at(-1)?.type, "nodeFailed");
});
