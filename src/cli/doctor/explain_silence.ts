import { catchError, concat, map, NEVER, type Observable, of, takeUntil, toArray } from "rxjs";
import { CanvoyError } from "../../core/mod.ts";
import type { FleetFileNode, FleetState, NodeState } from "../../fleet/mod.ts";
import { resolveAddressing } from "../../isotp/mod.ts";
import type { RunBus } from "../run_bus.ts";
import type { RunClock } from "../run_clock.ts";
import type { StopRequest } from "../stop_request.ts";
import { diagnose, nothingSent } from "./diagnosis.ts";
import type { Finding } from "./finding.ts";
import { type AskedNode, examine } from "./examine.ts";

/** How long a bus is listened to after a run, in ms: the run has heard it already. */
const LISTEN_MS = 250;
/** How many silent nodes of a bus are asked again. */
const ASKED_MAX = 8;
/** Says no more than that a node was not heard in time. */
const SILENT_CODE = "UDS_TIMEOUT";
/** Say that the bus did not carry what was sent to a node, or its answer not whole. */
const UNSENT_CODES: ReadonlySet<string> = new Set([
  "ISOTP_N_TIMEOUT_A",
  "ISOTP_N_ERROR",
  "ISOTP_N_TIMEOUT_BS",
  "ISOTP_N_TIMEOUT_CR",
  "ISOTP_N_WRONG_SN",
]);

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
  let found: readonly Finding[] | undefined;
  const asked = examined.map(({ bus, nodes }) =>
    examine({
      place: bus.place,
      port: bus.attach("doctor"),
      wire: () => bus.wire?.(),
      clock: runClock.clock,
      nodes,
      listenMs: LISTEN_MS,
    }).pipe(map(diagnose), catchError(toFinding), takeUntil(lost(bus)))
  );
  const subscription = concat(...asked).pipe(toArray()).subscribe((each) => found = each.flat());
  await runClock.run({ isOver: () => found !== undefined || stop.requested, onTurn: () => {} });
  subscription.unsubscribe();
  return found ?? [];
}

function toFinding(error: unknown): Observable<readonly Finding[]> {
  if (!(error instanceof CanvoyError)) throw error;
  return of([nothingSent(error)]);
}

/** Emits when a bus is gone for good: the run itself tells that. */
function lost({ lost$ }: RunBus): Observable<void> {
  return (lost$ ?? NEVER).pipe(catchError(() => of(undefined)));
}

function silentNodes({ nodes, state }: EndedRun, bus: string): readonly AskedNode[] {
  return nodes.filter((node) => node.bus === bus).flatMap(({ name, addressing }) => {
    const node = state.nodes.get(name);
    if (node === undefined || !isSilent(node)) return [];
    const wasLost = node.error?.code === SILENT_CODE && Object.keys(node.identity).length > 0;
    return [{ name, ...resolveAddressing(addressing), wasLost }];
  }).slice(0, ASKED_MAX);
}

function isSilent({ phase, error }: NodeState): boolean {
  return phase === "failed" && error !== undefined &&
    (error.code === SILENT_CODE || UNSENT_CODES.has(error.code));
}
