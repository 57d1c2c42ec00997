import type { ErrorReport, NodeEvent } from "../update/mod.ts";

/**
 * What happens to a fleet: the one stream that terminal, journal, report and exit status fold.
 *
 * Order: one `runStarted`; then events of buses and nodes as they happen, those of one node in the
 * order that {@linkcode NodeEvent} promises; one `runFinished`, and nothing after it. `atMs` never
 * decreases. The stream errors only when no bus is left to work on.
 *
 * Where the operator has nodes tried again, another run follows behind `runFinished`: its
 * `runStarted` names these nodes alone, and what is known of the others stands.
 */
export type FleetEvent = { readonly atMs: number } & FleetEventBody;

/** Something that happened to a node, with its time. */
export type FleetNodeEvent = { readonly atMs: number; readonly node: string } & NodeEvent;

/** A fleet event without its time. */
export type FleetEventBody =
  /** Which nodes the run is about. */
  | { readonly type: "runStarted"; readonly nodes: readonly FleetEventNode[] }
  /** A bus changed: error-passive, bus-off, gone, back. */
  | { readonly type: "busState"; readonly bus: string; readonly state: BusState }
  /** Something happened to a node. */
  | ({ readonly node: string } & NodeEvent)
  /** The operator asked to stop. */
  | { readonly type: "cancelRequested" }
  /** Events can no longer be written down: every node is led to a safe place, nothing is erased. */
  | { readonly type: "journalFailed"; readonly error: ErrorReport }
  /** Every node has ended. */
  | { readonly type: "runFinished" };

/** A node as the run's first event names it. */
export interface FleetEventNode {
  /** Its name in the fleet file. */
  readonly name: string;
  /** The bus it is on. */
  readonly bus: string;
  /** Its device. */
  readonly device: string;
  /** The image it gets. */
  readonly image: string;
  /** What that image calls itself, where the fleet file or the release says so. */
  readonly imageVersion?: string;
}

/** Fault confinement state of canvoy's own controller on a bus; `stopped`: interface down or gone. */
export type BusState = "errorActive" | "errorPassive" | "busOff" | "stopped";
