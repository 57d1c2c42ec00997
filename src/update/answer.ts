import { hex } from "../core/mod.ts";
import { SERVICE_ID } from "../uds/mod.ts";
import type { AnswerRule } from "./profile.ts";

/** How a positive response is to be taken. */
export type AnswerVerdict =
  | { readonly kind: "good" }
  /** The routine has begun, or is not through: ask again. */
  | { readonly kind: "busy" }
  /** It ended, and not well. */
  | { readonly kind: "bad"; readonly state: string };

/** Bytes of a RoutineControl response before its status: SID, sub-function, identifier. */
const ROUTINE_STATUS_OFFSET = 4;

/**
 * Takes a positive response as the profile says.
 *
 * Only RoutineControl carries a status, `[0x71, sub-function, routineIdentifier (2), status, ...]`;
 * every other positive response is good as it is.
 *
 * @param rule Which status bytes mean what.
 * @param response A positive response.
 * @returns The verdict.
 */
export function judgeAnswer(rule: AnswerRule, response: Uint8Array): AnswerVerdict {
  const status = routineStatus(response);
  if (status === undefined || rule.good.includes(status)) return { kind: "good" };
  if (rule.busy.includes(status)) return { kind: "busy" };
  return { kind: "bad", state: `status ${hex(status, 2)}` };
}

/**
 * @param response A positive response of RoutineControl.
 * @returns What follows the routine identifier: routineStatusRecord.
 */
export function routineStatusRecord(response: Uint8Array): Uint8Array {
  return response.slice(ROUTINE_STATUS_OFFSET);
}

function routineStatus(response: Uint8Array): number | undefined {
  return response[0] === SERVICE_ID.routineControl + 0x40
    ? response[ROUTINE_STATUS_OFFSET]
    : undefined;
}
