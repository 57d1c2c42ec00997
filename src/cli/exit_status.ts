import { CanvoyError } from "../core/light.ts";
import type { FleetState } from "../fleet/mod.ts";

/** How canvoy ends. */
export const EXIT_STATUS = {
  /** Every node is updated, or was up to date. */
  ok: 0,
  /** Some node failed or was refused. */
  nodesFailed: 1,
  /** Bad usage or bad input; nothing was sent. */
  badInput: 2,
  /** The bus or the environment failed. */
  environment: 3,
  /** Updates are due. */
  updatesDue: 4,
  /** Interrupted; safe to resume. */
  interrupted: 130,
} as const;

/** One of {@linkcode EXIT_STATUS}. */
export type ExitStatus = typeof EXIT_STATUS[keyof typeof EXIT_STATUS];

/** Codes of failures that no other input would have avoided. */
const ENVIRONMENT_CODES =
  /^(CAN_|PAGE_SERVER|TCP_BUS|BUS_LOST|BUS_AWAY|BUS_ABSENCE|SOCKETCAN|FILE_UNWRITABLE$|JOURNAL_STALLED$|RUN_IN_PROGRESS$|STATE_FOLDER$)/;

/**
 * Tells how a command ends that an error ended.
 *
 * @param error The error.
 * @returns 2 for input that was refused, 3 for the environment and for canvoy's own faults.
 */
export function statusOfError(error: unknown): ExitStatus {
  const isInput = error instanceof CanvoyError && !isEnvironmentCode(error.code);
  return isInput ? EXIT_STATUS.badInput : EXIT_STATUS.environment;
}

/**
 * Tells how a command ends whose run is over.
 *
 * @param state The fleet at the end.
 * @param isThrough Whether every node got where it should.
 * @returns 0 for that; else 3 where bus or journal failed, 130 where the run was stopped, or 1.
 */
export function statusOfRun(state: FleetState, isThrough: boolean): ExitStatus {
  if (isThrough) return EXIT_STATUS.ok;
  const isEnvironment = state.journalError !== undefined ||
    [...state.nodes.values()].some(({ phase, error }) =>
      phase === "failed" && error !== undefined && isEnvironmentCode(error.code)
    );
  if (isEnvironment) return EXIT_STATUS.environment;
  return state.isCancelled ? EXIT_STATUS.interrupted : EXIT_STATUS.nodesFailed;
}

/**
 * Tells failures of bus and environment from all others.
 *
 * @param code The failure's code.
 * @returns Whether no other input would have avoided it.
 */
export function isEnvironmentCode(code: string): boolean {
  return ENVIRONMENT_CODES.test(code);
}
