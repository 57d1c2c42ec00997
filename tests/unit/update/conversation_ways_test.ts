/** Conversations that go another way: lost sessions, refusals, stops, the way back, comparisons. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { findDevice, planFlash } from "../../../src/stm32/mod.ts";
import { type UpdateProfile, verifyNode } from "../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../support/host_bench.ts";
import { asked, type ConversationOptions, converse, SEGMENT_BYTES, told } from "./_conversation.ts";

const { download, erase } = ISO14229_PROFILE;

function expect(options: ConversationOptions, requests: string, events: string): void {
  const conversation = converse(options);
  strictEqual(asked(conversation), requests);
  strictEqual(told(conversation), events);
}

/** What a node answers to first ones of its requests: then as usual. */
function first(count: number, answer: string): (i: number) => string | undefined {
  return (i) => i < count ? answer : undefined;
}

Deno.test("updateNode() enters a node again that has left its session, and goes on", () => {
  expect(
    { answers: { "36 03": first(1, "7F 36 7F") } },
    "check, erase, download, 3 block, extended session, DTCs off, others silent, " +
      "programming session, seed, fingerprint, erase, download, 5 block, exit, check, " +
      "dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, waitingToRetry, " +
      "retry node 2 after 50: UDS_TRANSFER_RESTART, entering, unlocked, updating, 0 " +
      "erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1, imageVerified, activating, done",
  );
  expect(
    { answers: { "31 01 FF 00": first(1, "7F 31 7F") } },
    "check, erase, hardware?, serial?, version?, bootloader?, extended session, DTCs " +
      "off, others silent, programming session, seed, fingerprint, erase, download, 5 " +
      "block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, waitingToRetry, retry node 2 " +
      "after 50: UDS_NEGATIVE_RESPONSE, nodeIdentified, found, entering, unlocked, " +
      "updating, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1, imageVerified, " +
      "activating, done",
  );
  expect(
    {
      imageBytes: 2 * SEGMENT_BYTES,
      answers: { "36 03": (i) => i === 1 ? "7F 36 7F" : undefined },
    },
    "3 check, erase, download, 5 block, exit, check, erase, download, 3 block, extended " +
      "session, DTCs off, others silent, programming session, seed, fingerprint, erase, " +
      "download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 1 checking 1, 0 pending 1, 1 pending 1, 0 erasing 1, 0 " +
      "writing 1, 0 verifying 1, 0 verified 1, 1 erasing 1, 1 writing 1, waitingToRetry, " +
      "retry node 2 after 50: UDS_TRANSFER_RESTART, entering, unlocked, updating, 1 " +
      "erasing 1, 1 writing 1, 1 verifying 1, 1 verified 1, imageVerified, activating, done",
  );
});

