/** Whole conversations with one node that answers by a table: what is asked, and what is told of it. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { TimingProfile, UpdateProfile } from "../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { asked, type ConversationOptions, converse, SEGMENT_BYTES, told } from "./_conversation.ts";

const { download, erase } = ISO14229_PROFILE;

/** Fewer tries than the profile's. */
function timing(fewer: Partial<TimingProfile>): Partial<UpdateProfile> {
  return { timing: { ...ISO14229_PROFILE.timing, ...fewer } };
}

const ONCE = timing({ segmentAttemptsMax: 1, nodeAttemptsMax: 1 });
const DRIVER = { address: 0x2000_0000, data: new Uint8Array(100).fill(7) };

/** What a node is answered to first ones of its requests: then as usual. */
function first(count: number, answer: string): (i: number) => string | undefined {
  return (i) => i < count ? answer : undefined;
}

function expect(options: ConversationOptions, requests: string, events: string): void {
  const conversation = converse(options);
  strictEqual(asked(conversation), requests);
  strictEqual(told(conversation), events);
}

Deno.test("updateNode() asks a good node nothing more than it needs, and tells each block", () => {
  const { requests, events } = converse({
    imageBytes: 300,
    answers: { "34": () => "74 20 00 82" },
  });
  deepStrictEqual(requests, [
    "22 F1 91",
    "22 F1 8C",
    "22 F1 89",
    "22 F1 80",
    "10 02",
    "27 01",
    "2E F1 5A 00 00 00 00",
    "31 01 02 02 44 08 00 80 00 00 00 01 30 D3 17 E5 B1",
    "31 01 FF 00 44 08 00 80 00 00 00 08 00",
    "34 00 44 08 00 80 00 00 00 01 30",
    "36 01",
    "36 02",
    "36 03",
    "37",
    "31 01 02 02 44 08 00 80 00 00 00 01 30 D3 17 E5 B1",
    "31 01 FF 01",
    "11 01",
    "22 F1 89",
  ]);
  deepStrictEqual(
    events.flatMap((event) => event.type === "segmentProgress" ? [event.writtenBytes] : []),
    [128, 256, 304],
  );
});

Deno.test("updateNode() checks each segment behind its download, before the next one", () => {
  expect(
    { imageBytes: 2 * SEGMENT_BYTES },
    "3 check, erase, download, 5 block, exit, check, erase, download, 5 block, exit, " +
      "check, dependencies, reset, version?",
    "updating, 0 checking 1, 1 checking 1, 0 pending 1, 1 pending 1, 0 erasing 1, 0 " +
      "writing 1, 0 verifying 1, 0 verified 1, 1 erasing 1, 1 writing 1, 1 verifying 1, 1 " +
      "verified 1, imageVerified, activating, done",
  );
});

Deno.test("updateNode() erases nothing of a node that holds the image already", () => {
  expect(
    { answers: { "31 01 02 02": () => "71 01 02 02 00" } },
    "check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 skipped 1, imageVerified, activating, up to date",
  );
});

