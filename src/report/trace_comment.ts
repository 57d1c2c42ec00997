import { printable } from "../core/mod.ts";
import type { FleetEvent, FleetState } from "../fleet/mod.ts";
import { plainLine } from "./plain_lines.ts";

/**
 * Tells an event as a comment in a trace: where phases, segments and nodes begin and end, so that
 * frames can be found by what they were for.
 *
 * @param event What happened.
 * @param state The fleet, the event taken in.
 * @returns The comment; `undefined` for what has none.
 */
export function traceComment(event: FleetEvent, state: FleetState): string | undefined {
  if (event.type === "responsePending" || event.type === "segmentProgress") return undefined;
  if (event.type === "runFinished") return "run finished";
  const line = plainLine(event, state, { isVerbose: true });
  return line === undefined ? undefined : printable(line).trim().replace(/^[\d.]+ /, "");
}
