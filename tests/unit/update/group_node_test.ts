/** One node's way through a group, request by request: what it is asked, and what is told of it. */
import { strictEqual } from "node:assert/strict";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { SEGMENT_BYTES } from "./_conversation.ts";
import {
  CHECK,
  ERASE,
  type GroupOptions,
  inGroup,
  MAP,
  mapOf,
  NAME,
  OPEN,
  steps,
  story,
  twoRuns,
} from "./_group_conversation.ts";

const first = (count: number, answer: string) => (i: number) => i < count ? answer : undefined;
const inTurn = (...answers: readonly (string | undefined)[]) => (i: number) => answers[i];
const EQUAL = "71 01 02 02 00";
const DIFFERENT = "71 01 02 02 01";

/** What differs, what is asked, and what is told, from where it was unlocked first. */
const WAYS: readonly (readonly [string, GroupOptions, string, string])[] = [
  [
    "a good node",
    {},
    "check, erase, open, sample, map, close, check",
    "0 checking 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "an image that is there",
    { answers: { [CHECK]: () => EQUAL } },
    "check",
    "0 checking 1, 0 skipped 1",
  ],
  [
    "a profile without a check",
    { profile: { check: undefined } as never },
    "erase, open, sample, map, close",
    "0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "a check that changes something",
    {
      profile: { check: { ...ISO14229_PROFILE.check!, readOnly: false } },
      answers: { [CHECK]: () => EQUAL },
    },
    "erase, open, sample, map, close, check",
    "0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "a first check that is refused",
    { answers: { [CHECK]: inTurn("7F 31 22") } },
    "check, erase, open, sample, map, close, check",
    "0 checking 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "a session that is over at the first check",
    { answers: { [CHECK]: inTurn("7F 31 7F", DIFFERENT) } },
    "check, who?, enter, check, erase, open, sample, map, close, check",
    "0 checking 1, waitingToRetry, retry node 2 after 50: UDS_NEGATIVE_RESPONSE, nodeIdentified, " +
    "found, entering, unlocked, updating, 0 checking 1, 0 erasing 1, 0 writing 1, 0 verifying 1, " +
    "0 verified 1",
  ],
  [
    "silence to the first check",
    { answers: { [CHECK]: inTurn("silence", "silence", "silence", DIFFERENT) } },
    "3 check, who?, enter, check, erase, open, sample, map, close, check",
    "0 checking 1, retry request 2 after 0: UDS_TIMEOUT, retry request 3 after 0: UDS_TIMEOUT, " +
    "waitingToRetry, retry node 2 after 50: UDS_TIMEOUT, nodeIdentified, found, entering, unlocked, " +
    "updating, 0 checking 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "silence to the erase",
    { answers: { [ERASE]: first(3, "silence") } },
    "check, 3 erase, enter, erase, open, sample, map, close, check",
    "0 checking 1, 0 erasing 1, retry request 2 after 0: UDS_TIMEOUT, retry request 3 after 0: " +
    "UDS_TIMEOUT, waitingToRetry, retry node 2 after 50: UDS_TIMEOUT, entering, unlocked, updating, " +
    "0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "an erase whose last answer is lost, once",
    { answers: { [ERASE]: first(1, "7F 31 78") } },
    "check, erase, open, sample, map, close, check",
    "0 checking 1, 0 erasing 1, responsePending, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "an erase whose last answer is lost, and another session then: nobody knows that it is blank",
    { answers: { [ERASE]: first(1, "7F 31 78"), [OPEN]: first(1, "7F 31 7F") } },
    "check, erase, open, enter, erase, open, sample, map, close, check",
    "0 checking 1, 0 erasing 1, responsePending, waitingToRetry, retry node 2 after 50: " +
    "UDS_NEGATIVE_RESPONSE, entering, unlocked, updating, 0 erasing 1, 0 writing 1, 0 verifying 1, " +
    "0 verified 1",
  ],
  [
    "another session at the opening: what was erased is blank still",
    { answers: { [OPEN]: first(1, "7F 31 7F") } },
    "check, erase, open, enter, open, sample, map, close, check",
    "0 checking 1, 0 erasing 1, waitingToRetry, retry node 2 after 50: UDS_NEGATIVE_RESPONSE, " +
    "entering, unlocked, updating, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "an opening that may have been heard, and another session then: it is erased again",
    { answers: { [OPEN]: inTurn("silence", "7F 31 7F") } },
    "check, erase, 2 open, enter, erase, open, sample, map, close, check",
    "0 checking 1, 0 erasing 1, retry request 2 after 0: UDS_TIMEOUT, waitingToRetry, retry node 2 " +
    "after 50: UDS_NEGATIVE_RESPONSE, entering, unlocked, updating, 0 erasing 1, 0 writing 1, " +
    "0 verifying 1, 0 verified 1",
  ],
  [
    "an opening that it thinks about, and another session then: nothing was sent",
    { answers: { [OPEN]: first(1, "7F 31 78, 7F 31 7F after 20") } },
    "check, erase, open, enter, open, sample, map, close, check",
    "0 checking 1, 0 erasing 1, responsePending, waitingToRetry, retry node 2 after 50: " +
    "UDS_NEGATIVE_RESPONSE, entering, unlocked, updating, 0 erasing 1, 0 writing 1, 0 verifying 1, " +
    "0 verified 1",
  ],
  [
    "silence to the opening",
    { answers: { [OPEN]: first(3, "silence") } },
    "check, erase, 3 open, enter, erase, open, sample, map, close, check",
    "0 checking 1, 0 erasing 1, retry request 2 after 0: UDS_TIMEOUT, retry request 3 after 0: " +
    "UDS_TIMEOUT, waitingToRetry, retry node 2 after 50: UDS_TIMEOUT, entering, unlocked, updating, " +
    "0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "a node that erases still",
    { answers: { [OPEN]: first(2, "7F 31 22") } },
    "check, erase, 3 open, sample, map, close, check",
    "0 checking 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "a node that says so for longer than an erase may take: it is not erased again",
    { answers: { [OPEN]: () => "7F 31 22" } },
    "check, erase, 4 open, download, 5 block, exit, check",
    '0 checking 1, 0 erasing 1, left: Cannot complete RoutineControl "31 01 47 52 02 00 00 07 ..": ' +
    "negative response 0x22 conditionsNotCorrect, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "a node that takes no groups",
    { answers: { [OPEN]: () => "7F 31 31" } },
    "check, erase, open, versions?, download, 5 block, exit, check",
    '0 checking 1, 0 erasing 1, left: Cannot complete RoutineControl "31 01 47 52 02 00 00 07 ..": ' +
    "negative response 0x31 requestOutOfRange, and it does not say that it takes groups, " +
    "0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "silence to the questions for its map: data went out",
    { answers: { [MAP]: first(8, "silence") } },
    "check, erase, open, sample, map, sample, 2 map, sample, 2 map, enter, erase, download, " +
    "5 block, exit, check",
    "0 checking 1, 0 erasing 1, 0 writing 1, 2 retry request 2 after 0: UDS_TIMEOUT, retry request 3 " +
    "after 0: UDS_TIMEOUT, retry request 2 after 0: UDS_TIMEOUT, retry request 3 after 0: " +
    'UDS_TIMEOUT, left: Cannot complete RoutineControl "31 03 47 52 00 00 01": no response within P2 ' +
    "of 100 ms, waitingToRetry, retry node 2 after 50: UDS_TIMEOUT, entering, unlocked, updating, " +
    "0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "another session at the question for its map",
    { answers: { [MAP]: first(1, "7F 31 7F") } },
    "check, erase, open, sample, enter, erase, download, 5 block, exit, check",
    '0 checking 1, 0 erasing 1, 0 writing 1, left: Cannot complete RoutineControl "31 03 47 52 00 00 ' +
    '01": negative response 0x7F serviceNotSupportedInActiveSession, waitingToRetry, retry node 2 ' +
    "after 50: UDS_NEGATIVE_RESPONSE, entering, unlocked, updating, 0 erasing 1, 0 writing 1, " +
    "0 verifying 1, 0 verified 1",
  ],
  [
    "a question for its map that is refused",
    { answers: { [MAP]: first(1, "7F 31 10") } },
    "check, erase, open, sample, erase, download, 5 block, exit, check",
    '0 checking 1, 0 erasing 1, 0 writing 1, left: Cannot complete RoutineControl "31 03 47 52 00 00 ' +
    '01": negative response 0x10 generalReject, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1',
  ],
  [
    "a block that it cannot program",
    { answers: { [MAP]: () => mapOf(SEGMENT_BYTES, {}, { hasFailed: true }) } },
    "check, erase, open, sample, erase, download, 5 block, exit, check",
    "0 checking 1, 0 erasing 1, 0 writing 1, left: a block could not be programmed, 0 erasing 1, " +
    "0 writing 1, 0 verifying 1, 0 verified 1",
  ],
  [
    "a last check that is refused",
    { answers: { [CHECK]: inTurn(DIFFERENT, "7F 31 10") } },
    "check, erase, open, sample, map, close, check, erase, download, 5 block, exit, check",
    '0 checking 1, 0 erasing 1, 0 writing 1, 0 verifying 1, left: Cannot complete RoutineControl "31 ' +
    '01 02 02 44 08 00 80 ..": negative response 0x10 generalReject, 0 erasing 1, 0 writing 1, ' +
    "0 verifying 1, 0 verified 1",
  ],
  [
    "a whole that is wrong, in one of two segments, and another session in its repair",
    {
      imageBytes: 2 * SEGMENT_BYTES,
      answers: {
        [CHECK]: inTurn(DIFFERENT, DIFFERENT, EQUAL, DIFFERENT),
        "34": first(1, "7F 34 7F"),
      },
    },
    "check, erase, open, sample, map, close, 3 check, erase, download, enter, download, 5 block, " +
    "exit, check",
    "0 checking 1, 1 checking 1, 0 erasing 1, 1 erasing 1, 0 writing 1, 1 writing 1, 0 verifying 1, " +
    "1 verifying 1, 0 verified 1, 1 waitingToRetry 1, retry segment 2 after 0: VERIFY_MISMATCH, " +
    "1 erasing 1, 1 writing 1, waitingToRetry, retry node 2 after 50: UDS_NEGATIVE_RESPONSE, " +
    "entering, unlocked, updating, 1 writing 1, 1 verifying 1, 1 verified 1",
  ],
  [
    "two runs, of which the first one is there",
    { image: twoRuns(), answers: { [CHECK]: inTurn(EQUAL, DIFFERENT) } },
    "2 check, 2 erase, open, sample, map, close, open, sample, map, close, 2 check",
    "0 checking 1, 1 checking 1, 0 erasing 1, 1 erasing 1, 0 writing 1, 1 writing 1, 0 verifying 1, " +
    "1 verifying 1, 0 verified 1, 1 verified 1",
  ],
  [
    "what an earlier run may have torn: a group would believe one answer for all",
    {
      answers: { [CHECK]: () => EQUAL },
      job: {
        history: {
          distrusted: [{ start: 0x0800_8000, end: 0x0800_C000 }],
          endState: "bootloader",
        },
      },
    },
    "erase, download, 5 block, exit, check",
    "0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1",
  ],
];

for (const [what, options, asks, tells] of WAYS) {
  Deno.test(`updateNode() in a group: ${what}`, () => {
    const conversation = inGroup(options);
    strictEqual(steps(conversation), asks);
    strictEqual(story(conversation), tells);
    strictEqual(conversation.events.at(-1)?.type, "nodeDone");
    for (
      const { placeOf } of conversation.transfers.map((one) => ({ placeOf: one.placeOf(NAME) }))
    ) {
      strictEqual(placeOf, undefined, "it is waited for no longer");
    }
  });
}
