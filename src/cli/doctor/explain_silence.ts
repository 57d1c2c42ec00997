import { concat, toArray } from "rxjs";
import type { FleetFileNode, FleetState, NodeState } from "../../fleet/mod.ts";
import { resolveAddressing } from "../../isotp/mod.ts";
import type { RunBus } from "../run_bus.ts";
import type { RunClock } from "../run_clock.ts";
import type { StopRequest } from "../stop_request.ts";
import { type BusEvidence, diagnose, type Finding } from "./diagnosis.ts";
import { type AskedNode, examine } from "./examine.ts";

/** How long a bus is listened to after a run, in ms: the run has heard it already. */
const LISTEN_MS = 250;
/** How many silent nodes of a bus are asked again. */
const ASKED_MAX = 8;
/** Codes of errors that say no more than that a node was not heard in time. */
const SILENT_CODES: ReadonlySet<string> = new Set(["UDS_TIMEOUT", "ISOTP_TIMEOUT"]);

/** A run that has ended. */
export interface EndedRun {
  /** The nodes that were meant. */
  readonly nodes: readonly FleetFileNode[];
  /** What became of them. */
  readonly state: FleetState;
  /** Its buses, still open; nothing transmits on them any more. */
  readonly buses: ReadonlyMap<string, RunBus>;
  /** Its time. */
  readonly runClock: RunClock;
  /** The wish to stop. */
  readonly stop: StopRequest;
}

/**
 * Finds out why nodes did not answer a run, as `canvoy doctor` does. Nodes that are modelled within
 * this process need no explaining; nor is anything asked once the operator wants to stop.
 *
 * @param run The run.
 * @returns What is known of buses with silent nodes; empty where there are none.
 */
export async function explainSilence(run: EndedRun): Promise<readonly Finding[]> {
  const { buses, runClock, stop } = run;
  const examined = [...buses.values()].filter(({ hasOutsideNodes }) => hasOutsideNodes)
    .map((bus) => ({ bus, nodes: silentNodes(run, bus.name) }))
    .filter(({ nodes }) => nodes.length > 0);
  if (examined.length === 0 || stop.requested) return [];
  let found: readonly BusEvidence[] | undefined;
  // A bus that is lost, or acknowledges nothing, has been told by the run itself.
  let isOver = false;
  const asked = examined.map(({ bus, nodes }) =>
    examine({
      place: bus.place,
      port: bus.attach("doctor"),
      clock: runClock.clock,
      nodes,
      listenMs: LISTEN_MS,
    })
  );
  const end = (): void => void (isOver = true);
  const subscription = concat(...asked).pipe(toArray()).subscribe({
    next: (evidence) => found = evidence,
    error: end,
    complete: end,
  });
  await runClock.run({ isOver: () => isOver || stop.requested, onTurn: () => {} });
  subscription.unsubscribe();
  return (found ?? []).flatMap(diagnose);
}

function silentNodes({ nodes, state }: EndedRun, bus: string): readonly AskedNode[] {
  return nodes.filter((node) => node.bus === bus).flatMap(({ name, addressing }) => {
    const node = state.nodes.get(name);
    if (node === undefined || !isSilent(node)) return [];
    const wasLost = Object.keys(node.identity).length > 0;
    return [{ name, ...resolveAddressing(addressing), wasLost }];
  }).slice(0, ASKED_MAX);
}

function isSilent({ phase, error }: NodeState): boolean {
  return phase === "failed" && error !== undefined && SILENT_CODES.has(error.code);
}
