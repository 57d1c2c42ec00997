import type { CborValue } from "../codec/mod.ts";
import type { FleetEvent, FleetEventNode } from "../fleet/mod.ts";
import { count, flag, list, number, oneOf, optional, type Read, record, text } from "./_shape.ts";

type EventType = FleetEvent["type"];
type EventOf<T extends EventType> = Extract<FleetEvent, { readonly type: T }>;
type PlannedSegment = EventOf<"nodePlanned">["segments"][number];
type FieldOf<T extends EventType, K extends keyof EventOf<T>> = Read<EventOf<T>[K]>;

const error = record<EventOf<"nodeFailed">["error"]>({
  code: text,
  message: text,
  request: optional(text),
  response: optional(text),
  step: optional(text),
  place: optional(text),
});
const endState: FieldOf<"nodeFailed", "state"> = oneOf({
  untouched: true,
  oldImage: true,
  eraseUnconfirmed: true,
  bootloader: true,
  newImageUnconfirmed: true,
  rolledBack: true,
});
const nodePhase: FieldOf<"nodePhase", "phase"> = oneOf({
  unknown: true,
  found: true,
  entering: true,
  unlocked: true,
  updating: true,
  imageVerified: true,
  swapping: true,
  activating: true,
  confirming: true,
  rollingBack: true,
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
  erased: true,
  writing: true,
  verifying: true,
  verified: true,
  skipped: true,
  waitingToRetry: true,
  failed: true,
});

/** The fields of one type of event, none of which can be forgotten: not one that may be missing. */
function event<T extends EventType>(
  type: T,
  fields: {
    readonly [K in Exclude<keyof EventOf<T>, "type" | "atMs">]-?: Read<EventOf<T>[K]>;
  },
): Read<EventOf<T>> {
  const typeIs: Read<string> = oneOf({ [type]: true });
  const read = record<Record<string, unknown>>({ type: typeIs, atMs: number, ...fields });
  return read as Read<unknown> as Read<EventOf<T>>;
}

/** Every event's fields. An event that is added to the contract is missing here until it is told. */
const EVENTS: { readonly [T in EventType]: Read<EventOf<T>> } = {
  runStarted: event("runStarted", {
    nodes: list(record<FleetEventNode>({
      name: text,
      bus: text,
      device: text,
      image: text,
      imageVersion: optional(text),
    })),
  }),
  busState: event("busState", {
    bus: text,
    state: oneOf({ errorActive: true, errorPassive: true, busOff: true, stopped: true }),
  }),
  cancelRequested: event("cancelRequested", {}),
  journalFailed: event("journalFailed", { error }),
  runFinished: event("runFinished", {}),
  nodePlanned: event("nodePlanned", {
    node: text,
    segments: list(record<PlannedSegment>({ start: count, end: count, dataBytes: count })),
    imageBytes: count,
    bank: optional(oneOf({ inactive: true })),
  }),
  nodePhase: event("nodePhase", { node: text, phase: nodePhase }),
  nodeIdentified: event("nodeIdentified", {
    node: text,
    identity: record<EventOf<"nodeIdentified">["identity"]>({
      hardware: optional(text),
      version: optional(text),
      bootloader: optional(text),
      serial: optional(text),
      part: optional(text),
      sequence: optional(count),
      downgradeAllowed: optional(flag),
    }),
  }),
  segmentPhase: event("segmentPhase", {
    node: text,
    segment: count,
    phase: segmentPhase,
    attempt: count,
  }),
  segmentProgress: event("segmentProgress", { node: text, segment: count, writtenBytes: count }),
  retry: event("retry", {
    node: text,
    scope: oneOf({ request: true, segment: true, node: true }),
    segment: optional(count),
    attempt: count,
    delayMs: number,
    error,
  }),
  nodeLeftGroup: event("nodeLeftGroup", { node: text, reason: text }),
  sessionFinding: event("sessionFinding", {
    node: text,
    finding: oneOf({ physicalKeepAlive: true, noTesterPresentInDownload: true }),
  }),
  responsePending: event("responsePending", { node: text, service: count, count }),
  nodeDone: event("nodeDone", { node: text, upToDate: flag, version: optional(text) }),
  nodeRefused: event("nodeRefused", { node: text, error }),
  nodeFailed: event("nodeFailed", { node: text, error, state: endState }),
  nodeCancelled: event("nodeCancelled", { node: text, state: endState }),
};

/**
 * Tells whether events of a type are known to this version.
 *
 * @param type The type.
 * @returns Whether {@linkcode readEvent} may take one.
 */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENTS, type);
}

/**
 * Takes a decoded value as a fleet event.
 *
 * @param value Any value.
 * @returns The event.
 * @throws {ShapeError} If it is none of this version's.
 */
export function readEvent(value: CborValue): FleetEvent {
  const type: unknown = value instanceof Map ? value.get("type") : undefined;
  const read = typeof type === "string" && isEventType(type)
    ? EVENTS[type]
    : record({ type: oneOf({} as Readonly<Record<EventType, true>>) });
  return read(value, "event") as FleetEvent;
}
