import {
  isEndlessPatience,
  IsoTpError,
  NRC,
  UdsNegativeResponseError,
  UdsTimeoutError,
} from "../../uds/mod.ts";
import type { ErrorReport } from "./events.ts";
import type { SilenceWitness } from "./node_connection.ts";
import { hex } from "../../core/mod.ts";
import type { NodeNotes } from "./node_context.ts";

/**
 * Names the cause of a failure that an earlier step explains.
 *
 * @param error What ended a node's conversation.
 * @param notes What its steps noted.
 * @returns The same, or an error with the cause in its message.
 */
export function explained(error: unknown, { zeroSeedLevel }: NodeNotes): unknown {
  const isLocked = error instanceof UdsNegativeResponseError &&
    error.nrc === NRC.securityAccessDenied && zeroSeedLevel !== undefined;
  return isLocked
    ? new UdsNegativeResponseError(
      error.request,
      error.response,
      `its seed of level ${
        hex(zeroSeedLevel, 2)
      } was all zero, which says that it is unlocked and ` +
        "no key is wanted: perhaps it wanted one all the same",
    )
    : error;
}

/**
 * Adds to a report of silence what was heard in place of an answer.
 *
 * @param report The report.
 * @param error What it reports.
 * @param witness What was noticed.
 * @returns The same report, or one with more in its message.
 */
export function withWitness(
  report: ErrorReport,
  error: unknown,
  witness: SilenceWitness | undefined,
): ErrorReport {
  const isSilence = error instanceof UdsTimeoutError || error instanceof IsoTpError;
  if (!isSilence || isEndlessPatience(error) || witness === undefined) return report;
  return { ...report, message: report.message + witness.words };
}
