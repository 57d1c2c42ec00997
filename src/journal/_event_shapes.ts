import type { CborValue } from "../codec/mod.ts";
import type { FleetEvent, FleetEventNode } from "../fleet/mod.ts";
import { count, flag, list, number, oneOf, optional, type Read, record, text } from "./_shape.ts";

type EventType = FleetEvent["type"];
type EventOf<T extends EventType> = Extract<FleetEvent, { readonly type: T }>;
type FieldOf<T extends EventType, K extends keyof EventOf<T>> = Read<EventOf<T>[K]>;

const error: FieldOf<"nodeFailed", "error"> = record({
  code: text,
  message: text,
  request: optional(text),
  response: optional(text),
});
const endState: FieldOf<"nodeFailed", "state"> = oneOf({
  untouched: true,
  oldImage: true,
  eraseUnconfirmed: true,
  bootloader: true,
  newImageUnconfirmed: true,
});
const nodePhase: FieldOf<"nodePhase", "phase"> = oneOf({
  unknown: true,
  found: true,
  entering: true,
  unlocked: true,
  updating: true,
  imageVerified: true,
  activating: true,
  waitingToRetry: true,
  done: true,
  refused: true,
  failed: true,
  cancelled: true,
});
const segmentPhase: FieldOf<"segmentPhase", "phase"> = oneOf({
  pending: true,
  checking: true,
  erasing: true,
  writing: true,
  verifying: true,
  verified: true,
  skipped: true,
  waitingToRetry: true,
  failed: true,
});

function typeIs<T extends EventType>(type: T): Read<T> {
  return oneOf({ [type]: true } as Readonly<Record<T, true>>);
}

/** Every event's fields. An event that is added to the contract is missing here until it is told. */
const EVENTS: { readonly [T in EventType]: Read<EventOf<T>> } = {
  runStarted: record({
    type: typeIs("runStarted"),
    atMs: number,
    nodes: list(record<FleetEventNode>({ name: text, bus: text, device: text, image: text })),
  }),
  busState: record({
    type: typeIs("busState"),
    atMs: number,
    bus: text,
    state: oneOf({ errorActive: true, errorPassive: true, busOff: true, stopped: true }),
  }),
  cancelRequested: record({ type: typeIs("cancelRequested"), atMs: number }),
  journalFailed: record({ type: typeIs("journalFailed"), atMs: number, error }),
  runFinished: record({ type: typeIs("runFinished"), atMs: number }),
  nodePlanned: record({
    type: typeIs("nodePlanned"),
    atMs: number,
    node: text,
    segments: list(record({ start: count, end: count, dataBytes: count })),
    imageBytes: count,
  }),
  nodePhase: record({ type: typeIs("nodePhase"), atMs: number, node: text, phase: nodePhase }),
  nodeIdentified: record({
    type: typeIs("nodeIdentified"),
    atMs: number,
    node: text,
    identity: record({
      hardware: optional(text),
      version: optional(text),
      bootloader: optional(text),
    }),
  }),
  segmentPhase: record({
    type: typeIs("segmentPhase"),
    atMs: number,
    node: text,
    segment: count,
    phase: segmentPhase,
    attempt: count,
  }),
  segmentProgress: record({
    type: typeIs("segmentProgress"),
    atMs: number,
    node: text,
    segment: count,
    writtenBytes: count,
  }),
  retry: record({
    type: typeIs("retry"),
    atMs: number,
    node: text,
    scope: oneOf({ request: true, segment: true, node: true }),
    segment: optional(count),
    attempt: count,
    delayMs: number,
    error,
  }),
  nodeLeftGroup: record({ type: typeIs("nodeLeftGroup"), atMs: number, node: text, reason: text }),
  responsePending: record({
    type: typeIs("responsePending"),
    atMs: number,
    node: text,
    service: count,
    count,
  }),
  nodeDone: record({
    type: typeIs("nodeDone"),
    atMs: number,
    node: text,
    upToDate: flag,
    version: optional(text),
  }),
  nodeRefused: record({ type: typeIs("nodeRefused"), atMs: number, node: text, error }),
  nodeFailed: record({
    type: typeIs("nodeFailed"),
    atMs: number,
    node: text,
    error,
    state: endState,
  }),
  nodeCancelled: record({
    type: typeIs("nodeCancelled"),
    atMs: number,
    node: text,
    state: endState,
  }),
};

/**
 * Takes a decoded value as a fleet event.
 *
 * @param value Any value.
 * @returns The event.
 * @throws {ShapeError} If it is none of this version's.
 */
export function readEvent(value: CborValue): FleetEvent {
  const type: unknown = value instanceof Map ? value.get("type") : undefined;
  const read = typeof type === "string" && Object.hasOwn(EVENTS, type)
    ? EVENTS[type as EventType]
    : record({ type: oneOf({} as Readonly<Record<EventType, true>>) });
  return read(value, "event") as FleetEvent;
}
