import { Subject } from "rxjs";
import {
  EMPTY_FLEET,
  type FleetEvent,
  type FleetEventBody,
  type FleetMoment,
  type FleetState,
  reduceFleet,
  withState,
} from "../../../src/fleet/mod.ts";

/** Two segments of an image of 24 KiB. */
export const SEGMENTS = [
  { start: 0x0800_8000, end: 0x0800_C000, dataBytes: 16_384 },
  { start: 0x0800_C000, end: 0x0801_0000, dataBytes: 8_192 },
];

/** A node's error as events carry it. */
export const REFUSED_ERASE = {
  code: "UDS_NEGATIVE_RESPONSE",
  message: "Cannot complete RoutineControl: generalProgrammingFailure (0x72)",
  request: "31 01 FF 00 44 08 00 80 00 00 00 40 00",
  response: "7F 31 72",
};

/** Gives events their times. */
export function at(
  ...timed: readonly (readonly [number, FleetEventBody])[]
): readonly FleetEvent[] {
  return timed.map(([atMs, body]): FleetEvent => ({ atMs, ...body }));
}

/** The beginning of a run: the nodes, all on one bus. */
export function started(...names: readonly string[]): FleetEventBody {
  return {
    type: "runStarted",
    nodes: names.map((name) => ({ name, bus: "body", device: "STM32F407VG", image: "app" })),
  };
}

/** Folds events. */
export function stateOf(events: readonly FleetEvent[]): FleetState {
  return events.reduce(reduceFleet, EMPTY_FLEET);
}

/** A run in which one node gets through, one fails, one is refused and one is at work. */
export const MIXED_RUN: readonly FleetEvent[] = at(
  [1000, started("engine", "door", "lamp", "gateway")],
  [1010, { node: "engine", type: "nodePlanned", segments: SEGMENTS, imageBytes: 24_576 }],
  [1010, { node: "door", type: "nodePlanned", segments: SEGMENTS, imageBytes: 24_576 }],
  [1010, { node: "gateway", type: "nodePlanned", segments: SEGMENTS, imageBytes: 24_576 }],
  [1020, {
    node: "engine",
    type: "nodeIdentified",
    identity: { hardware: "A\x1b[2J", version: "1" },
  }],
  [1030, { node: "engine", type: "nodePhase", phase: "unlocked" }],
  [1040, { node: "engine", type: "nodePhase", phase: "updating" }],
  [1050, { node: "engine", type: "segmentPhase", segment: 0, phase: "erasing", attempt: 1 }],
  [1100, { node: "engine", type: "segmentPhase", segment: 0, phase: "writing", attempt: 1 }],
  [1200, { node: "engine", type: "segmentProgress", segment: 0, writtenBytes: 16_384 }],
  [1210, { node: "engine", type: "segmentPhase", segment: 0, phase: "verified", attempt: 1 }],
  [1220, {
    node: "engine",
    type: "retry",
    scope: "segment",
    segment: 1,
    attempt: 2,
    delayMs: 50,
    error: {
      code: "UDS_TIMEOUT",
      message: "Cannot get a response to TransferData: none in 150 ms",
    },
  }],
  [1400, { node: "engine", type: "segmentPhase", segment: 1, phase: "skipped", attempt: 2 }],
  [1500, { node: "engine", type: "nodePhase", phase: "imageVerified" }],
  [2000, { node: "engine", type: "nodeDone", upToDate: false, version: "2.0.0" }],
  [2100, { node: "door", type: "nodeFailed", error: REFUSED_ERASE, state: "bootloader" }],
  [2200, {
    node: "lamp",
    type: "nodeRefused",
    error: { code: "WRONG_HARDWARE", message: 'Cannot update node: its hardware is "B"' },
  }],
  [2300, { node: "gateway", type: "nodePhase", phase: "updating" }],
  [2300, { node: "gateway", type: "segmentPhase", segment: 0, phase: "skipped", attempt: 1 }],
  [2400, { node: "gateway", type: "segmentPhase", segment: 1, phase: "writing", attempt: 1 }],
  [3000, { node: "gateway", type: "segmentProgress", segment: 1, writtenBytes: 4_096 }],
);

/** Shows events to somebody, as a run does. */
export function eventsTo(
  looker: { next(moment: FleetMoment): void },
): (event: FleetEvent) => void {
  const event$ = new Subject<FleetEvent>();
  event$.pipe(withState()).subscribe((moment) => looker.next(moment));
  return (event) => event$.next(event);
}
