import { bytesToHex, equalBytes, hex, readUintBe } from "../../core/mod.ts";
import {
  conditionHolds,
  conditionValue,
  type DataCondition,
  matchAnswer,
  type RequestFields,
  SERVICE_ID,
} from "../../uds/mod.ts";
import type { AnswerRule } from "./profile.ts";

/** How a positive response is to be taken. */
export type AnswerVerdict =
  | { readonly kind: "good" }
  /** The routine has begun, or is not through: ask again. */
  | { readonly kind: "busy" }
  /** It ended, and not well; or the profile does not know its status. */
  | { readonly kind: "bad"; readonly state: string; readonly isUnknown: boolean }
  /** It carries a value that is another than it should be. */
  | { readonly kind: "different"; readonly state: string };

/** Bytes of a RoutineControl response before its status: SID, sub-function, identifier. */
const ROUTINE_STATUS_OFFSET = 4;
/** Bytes of a TransferData response before its status: SID, blockSequenceCounter. */
const BLOCK_STATUS_OFFSET = 2;
/** Bytes of a ReadDataByIdentifier response before its record: SID, data identifier. */
const RECORD_OFFSET = 3;

/**
 * Takes a positive response as the profile says.
 *
 * Where the profile says what an answer looks like, its `{status:1}` is the status. By default only two
 * carry one: RoutineControl, `[0x71, sub-function, routineIdentifier (2), status, ...]`,
 * and TransferData, `[0x76, blockSequenceCounter, status, ...]`; every other positive response is good
 * as it is. What else it carries by the profile's words must be what is expected of it.
 *
 * @param rule Which status bytes mean what.
 * @param response A positive response.
 * @param expected What the fields of the answer must hold; others are passed over.
 * @returns The verdict.
 */
export function judgeAnswer(
  rule: AnswerRule,
  response: Uint8Array,
  expected: RequestFields = {},
): AnswerVerdict {
  const fields = rule.response && matchAnswer(rule.response, response);
  if (rule.response !== undefined && fields === undefined) {
    const state = `answers other than the profile's ${rule.key}.answer, ${rule.response.text}`;
    return { kind: "bad", state, isUnknown: true };
  }
  const status = fields === undefined ? statusOf(response) : fields.get("status")?.[0];
  if (status === undefined || rule.good.includes(status)) {
    const state = fields && differenceOf(fields, expected);
    if (state === undefined) return { kind: "good" };
    return { kind: "different", state: `${state}: the profile's ${rule.key}.answer` };
  }
  if (rule.busy.includes(status)) return { kind: "busy" };
  const isUnknown = rule.bad?.includes(status) !== true;
  const state = `status ${hex(status, 2)}`;
  return { kind: "bad", state: isUnknown ? `${state}${unknownWords(rule)}` : state, isUnknown };
}

/**
 * Takes what a node says of how far it is.
 *
 * @param rule How its answers are read.
 * @param response The positive response to the question.
 * @param expected What the fields of the answer must hold; others are passed over.
 * @returns The verdict.
 */
export function judgePolled(
  rule: AnswerRule,
  response: Uint8Array,
  expected: RequestFields = {},
): AnswerVerdict {
  const { until, failsWhen } = rule.poll ?? {};
  if (until === undefined) return judgeAnswer(rule, response, expected);
  const record = response.subarray(RECORD_OFFSET);
  const holds = (condition: DataCondition): boolean => {
    const value = conditionValue(condition, record);
    return value !== undefined && conditionHolds(condition, value);
  };
  if (failsWhen !== undefined && holds(failsWhen)) {
    const state = `record ${showBytes(record)}, which the profile's poll.failsWhen is`;
    return { kind: "bad", state, isUnknown: false };
  }
  return { kind: holds(until) ? "good" : "busy" };
}

/** Numbers are compared by their value: an answer may have more bytes for them than the request. */
function differenceOf(
  fields: ReadonlyMap<string, Uint8Array>,
  expected: RequestFields,
): string | undefined {
  for (const [name, bytes] of fields) {
    const value = expected[name];
    if (value === undefined) continue;
    const isSame = typeof value === "number"
      ? readUintBe(bytes, 0, bytes.length) === value
      : equalBytes(bytes, value);
    if (isSame) continue;
    const wanted = typeof value === "number" ? hex(value, 2 * bytes.length) : showBytes(value);
    return `{${name}} ${showBytes(bytes)} where ${wanted} was expected`;
  }
  return undefined;
}

function showBytes(bytes: Uint8Array): string {
  return `0x${bytesToHex(bytes, "")}`;
}

function unknownWords({ good, key }: AnswerRule): string {
  if (key === undefined) return "";
  const known = good.map((byte) => hex(byte, 2)).join(", ");
  return ` is none that the profile knows: its ${key}.good is [${known}]`;
}

/**
 * @param response A positive response of RoutineControl.
 * @returns What follows the routine identifier: routineStatusRecord.
 */
export function routineStatusRecord(response: Uint8Array): Uint8Array {
  return response.slice(ROUTINE_STATUS_OFFSET);
}

function statusOf(response: Uint8Array): number | undefined {
  switch (response[0]! - 0x40) {
    case SERVICE_ID.routineControl:
      return response[ROUTINE_STATUS_OFFSET];
    case SERVICE_ID.transferData:
      return response[BLOCK_STATUS_OFFSET];
    default:
      return undefined;
  }
}
