import type { CborValue } from "../codec/mod.ts";
import type { FleetEvent } from "../fleet/mod.ts";
import { isEventType, readEvent } from "./_event_shapes.ts";
import { ShapeError } from "./_shape.ts";

/** An event holds a list of records, which hold no more. */
const DEPTH_MAX = 8;

/** What a line of `--json` is. */
export type EventLine =
  /** An event of a run. */
  | { readonly kind: "event"; readonly event: FleetEvent }
  /** Something else: a summary, what another command tells, what a later version adds. */
  | { readonly kind: "other" }
  /** It says that it is an event, and is not as one is. */
  | { readonly kind: "malformed"; readonly state: string };

/**
 * Takes what a line of `--json` holds as a fleet event, as strictly as a journal's.
 *
 * @param value What JSON gives.
 * @returns The event, or what it is instead.
 */
export function readEventLine(value: object): EventLine {
  const type: unknown = Object.hasOwn(value, "type") && (value as { type?: unknown }).type;
  if (typeof type !== "string" || !isEventType(type)) return { kind: "other" };
  try {
    return { kind: "event", event: readEvent(toMaps(value, 0)) };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    return { kind: "malformed", state: error.message };
  }
}

/** As a journal holds it: records are maps. */
function toMaps(value: unknown, depth: number): CborValue {
  if (depth > DEPTH_MAX) throw new ShapeError("event: expected fewer levels");
  if (Array.isArray(value)) return value.map((one) => toMaps(one, depth + 1));
  if (typeof value === "object" && value !== null) {
    return new Map(Object.entries(value).map(([key, one]) => [key, toMaps(one, depth + 1)]));
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new ShapeError("event: expected finite numbers");
  }
  return value as CborValue;
}