Deno.test("updateNode() enters a node again that is silent, with growing pauses, not for ever", () => {
  expect(
    { answers: { "36 03": first(9, "silence") } },
    "check, erase, download, 14 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 9 retry request 2 " +
      "after 0: UDS_TIMEOUT, 0 verifying 1, 0 verified 1, imageVerified, activating, done",
  );
  const timing = { ...ISO14229_PROFILE.timing, segmentAttemptsMax: 3, nodeAttemptsMax: 3 };
  expect(
    { profile: { timing }, answers: { "36 03": () => "silence" } },
    "check, erase, download, 18 block, exit, erase, download, 18 block, exit, erase, " +
      "download, 18 block, exit, default session",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 15 retry request 2 " +
      "after 0: UDS_TIMEOUT, 0 waitingToRetry 1, retry segment 2 after 50: " +
      "UDS_TRANSFER_RESTART, 0 erasing 2, 0 writing 2, 15 retry request 2 after 0: " +
      "UDS_TIMEOUT, 0 waitingToRetry 2, retry segment 3 after 100: UDS_TRANSFER_RESTART, 0 " +
      "erasing 3, 0 writing 3, 15 retry request 2 after 0: UDS_TIMEOUT, failed bootloader: " +
      "Cannot go on with the transfer at byte 8128 (block 0x03): Cannot complete " +
      'TransferData "36 03 BA BE 23 30 58 AF ..": no response within P2 of 100 ms',
  );
  expect(
    { profile: { timing }, answers: { "34": () => "silence", "37": () => "silence" } },
    "check, erase, 3 download, extended session, DTCs off, others silent, programming " +
      "session, seed, fingerprint, 3 download, extended session, DTCs off, others silent, " +
      "programming session, seed, fingerprint, 3 download",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, retry request 2 " +
      "after 0: UDS_TIMEOUT, retry request 3 after 0: UDS_TIMEOUT, waitingToRetry, retry " +
      "node 2 after 50: UDS_TIMEOUT, entering, unlocked, updating, 0 writing 1, retry " +
      "request 2 after 0: UDS_TIMEOUT, retry request 3 after 0: UDS_TIMEOUT, " +
      "waitingToRetry, retry node 3 after 100: UDS_TIMEOUT, entering, unlocked, updating, " +
      "0 writing 1, retry request 2 after 0: UDS_TIMEOUT, retry request 3 after 0: " +
      'UDS_TIMEOUT, failed bootloader: Cannot complete RequestDownload "34 00 44 08 00 80 ' +
      '00 00 ..": no response within P2 of 100 ms',
  );
  expect(
    { profile: { timing }, answers: { "34": first(3, "silence") } },
    "check, erase, 3 download, extended session, DTCs off, others silent, programming " +
      "session, seed, fingerprint, download, 5 block, exit, check, dependencies, reset, " +
      "version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, retry request 2 " +
      "after 0: UDS_TIMEOUT, retry request 3 after 0: UDS_TIMEOUT, waitingToRetry, retry " +
      "node 2 after 50: UDS_TIMEOUT, entering, unlocked, updating, 0 writing 1, 0 " +
      "verifying 1, 0 verified 1, imageVerified, activating, done",
  );
});

Deno.test("updateNode() believes a node inside that refuses for good once it refuses again", () => {
  expect(
    { answers: { "31 01 FF 00": first(1, "7F 31 31") } },
    "check, erase, hardware?, serial?, version?, bootloader?, extended session, DTCs " +
      "off, others silent, programming session, seed, fingerprint, erase, download, 5 " +
      "block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, waitingToRetry, retry node 2 " +
      "after 50: UDS_NEGATIVE_RESPONSE, nodeIdentified, found, entering, unlocked, " +
      "updating, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1, imageVerified, " +
      "activating, done",
  );
  expect(
    { answers: { "31 01 FF 00": first(2, "7F 31 31") } },
    "check, erase, hardware?, serial?, version?, bootloader?, extended session, DTCs " +
      "off, others silent, programming session, seed, fingerprint, erase, default session",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, waitingToRetry, retry node 2 " +
      "after 50: UDS_NEGATIVE_RESPONSE, nodeIdentified, found, entering, unlocked, " +
      'updating, 0 erasing 1, failed oldImage: Cannot complete RoutineControl "31 01 FF 00 ' +
      '44 08 00 80 ..": negative response 0x31 requestOutOfRange',
  );
});

