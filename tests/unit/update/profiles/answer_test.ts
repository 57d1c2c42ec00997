import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../../src/core/mod.ts";
import {
  type AnswerVerdict,
  judgeAnswer,
  routineStatusRecord,
} from "../../../../src/update/profiles/answer.ts";
import type { AnswerRule } from "../../../../src/update/mod.ts";

const RULE: AnswerRule = { good: [0x00, 0x04], busy: [0x02], bad: [0x01] };
const GOOD: AnswerVerdict = { kind: "good" };
const bad = (state: string, isUnknown: boolean): AnswerVerdict => ({
  kind: "bad",
  state,
  isUnknown,
});

const TABLE: readonly (readonly [string, string, AnswerVerdict, AnswerRule?])[] = [
  ["a routine's good status", "71 01 FF 00 00", GOOD],
  ["another good one", "71 01 FF 00 04", GOOD],
  ["more of the record behind it", "71 01 FF 00 00 01", GOOD],
  ["no status at all", "71 01 FF 00", GOOD],
  ["a routine that goes on", "71 01 FF 00 02", { kind: "busy" }],
  ["a routine that failed", "71 01 FF 00 01", bad("status 0x01", false)],
  ["a status that nobody knows", "71 01 FF 00 05", bad("status 0x05", true)],
  [
    "the same, with the place where it would be told",
    "71 01 FF 00 05",
    bad("status 0x05 is none that the profile knows: its check.good is [0x00, 0x04]", true),
    { ...RULE, key: "check" },
  ],
  [
    "a status where the profile names no bad ones",
    "71 01 FF 00 01",
    bad("status 0x01", true),
    { good: [0x00], busy: [] },
  ],
  ["a block without a status", "76 01", GOOD],
  ["a block's good status", "76 01 00", GOOD],
  ["a block that failed", "76 00 01", bad("status 0x01", false)],
  ["a block that is still written", "76 01 02", { kind: "busy" }],
  ["a service without a status, whatever it carries", "74 20 0F FF", GOOD],
  ["a session", "50 02 00 32 01 F4", GOOD],
  ["an exit", "77 01", GOOD],
];

Deno.test("judgeAnswer() reads the status of routines and blocks as the profile says", () => {
  for (const [what, response, verdict, rule = RULE] of TABLE) {
    deepStrictEqual(judgeAnswer(rule, hexToBytes(response)), verdict, what);
  }
});

Deno.test("routineStatusRecord() is what follows the routine identifier", () => {
  strictEqual(bytesToHex(routineStatusRecord(hexToBytes("71 01 02 02 12 34"))), "12 34");
  strictEqual(bytesToHex(routineStatusRecord(hexToBytes("71 01 02 02"))), "");
});
