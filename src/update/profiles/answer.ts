import { hex } from "../../core/mod.ts";
import { matchAnswer, SERVICE_ID } from "../../uds/mod.ts";
import type { AnswerRule } from "./profile.ts";

/** How a positive response is to be taken. */
export type AnswerVerdict =
  | { readonly kind: "good" }
  /** The routine has begun, or is not through: ask again. */
  | { readonly kind: "busy" }
  /** It ended, and not well; or the profile does not know its status. */
  | { readonly kind: "bad"; readonly state: string; readonly isUnknown: boolean };

/** Bytes of a RoutineControl response before its status: SID, sub-function, identifier. */
const ROUTINE_STATUS_OFFSET = 4;
/** Bytes of a TransferData response before its status: SID, blockSequenceCounter. */
const BLOCK_STATUS_OFFSET = 2;

/**
 * Takes a positive response as the profile says.
 *
 * Where the profile says what an answer looks like, its `{status:1}` is the status. By default only two
 * carry one: RoutineControl, `[0x71, sub-function, routineIdentifier (2), status, ...]`,
 * and TransferData, `[0x76, blockSequenceCounter, status, ...]`; every other positive response is good
 * as it is.
 *
 * @param rule Which status bytes mean what.
 * @param response A positive response.
 * @returns The verdict.
 */
export function judgeAnswer(rule: AnswerRule, response: Uint8Array): AnswerVerdict {
  const fields = rule.response && matchAnswer(rule.response, response);
  if (rule.response !== undefined && fields === undefined) {
    const state = `answers other than the profile's ${rule.key}.answer, ${rule.response.text}`;
    return { kind: "bad", state, isUnknown: true };
  }
  const status = fields === undefined ? statusOf(response) : fields.get("status")?.[0];
  if (status === undefined || rule.good.includes(status)) return { kind: "good" };
  if (rule.busy.includes(status)) return { kind: "busy" };
  const isUnknown = rule.bad?.includes(status) !== true;
  const state = `status ${hex(status, 2)}`;
  return { kind: "bad", state: isUnknown ? `${state}${unknownWords(rule)}` : state, isUnknown };
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