Deno.test("updateNode() believes a node that refuses to be entered, but while it only starts", () => {
  expect(
    { answers: { "10 02": first(2, "7F 10 22") } },
    "check, erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
  expect(
    { answers: { "10 02": first(1, "7F 10 12") } },
    "hardware?, serial?, version?, bootloader?, programming session",
    "nodePlanned, nodeIdentified, found, entering, failed oldImage: Cannot complete " +
      'DiagnosticSessionControl "10 02": negative response 0x12 subFunctionNotSupported',
  );
  expect(
    { answers: { "27 01": () => "7F 27 12" } },
    "hardware?, serial?, version?, bootloader?, programming session, seed",
    "nodePlanned, nodeIdentified, found, entering, failed oldImage: Cannot complete " +
      'SecurityAccess "27 01": negative response 0x12 subFunctionNotSupported',
  );
});

Deno.test("updateNode() calls no node intact that an earlier run has left torn", () => {
  const history = { distrusted: [], endState: "bootloader" } as const;
  const { events } = converse({ job: { history }, answers: { "22": () => "silence" } });
  const last = events.at(-1);
  strictEqual(last?.type === "nodeFailed" && last.state, "bootloader");
  const serial = [...new TextEncoder().encode("4711")].map((byte) => byte.toString(16)).join(" ");
  const torn = { start: 0x0800_8000, end: 0x0800_8001 };
  const historyOfSerial = (text: string) =>
    text === "4711" ? { distrusted: [torn], endState: "bootloader" } as const : undefined;
  const answers = { "22 F1 8C": () => `62 F1 8C ${serial}`, "31 01 02 02": () => "71 01 02 02 00" };
  expect(
    { job: { historyOfSerial }, answers },
    "erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1, imageVerified, " +
      "activating, done",
  );
});

Deno.test("updateNode() erases the vector table before all others, and writes it last", () => {
  const profile: Partial<UpdateProfile> = { erase: { ...erase, first: "vectors" } };
  expect(
    { imageBytes: 2 * SEGMENT_BYTES, profile },
    "3 check, 2 erase, download, 5 block, exit, check, download, 5 block, exit, check, " +
      "dependencies, reset, version?",
    "updating, 0 checking 1, 1 checking 1, 0 pending 1, 1 pending 1, 0 erasing 1, 0 " +
      "erased 1, 1 erasing 1, 1 writing 1, 1 verifying 1, 1 verified 1, 0 writing 1, 0 " +
      "verifying 1, 0 verified 1, imageVerified, activating, done",
  );
  // The table is right and another segment is not: the table is rewritten all the same.
  const answers = {
    "31 01 02 02": (i: number) => ["71 01 02 02 01", "71 01 02 02 00", "71 01 02 02 01"][i],
  };
  expect(
    { imageBytes: 2 * SEGMENT_BYTES, profile, answers },
    "2 check, 2 erase, download, 5 block, exit, check, erase, download, 5 block, exit, " +
      "check, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 1 checking 1, 0 skipped 1, 1 pending 1, 0 erasing 1, 0 " +
      "erased 1, 1 erasing 1, 1 writing 1, 1 verifying 1, 1 waitingToRetry 1, retry " +
      "segment 2 after 50: VERIFY_MISMATCH, 1 erasing 2, 1 writing 2, 1 verifying 2, 1 " +
      "verified 2, 0 writing 1, 0 verifying 1, 0 verified 1, imageVerified, activating, " +
      "done",
  );
  expect(
    { imageBytes: 2 * SEGMENT_BYTES, answers },
    "2 check, erase, download, 5 block, exit, check, erase, download, 5 block, exit, " +
      "check, dependencies, reset, version?",
    "updating, 0 checking 1, 1 checking 1, 0 skipped 1, 1 pending 1, 1 erasing 1, 1 " +
      "writing 1, 1 verifying 1, 1 waitingToRetry 1, retry segment 2 after 50: " +
      "VERIFY_MISMATCH, 1 erasing 2, 1 writing 2, 1 verifying 2, 1 verified 2, " +
      "imageVerified, activating, done",
  );
  // It stays blank while the other one is tried again.
  expect(
    { imageBytes: 2 * SEGMENT_BYTES, profile, answers: { "36 03": first(1, "7F 36 72") } },
    "3 check, 2 erase, download, 3 block, exit, erase, download, 5 block, exit, check, " +
      "download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 1 checking 1, 0 pending 1, 1 pending 1, 0 erasing 1, 0 " +
      "erased 1, 1 erasing 1, 1 writing 1, 1 waitingToRetry 1, retry segment 2 after 50: " +
      "UDS_TRANSFER_RESTART, 1 erasing 2, 1 writing 2, 1 verifying 2, 1 verified 2, 0 " +
      "writing 1, 0 verifying 1, 0 verified 1, imageVerified, activating, done",
  );
});

Deno.test("updateNode() takes all for one segment where the profile's erase covers the image", () => {
  expect(
    { imageBytes: 2 * SEGMENT_BYTES, profile: { erase: { ...erase, scope: "image" } } },
    "check, erase, download, 9 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
  expect(
    { imageBytes: 2 * SEGMENT_BYTES, profile: { download: { ...download, unit: "image" } } },
    "check, erase, download, 9 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
});

Deno.test("updateNode() sends no long runs of what erased flash holds, where the profile allows", () => {
  const image = imageFor(G474, SEGMENT_BYTES, 1);
  image.ranges[0]!.data.fill(0xFF, 4096, 8192);
  image.ranges[0]!.data.fill(0xFF, 12_288);
  const profile = { download: { ...download, skipsErased: true } };
  const { requests, events } = converse({ image, profile });
  deepStrictEqual(requests.filter((request) => request.startsWith("34")), [
    "34 00 44 08 00 80 00 00 00 10 00",
    "34 00 44 08 00 A0 00 00 00 10 00",
  ]);
  deepStrictEqual(
    events.flatMap((event) => event.type === "segmentProgress" ? [event.writtenBytes] : []),
    [4064, 4096, 12_256, 12_288, 16_384],
  );
  expect(
    { image, profile },
    "check, erase, download, 2 block, exit, download, 2 block, exit, check, " +
      "dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
});

Deno.test("updateNode() stopped at any request ends what it is at, and leaves the node", () => {
  const ends: string[] = [];
  const { requests } = converse();
  for (let i = 0; i < requests.length; i++) {
    const conversation = converse({ stopAtRequest: i });
    const last = told(conversation).split(", ").at(-1) || "cancelled untouched";
    ends.push(
      `${conversation.requests.slice(i + 1).map((text) => text.slice(0, 5)).join(" ")}: ${last}`,
    );
  }
  deepStrictEqual(ends, [
    "22 F1 22 F1 22 F1: cancelled oldImage",
    "22 F1 22 F1: cancelled oldImage",
    "22 F1: cancelled oldImage",
    ": cancelled oldImage",
    "27 01 2E F1 10 01: cancelled oldImage",
    "2E F1 10 01: cancelled oldImage",
    "10 01: cancelled oldImage",
    "10 01: cancelled oldImage",
    "10 01: cancelled bootloader",
    "36 01 37 10 01: cancelled bootloader",
    "37 10 01: cancelled bootloader",
    "37 10 01: cancelled bootloader",
    "37 10 01: cancelled bootloader",
    "37 10 01: cancelled bootloader",
    "37 10 01: cancelled bootloader",
    "31 01 31 01 11 01 22 F1: done",
    "31 01 11 01 22 F1: done",
    "11 01 22 F1: done",
    "22 F1: done",
    ": done",
  ]);
});

Deno.test("updateNode() gives a node the image to go back to where the new one tells another version", () => {
  const rollbackPlan = planFlash({
    image: imageFor(G474, SEGMENT_BYTES, 2),
    geometry: findDevice(G474.device),
    layout: G474.layout,
  });
  const otherImage = { "31 01 02 02": (i: number) => i === 2 ? "71 01 02 02 01" : undefined };
  expect(
    { job: { rollbackPlan, expectedVersion: "3" }, answers: otherImage },
    "check, erase, download, 5 block, exit, check, dependencies, reset, 51 version?, " +
      "hardware?, serial?, version?, bootloader?, programming session, seed, fingerprint, " +
      "check, erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, rollingBack, nodePlanned, found, entering, " +
      "unlocked, updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 " +
      "verifying 1, 0 verified 1, imageVerified, activating, failed rolledBack: Cannot " +
      'confirm new application: the node calls itself "2", "3" was expected',
  );
  const profile = { timing: { ...ISO14229_PROFILE.timing, segmentAttemptsMax: 2 } };
  const mismatch = { "31 01 02 02": first(3, "71 01 02 02 01") };
  expect(
    { job: { rollbackPlan }, profile, answers: mismatch },
    "check, erase, download, 5 block, exit, check, erase, download, 5 block, exit, " +
      "check, hardware?, serial?, version?, bootloader?, programming session, seed, " +
      "fingerprint, erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "waitingToRetry 1, retry segment 2 after 50: VERIFY_MISMATCH, 0 erasing 2, 0 writing " +
      "2, 0 verifying 2, rollingBack, nodePlanned, found, entering, unlocked, updating, 0 " +
      "erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1, imageVerified, activating, " +
      "failed rolledBack: Cannot verify 16384 bytes at 0x08008000: the node holds " +
      "something else",
  );
  expect(
    { job: { rollbackPlan }, answers: { "27 01": () => "7F 27 31" } },
    "hardware?, serial?, version?, bootloader?, programming session, seed",
    "nodePlanned, nodeIdentified, found, entering, failed oldImage: Cannot complete " +
      'SecurityAccess "27 01": negative response 0x31 requestOutOfRange',
  );
});

Deno.test("verifyNode() tells what differs, what could not be asked, and leaves the node", () => {
  const talk = verifyNode;
  const imageBytes = 2 * SEGMENT_BYTES;
  expect(
    { talk, imageBytes, answers: { "31 01 02 02": () => "71 01 02 02 00" } },
    "check, default session",
    "nodePlanned, nodeIdentified, 0 checking 1, 1 checking 1, 0 skipped 1, 1 skipped 1, " +
      "up to date",
  );
  expect(
    { talk, imageBytes },
    "3 check, default session",
    "nodePlanned, nodeIdentified, 0 checking 1, 1 checking 1, 0 pending 1, 1 pending 1, " +
      "0 failed 1, 1 failed 1, failed untouched: Cannot verify 16384 bytes at 0x08008000: " +
      "the node holds something else",
  );
  expect(
    { talk, imageBytes, answers: { "31 01 02 02": () => "7F 31 31" } },
    "3 check, default session",
    "nodePlanned, nodeIdentified, 0 checking 1, 1 checking 1, 0 pending 1, 1 pending 1, " +
      '0 failed 1, 1 failed 1, failed untouched: Cannot complete RoutineControl "31 01 02 ' +
      '02 44 08 00 80 ..": negative response 0x31 requestOutOfRange',
  );
  expect(
    { talk, imageBytes, answers: { "31 01 02 02": first(3, "silence") } },
    "3 check, hardware?, serial?, version?, bootloader?, extended session, DTCs off, " +
      "others silent, programming session, seed, fingerprint, 2 check, default session",
    "nodePlanned, nodeIdentified, 0 checking 1, 1 checking 1, retry request 2 after 0: " +
      "UDS_TIMEOUT, retry request 3 after 0: UDS_TIMEOUT, retry node 2 after 50: " +
      "UDS_TIMEOUT, nodeIdentified, 0 checking 1, 0 pending 1, 1 checking 1, 1 pending 1, " +
      "0 failed 1, 1 failed 1, failed untouched: Cannot verify 16384 bytes at 0x08008000: " +
      "the node holds something else",
  );
  const profile = { timing: { ...ISO14229_PROFILE.timing, nodeAttemptsMax: 3 } };
  expect(
    { talk, imageBytes, profile, answers: { "31 01 02 02": () => "7F 31 7F" } },
    "check, hardware?, serial?, version?, bootloader?, extended session, DTCs off, " +
      "others silent, programming session, seed, fingerprint, check, hardware?, serial?, " +
      "version?, bootloader?, extended session, DTCs off, others silent, programming " +
      "session, seed, fingerprint, check, default session",
    "nodePlanned, nodeIdentified, 0 checking 1, 1 checking 1, retry node 2 after 50: " +
      "UDS_NEGATIVE_RESPONSE, nodeIdentified, 0 checking 1, 1 checking 1, retry node 3 " +
      "after 100: UDS_NEGATIVE_RESPONSE, nodeIdentified, 0 checking 1, 1 checking 1, " +
      'failed untouched: Cannot complete RoutineControl "31 01 02 02 44 08 00 80 ..": ' +
      "negative response 0x7F serviceNotSupportedInActiveSession",
  );
  expect(
    { talk, imageBytes, answers: { "27 01": () => "7F 27 31" } },
    "hardware?, serial?, version?, bootloader?, programming session, seed",
    'nodePlanned, nodeIdentified, failed untouched: Cannot complete SecurityAccess "27 ' +
      '01": negative response 0x31 requestOutOfRange',
  );
  expect(
    { talk, profile: { check: { ...ISO14229_PROFILE.check!, readOnly: false } } },
    "",
    'failed untouched: Cannot verify node: profile "iso14229" has no checksum question ' +
      "that changes nothing",
  );
});