Deno.test("updateNode() erases what an earlier run may have torn, whatever its checksum says", () => {
  const torn = { start: 0x0800_8000, end: 0x0800_8001 };
  expect(
    {
      imageBytes: 2 * SEGMENT_BYTES,
      job: { history: { distrusted: [torn], endState: "bootloader" } },
      answers: { "31 01 02 02": () => "71 01 02 02 00" },
    },
    "check, erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 1 checking 1, 1 skipped 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
});

Deno.test("updateNode() writes a segment again whose checksum is another, as often as it may", () => {
  expect(
    { answers: { "31 01 02 02": first(2, "71 01 02 02 01") } },
    "check, erase, download, 5 block, exit, check, erase, download, 5 block, exit, " +
      "check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "waitingToRetry 1, retry segment 2 after 50: VERIFY_MISMATCH, 0 erasing 2, 0 writing " +
      "2, 0 verifying 2, 0 verified 2, imageVerified, activating, done",
  );
  expect(
    {
      profile: timing({ segmentAttemptsMax: 3 }),
      answers: { "31 01 02 02": () => "71 01 02 02 01" },
    },
    "check, erase, download, 5 block, exit, check, erase, download, 5 block, exit, " +
      "check, erase, download, 5 block, exit, check, default session",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "waitingToRetry 1, retry segment 2 after 50: VERIFY_MISMATCH, 0 erasing 2, 0 writing " +
      "2, 0 verifying 2, 0 waitingToRetry 2, retry segment 3 after 100: VERIFY_MISMATCH, 0 " +
      "erasing 3, 0 writing 3, 0 verifying 3, failed bootloader: Cannot verify 16384 bytes " +
      "at 0x08008000: the node holds something else",
  );
});

Deno.test("updateNode() compares nothing where the profile knows no check", () => {
  const { check: _check, ...profile } = ISO14229_PROFILE;
  expect(
    { profile: { ...profile, check: undefined } as unknown as UpdateProfile },
    "erase, download, 5 block, exit, dependencies, reset, version?",
    "updating, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1, imageVerified, " +
      "activating, done",
  );
});

Deno.test("updateNode() believes no check whose status it does not know", () => {
  expect(
    {
      profile: timing({ segmentAttemptsMax: 3 }),
      answers: { "31 01 02 02": (i) => i === 1 ? "71 01 02 02 09" : undefined },
    },
    "check, erase, download, 5 block, exit, check, default session",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, " +
      "failed bootloader: Cannot complete routine 0x0202: status 0x09 is none that the " +
      "profile knows: its check.good is [0x00]",
  );
});

Deno.test("updateNode() has a first erase whose status it does not know tried once more", () => {
  expect(
    { answers: { "31 01 FF 00": first(1, "71 01 FF 00 09") } },
    "check, 2 erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 waitingToRetry 1, retry segment " +
      "2 after 50: ROUTINE_STATUS, 0 erasing 2, 0 writing 2, 0 verifying 2, 0 verified 2, " +
      "imageVerified, activating, done",
  );
  expect(
    { answers: { "31 01 FF 00": first(2, "71 01 FF 00 09") } },
    "check, 2 erase, default session",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 waitingToRetry 1, retry segment " +
      "2 after 50: ROUTINE_STATUS, 0 erasing 2, failed eraseUnconfirmed: Cannot complete " +
      "routine 0xFF00: status 0x09 is none that the profile knows: its erase.good is [0x00]",
  );
});

Deno.test("updateNode() knows by which negative responses an erase may end that has begun", () => {
  const stateAfter = (answer: string): string | undefined => {
    const { events } = converse({ profile: ONCE, answers: { "31 01 FF 00": () => answer } });
    const last = events.at(-1);
    return last?.type === "nodeFailed" ? last.state : undefined;
  };
  for (const nrc of ["10", "25", "26", "71", "72"]) {
    strictEqual(stateAfter(`7F 31 ${nrc}`), "eraseUnconfirmed", nrc);
  }
  for (const nrc of ["21", "22", "24", "31", "33", "70", "7F"]) {
    strictEqual(stateAfter(`7F 31 ${nrc}`), "oldImage", nrc);
  }
  strictEqual(stateAfter("7F 31 78, 7F 31 31 after 30"), "eraseUnconfirmed", "it was at work");
});

Deno.test("updateNode() asks again for an erase that met silence, and waits until all answers ended", () => {
  expect(
    { answers: { "31 01 FF 00": first(1, "silence") } },
    "check, 2 erase, present, download, 5 block, exit, check, dependencies, reset, " +
      "version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, retry request 2 after 0: " +
      "UDS_TIMEOUT, 0 writing 1, 0 verifying 1, 0 verified 1, imageVerified, activating, " +
      "done",
  );
});

const POLLED = { ...erase.answer, busy: [1], bad: [2] };

function polled(more: object = {}): Partial<UpdateProfile> {
  const poll = { intervalMs: 100, notReadyNrcs: [0x21], always: false, ...more };
  return { ...ONCE, erase: { ...erase, answer: { ...POLLED, poll } } };
}

Deno.test("updateNode() asks about an erase until it is done, where the profile says how", () => {
  const answers = ["71 01 FF 00 01", "7F 31 21", "71 01 FF 00 01"];
  expect(
    { profile: polled(), answers: { "31 01 FF 00": (i) => answers[i] } },
    "check, 4 erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
  expect(
    { profile: polled({ always: true }) },
    "check, 2 erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
});

Deno.test("updateNode() takes no erase for done that ends badly, is refused, or stays busy", () => {
  const { requests, events } = converse({
    profile: polled(),
    answers: { "31 01 FF 00": () => "71 01 FF 00 01" },
  });
  const last = events.at(-1);
  strictEqual(
    last?.type === "nodeFailed" && last.error.message,
    "Cannot complete routine 0xFF00: still busy",
  );
  // Every 111 ms for the profile's 30 s.
  strictEqual(requests.filter((request) => request.startsWith("31 01 FF 00")).length, 272);
  for (const answer of ["71 01 FF 00 02", "7F 31 31"]) {
    const answers = { "31 01 FF 00": (i: number) => i === 0 ? "71 01 FF 00 01" : answer };
    const { events } = converse({ profile: polled(), answers });
    deepStrictEqual(events.filter(({ type }) => type === "segmentProgress"), []);
  }
  const profile = { ...ONCE, erase: { ...erase, answer: POLLED } };
  expect(
    { profile, answers: { "31 01 FF 00": () => "71 01 FF 00 01" } },
    "check, erase, default session",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, failed eraseUnconfirmed: Cannot " +
      "complete routine 0xFF00: busy, and no way to ask",
  );
});

Deno.test("updateNode() reads the status behind a block where the profile says what it means", () => {
  const block = { ...download.block, answer: { good: [0], busy: [], bad: [5] } };
  const answers = (bad: number) => ({
    "36": (i: number, request: string) => `76 ${request.slice(3, 5)} 0${i === bad ? 5 : 0}`,
  });
  expect(
    { profile: { download: { ...download, block } }, answers: answers(-1) },
    "check, erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
  expect(
    { profile: { download: { ...download, block } }, answers: answers(2) },
    "check, erase, download, 3 block, exit, erase, download, 5 block, exit, check, " +
      "dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 waitingToRetry 1, " +
      "retry segment 2 after 50: UDS_TRANSFER_RESTART, 0 erasing 2, 0 writing 2, 0 " +
      "verifying 2, 0 verified 2, imageVerified, activating, done",
  );
});

Deno.test("updateNode() erases and writes a segment again whose block failed", () => {
  expect(
    { answers: { "36 03": first(1, "7F 36 72") } },
    "check, erase, download, 3 block, exit, erase, download, 5 block, exit, check, " +
      "dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 waitingToRetry 1, " +
      "retry segment 2 after 50: UDS_TRANSFER_RESTART, 0 erasing 2, 0 writing 2, 0 " +
      "verifying 2, 0 verified 2, imageVerified, activating, done",
  );
});

Deno.test("updateNode() closes step by step what may keep a node from a download", () => {
  expect(
    { answers: { "34": first(1, "7F 34 70") } },
    "check, erase, download, exit, download, 5 block, exit, check, dependencies, reset, " +
      "version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, retry request 2 " +
      "after 0: UDS_NEGATIVE_RESPONSE, 0 verifying 1, 0 verified 1, imageVerified, " +
      "activating, done",
  );
  expect(
    { profile: ONCE, answers: { "34": () => "7F 34 22" } },
    "check, erase, download, exit, download, programming session, seed, fingerprint, " +
      "download, default session, extended session, DTCs off, others silent, programming " +
      "session, seed, fingerprint, download, reset, extended session, DTCs off, others " +
      "silent, programming session, seed, fingerprint, download, exit, default session",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, retry request 2 " +
      "after 0: UDS_NEGATIVE_RESPONSE, retry request 3 after 0: UDS_NEGATIVE_RESPONSE, " +
      "retry request 4 after 0: UDS_NEGATIVE_RESPONSE, retry request 5 after 0: " +
      'UDS_NEGATIVE_RESPONSE, failed bootloader: Cannot complete RequestDownload "34 00 44 ' +
      '08 00 80 00 00 ..": negative response 0x22 conditionsNotCorrect',
  );
});

Deno.test("updateNode() waits for a node that restarts to let itself be entered, not for ever", () => {
  const refused = first(3, "7F 34 70");
  const entered = (answer: (i: number) => string | undefined) => ({
    profile: ONCE,
    answers: { "34": refused, "10 02": (i: number) => i < 2 ? undefined : answer(i - 2) },
  });
  expect(
    entered(first(3, "7F 10 22")),
    "check, erase, download, exit, download, programming session, seed, fingerprint, " +
      "download, default session, extended session, DTCs off, others silent, programming " +
      "session, extended session, DTCs off, others silent, programming session, extended " +
      "session, DTCs off, others silent, programming session, extended session, DTCs off, " +
      "others silent, programming session, seed, fingerprint, download, 5 block, exit, " +
      "check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, retry request 2 " +
      "after 0: UDS_NEGATIVE_RESPONSE, retry request 3 after 0: UDS_NEGATIVE_RESPONSE, " +
      "retry request 4 after 0: UDS_NEGATIVE_RESPONSE, 0 verifying 1, 0 verified 1, " +
      "imageVerified, activating, done",
  );
  expect(
    entered(() => "7F 10 22"),
    "check, erase, download, exit, download, programming session, seed, fingerprint, " +
      "download, default session, extended session, DTCs off, others silent, programming " +
      "session, extended session, DTCs off, others silent, programming session, extended " +
      "session, DTCs off, others silent, programming session, extended session, DTCs off, " +
      "others silent, programming session, extended session, DTCs off, others silent, " +
      "programming session, extended session, DTCs off, others silent, programming " +
      "session, extended session, DTCs off, others silent, programming session, reset, " +
      "extended session, DTCs off, others silent, programming session, extended session, " +
      "DTCs off, others silent, programming session, extended session, DTCs off, others " +
      "silent, programming session, extended session, DTCs off, others silent, programming " +
      "session, extended session, DTCs off, others silent, programming session, extended " +
      "session, DTCs off, others silent, programming session, extended session, DTCs off, " +
      "others silent, programming session, exit, default session",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, retry request 2 " +
      "after 0: UDS_NEGATIVE_RESPONSE, retry request 3 after 0: UDS_NEGATIVE_RESPONSE, " +
      "retry request 4 after 0: UDS_NEGATIVE_RESPONSE, retry request 5 after 0: " +
      "UDS_NEGATIVE_RESPONSE, failed bootloader: Cannot complete DiagnosticSessionControl " +
      '"10 02": negative response 0x22 conditionsNotCorrect',
  );
  expect(
    {
      profile: ONCE,
      answers: { "34": refused, "27 01": (i) => i < 2 ? undefined : "7F 27 31" },
    },
    "check, erase, download, exit, download, programming session, seed, fingerprint, " +
      "download, default session, extended session, DTCs off, others silent, programming " +
      "session, seed, exit, default session",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, retry request 2 " +
      "after 0: UDS_NEGATIVE_RESPONSE, retry request 3 after 0: UDS_NEGATIVE_RESPONSE, " +
      "retry request 4 after 0: UDS_NEGATIVE_RESPONSE, failed bootloader: Cannot complete " +
      'SecurityAccess "27 01": negative response 0x31 requestOutOfRange',
  );
});

Deno.test("updateNode() takes a refused exit for good only once it was repeated, and is checked", () => {
  const lost = (i: number) => i === 0 ? "silence" : i === 1 ? "7F 37 24" : undefined;
  expect(
    { answers: { "37": lost } },
    "check, erase, download, 5 block, 2 exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, retry request 2 " +
      "after 0: UDS_TIMEOUT, 0 verifying 1, 0 verified 1, imageVerified, activating, " +
      "done",
  );
  expect(
    { answers: { "37": first(1, "7F 37 24") } },
    "check, erase, download, 5 block, 2 exit, erase, download, 5 block, exit, check, " +
      "dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 waitingToRetry 1, " +
      "retry segment 2 after 50: UDS_NEGATIVE_RESPONSE, 0 erasing 2, 0 writing 2, 0 " +
      "verifying 2, 0 verified 2, imageVerified, activating, done",
  );
  const { check: _check, ...profile } = ISO14229_PROFILE;
  expect(
    {
      profile: { ...profile, check: undefined } as unknown as UpdateProfile,
      answers: { "37": lost },
    },
    "erase, download, 5 block, 3 exit, erase, download, 5 block, exit, dependencies, " +
      "reset, version?",
    "updating, 0 erasing 1, 0 writing 1, retry request 2 after 0: UDS_TIMEOUT, 0 " +
      "waitingToRetry 1, retry segment 2 after 50: UDS_NEGATIVE_RESPONSE, 0 erasing 2, 0 " +
      "writing 2, 0 verifying 2, 0 verified 2, imageVerified, activating, done",
  );
});

Deno.test("updateNode() downloads a flash driver first, and again when that fails", () => {
  const options = { job: { driver: DRIVER }, profile: { driver: {} } };
  expect(
    options,
    "download, block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 skipped 1, imageVerified, activating, up to date",
  );
  expect(
    { ...options, answers: { "36 01": first(1, "7F 36 72") } },
    "download, block, exit, download, block, exit, check, dependencies, reset, version?",
    "retry request 2 after 50: UDS_TRANSFER_RESTART, updating, 0 checking 1, 0 skipped " +
      "1, imageVerified, activating, up to date",
  );
  const profile = { driver: {}, ...timing({ segmentAttemptsMax: 3, nodeAttemptsMax: 1 }) };
  expect(
    { ...options, profile, answers: { "36 01": () => "7F 36 72" } },
    "download, block, exit, download, block, exit, download, block, exit, default session",
    "retry request 2 after 50: UDS_TRANSFER_RESTART, retry request 3 after 100: " +
      "UDS_TRANSFER_RESTART, failed oldImage: Cannot go on with the transfer at byte 0 " +
      '(block 0x01): Cannot complete TransferData "36 01 07 07 07 07 07 07 ..": negative ' +
      "response 0x72 generalProgrammingFailure",
  );
});

Deno.test("updateNode() takes no node for new that does not tell so after its reset", () => {
  const after = (answer: string) => ({ "22 F1 89": (i: number) => i > 0 ? answer : undefined });
  expect(
    { answers: after("silence") },
    "check, erase, download, 5 block, exit, check, dependencies, reset, 53 version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, failed newImageUnconfirmed: Cannot confirm " +
      "new application: no answer within 6000 ms of the reset",
  );
  expect(
    { answers: after("7F 22 31") },
    "check, erase, download, 5 block, exit, check, dependencies, reset, 51 version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, failed bootloader: Cannot confirm new " +
      "application: the node tells no version, as a bootloader does",
  );
  expect(
    { job: { expectedVersion: "3" } },
    "check, erase, download, 5 block, exit, check, dependencies, reset, 51 version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, failed newImageUnconfirmed: Cannot confirm " +
      'new application: the node calls itself "2", "3" was expected',
  );
  expect(
    { job: { expectedVersion: "3" }, answers: { "22 F1 89": () => "7F 22 31" } },
    "check, erase, download, 5 block, exit, check, dependencies, reset, 50 version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, failed newImageUnconfirmed: Cannot confirm " +
      'new application: the node tells no version, as a bootloader does, "3" was expected',
  );
  expect(
    { job: { tellsVersion: true }, answers: { "22 F1 89": () => "7F 22 31" } },
    "check, erase, download, 5 block, exit, check, dependencies, reset, 51 version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, failed bootloader: Cannot confirm new " +
      "application: the node tells no version, as a bootloader does",
  );
});

Deno.test("updateNode() takes any answer of a node that never told a version, and a late one", () => {
  expect(
    { answers: { "22 F1 89": () => "7F 22 31" } },
    "check, erase, download, 5 block, exit, check, dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
  expect(
    {
      job: { expectedVersion: "3" },
      answers: { "22 F1 89": (i) => i > 3 ? "62 F1 89 33" : undefined },
    },
    "check, erase, download, 5 block, exit, check, dependencies, reset, 4 version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
  expect(
    { profile: { identity: {} }, answers: { "3E 00": first(3, "silence") } },
    "check, erase, download, 5 block, exit, check, dependencies, reset, 4 present",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
});

Deno.test("updateNode() asks again for what ends an update, while it is refused for the moment", () => {
  expect(
    { answers: { "31 01 FF 01": first(3, "7F 31 21") } },
    "check, erase, download, 5 block, exit, check, 4 dependencies, reset, version?",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, done",
  );
  expect(
    { answers: { "31 01 FF 01": () => "7F 31 22" } },
    "check, erase, download, 5 block, exit, check, 7 dependencies",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, failed newImageUnconfirmed: Cannot complete " +
      'RoutineControl "31 01 FF 01": negative response 0x22 conditionsNotCorrect',
  );
  expect(
    { answers: { "31 01 FF 01": () => "7F 31 31" } },
    "check, erase, download, 5 block, exit, check, dependencies, extended session, DTCs " +
      "off, others silent, programming session, seed, fingerprint, dependencies",
    "updating, 0 checking 1, 0 pending 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 " +
      "verified 1, imageVerified, activating, waitingToRetry, retry node 2 after 50: " +
      "UDS_NEGATIVE_RESPONSE, entering, unlocked, updating, imageVerified, activating, " +
      'failed newImageUnconfirmed: Cannot complete RoutineControl "31 01 FF 01": negative ' +
      "response 0x31 requestOutOfRange",
  );
});
