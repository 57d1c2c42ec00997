import type { FleetEvent } from "../fleet/mod.ts";
import { SESSION_FINDINGS } from "./session_findings.ts";

/** Something that an operator asks about afterwards. */
export interface Incident {
  /** When, in ms. */
  readonly atMs: number;
  /** The node or the bus; empty for the whole run. */
  readonly subject: string;
  /** What kind. */
  readonly kind: "retry" | "failed" | "refused" | "stopped" | "bus" | "group" | "session";
  /** What is tried again, and which try that is; retries alone. */
  readonly again?: { readonly what: string; readonly attempt: number };
  /** What happened, in words of the run. */
  readonly cause: string;
}

/**
 * Finds out whether an event is one that an operator asks about afterwards.
 *
 * @param event The event.
 * @returns What it tells; `undefined` for the ordinary course of things.
 */
export function incidentOf(event: FleetEvent): Incident | undefined {
  const { atMs } = event;
  switch (event.type) {
    case "busState":
      return { atMs, subject: event.bus, kind: "bus", cause: event.state };
    case "cancelRequested":
      return { atMs, subject: "", kind: "stopped", cause: "the operator asked to stop" };
    case "retry": {
      const { node, scope, segment, attempt, error } = event;
      const what = segment === undefined ? scope : `${scope} ${segment + 1}`;
      return { atMs, subject: node, kind: "retry", again: { what, attempt }, cause: error.message };
    }
    case "nodeLeftGroup":
      return { atMs, subject: event.node, kind: "group", cause: event.reason };
    case "sessionFinding":
      return { atMs, subject: event.node, kind: "session", cause: SESSION_FINDINGS[event.finding] };
    case "nodeFailed":
      return { atMs, subject: event.node, kind: "failed", cause: event.error.message };
    case "nodeRefused":
      return { atMs, subject: event.node, kind: "refused", cause: event.error.message };
    case "nodeCancelled":
      return { atMs, subject: event.node, kind: "stopped", cause: "stopped before it was through" };
    default:
      return undefined;
  }
}
