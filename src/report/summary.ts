import type { FleetState } from "../fleet/mod.ts";
import type { BusFigures } from "./bus_figures.ts";
import { countEndStates, type EndState } from "./end_state.ts";
import { dueWords, isUpdateDue } from "./node_outcome.ts";
import { countNodes } from "./progress.ts";
import { remedyFor } from "./remedies.ts";
import { counted } from "./_text.ts";

/** The last line of `--json`, its keys in this order. */
export interface Summary {
  /** Tells it from events. */
  readonly type: "summary";
  /** The command. */
  readonly command: string;
  /** Whether every node was updated, or was up to date. */
  readonly ok: boolean;
  /** How many nodes the run was about. */
  readonly nodes: number;
  /** Updated in this run, verified and running. */
  readonly done: number;
  /** Held the image already. */
  readonly upToDate: number;
  /** Only compared, and hold another image; absent where none does. */
  readonly due?: number;
  /** Given up. */
  readonly failed: number;
  /** Not what the fleet file says; untouched. */
  readonly refused: number;
  /** How many nodes are in which of the promised ends, as far as the run can tell. */
  readonly endStates: Readonly<Record<EndState, number>>;
  /** How long it took, in ms of the run's own time. */
  readonly elapsedMs: number;
  /** Bytes that nodes acknowledged, repeated ones counted again. */
  readonly bytesWritten: number;
  /** How often something was tried again. */
  readonly retries: number;
  /** What the buses carried. */
  readonly buses: readonly BusFigures[];
  /** What kept it from being ok; absent otherwise. */
  readonly error?: SummaryError;
}

/** Why a run is not ok. */
export interface SummaryError {
  /** Stable code. */
  readonly code: string;
  /** What could not be done and why. */
  readonly message: string;
  /** What to do about it. */
  readonly help: string;
}

/**
 * Sums a run up.
 *
 * @param state The fleet at its end.
 * @param run The command, and what the buses carried.
 * @returns The summary; the first node that is not through gives its error.
 */
export function summarize(
  state: FleetState,
  run: { readonly command: string; readonly buses: readonly BusFigures[] },
): Summary {
  const { nodes, done, upToDate, due, failed, refused } = countNodes(state);
  let bytesWritten = 0;
  let retries = 0;
  for (const node of state.nodes.values()) {
    bytesWritten += node.bytesWritten;
    retries += node.retries;
  }
  const ok = state.isFinished && done + upToDate === nodes;
  return {
    type: "summary",
    command: run.command,
    ok,
    nodes,
    done,
    upToDate,
    ...(due > 0 ? { due } : {}),
    failed,
    refused,
    endStates: countEndStates(state),
    elapsedMs: Math.round(state.atMs - state.startedAtMs),
    bytesWritten,
    retries,
    buses: run.buses.map(({ bus, frames, bits, busyRatio }) => ({
      bus,
      frames,
      bits,
      busyRatio: Math.round(busyRatio * 10_000) / 10_000,
    })),
    ...(ok ? {} : { error: firstError(state) }),
  };
}

function firstError(state: FleetState): SummaryError {
  if (state.journalError !== undefined) {
    const { code, message } = state.journalError;
    return { code, message, help: remedyFor(state.journalError) };
  }
  for (const node of state.nodes.values()) {
    const { name, phase, error } = node;
    if ((phase !== "failed" && phase !== "refused") || error === undefined) continue;
    if (isUpdateDue(node)) continue;
    const { code, message } = error;
    return { code, message: `${name}: ${message}`, help: remedyFor(error) };
  }
  const due = dueWords(state.nodes.values());
  if (due.length > 0 && state.isFinished && !state.isCancelled) {
    const code = "UPDATES_DUE";
    const message = `${counted(state.nodes.size, "node")} compared: ${due.join(", ")}`;
    return { code, message, help: remedyFor({ code, message }) };
  }
  const code = state.isCancelled ? "CANCELLED" : "UNFINISHED";
  const message = state.isCancelled
    ? "Cannot finish the run: it was stopped"
    : "Cannot finish the run: it ended before every node did";
  return { code, message, help: remedyFor({ code, message }) };
}
