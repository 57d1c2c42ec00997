import type { NodeEvent, NodePhase, SegmentPhase } from "./events.ts";

/**
 * Says how far a node is.
 *
 * @param name Its phase.
 * @returns The event.
 */
export function phase(name: NodePhase): NodeEvent {
  return { type: "nodePhase", phase: name };
}

/**
 * Says how far a segment is.
 *
 * @param segment The segment.
 * @param name Its phase.
 * @param attempt Of which try of it, from 1.
 * @returns The event.
 */
export function phaseEvent(
  { index }: { readonly index: number },
  name: SegmentPhase,
  attempt = 1,
): NodeEvent {
  return { type: "segmentPhase", segment: index, phase: name, attempt };
}
