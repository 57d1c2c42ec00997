import type { FleetEvent } from "../fleet/mod.ts";

/** Something that an operator asks about afterwards. */
export interface Incident {
  /** When, in ms. */
  readonly atMs: number;
  /** The node or the bus. */
  readonly subject: string;
  /** What kind. */
  readonly kind: "retry" | "failed" | "refused" | "stopped" | "bus" | "group";
  /** What happened, in words of the run. */
  readonly text: string;
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
      return { atMs, subject: event.bus, kind: "bus", text: event.state };
    case "cancelRequested":
      return { atMs, subject: "", kind: "stopped", text: "the operator asked to stop" };
    case "retry": {
      const segment = event.segment === undefined ? "" : ` ${event.segment + 1}`;
      const text = `${event.scope}${segment} again, try ${event.attempt}: ${event.error.message}`;
      return { atMs, subject: event.node, kind: "retry", text };
    }
    case "nodeLeftGroup":
      return { atMs, subject: event.node, kind: "group", text: event.reason };
    case "nodeFailed":
      return { atMs, subject: event.node, kind: "failed", text: event.error.message };
    case "nodeRefused":
      return { atMs, subject: event.node, kind: "refused", text: event.error.message };
    case "nodeCancelled":
      return { atMs, subject: event.node, kind: "stopped", text: "stopped before it was through" };
    default:
      return undefined;
  }
}
