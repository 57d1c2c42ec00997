import type { UncheckedRanges } from "./download_log.ts";

/** What a node keeps beside its flash, its bootloader's notes of applications, and its banks. */
export interface NodeMemory {
  /** RAM that a reset keeps: the application asks the bootloader to stay, in which session. */
  requestedSession: number | undefined;
  /** RAM that a reset keeps: wrong keys in a row. */
  wrongKeys: number;
  /** RAM that a reset keeps: how often in a row the watchdog ended an application. */
  failedStarts: number;
  /** RAM that a reset keeps: no seed is given before, in ms. */
  lockedUntilMs: number;
  /** Survives without power: the version that its last application told in the end. */
  toldVersion: string | undefined;
  /** Survives without power: what nobody may run yet. */
  readonly noted: UncheckedRanges;
  /** Survives without power: what was written by data identifier. */
  readonly written: Map<number, Uint8Array>;
  /** RAM that a reset keeps: what the tester was told and keeps, by name; and how often. */
  readonly told: Map<string, Uint8Array>;
  toldCount: number;
}

/** RAM that a reset keeps, after the power was away. */
export const BLANK_RAM: Pick<
  NodeMemory,
  "requestedSession" | "wrongKeys" | "failedStarts" | "lockedUntilMs"
> = { requestedSession: undefined, wrongKeys: 0, failedStarts: 0, lockedUntilMs: 0 };

/**
 * Makes what a node keeps that was never powered.
 *
 * @returns A memory of nothing.
 */
export function blankMemory(): NodeMemory {
  return {
    ...BLANK_RAM,
    toldVersion: undefined,
    noted: { unchecked: [], halfErased: [] },
    written: new Map(),
    told: new Map(),
    toldCount: 0,
  };
}
