import { type OperatorFunction, scan } from "rxjs";
import type { FleetEvent } from "./events.ts";
import { EMPTY_FLEET, type FleetState, reduceFleet } from "./state.ts";

/** An event of a run, and the fleet when it was taken in. */
export interface FleetMoment {
  /** What happened. */
  readonly event: FleetEvent;
  /** What is known of the fleet since. */
  readonly state: FleetState;
}

/**
 * Folds a run's events, so that whoever looks at it sees one state: terminal, page, reports, trace.
 *
 * @returns The operator; each subscription begins with no fleet.
 */
export function withState(): OperatorFunction<FleetEvent, FleetMoment> {
  return scan(
    ({ state }: { readonly state: FleetState }, event: FleetEvent): FleetMoment => ({
      event,
      state: reduceFleet(state, event),
    }),
    { state: EMPTY_FLEET },
  ) as OperatorFunction<FleetEvent, FleetMoment>;
}

/**
 * Folds events that are there already, as {@linkcode withState} does those that come.
 *
 * @param events A run's events, in their order.
 * @param before What was known before the first; no fleet by default.
 * @returns Its moments, one for each event.
 */
export function* momentsOf(
  events: Iterable<FleetEvent>,
  before: FleetState = EMPTY_FLEET,
): Generator<FleetMoment> {
  let state = before;
  for (const event of events) {
    state = reduceFleet(state, event);
    yield { event, state };
  }
}
