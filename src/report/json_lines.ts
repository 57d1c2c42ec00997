import { jsonText } from "../core/mod.ts";
import type { FleetEvent } from "../fleet/mod.ts";
import type { Summary } from "./summary.ts";

/**
 * Writes an event or the summary as one line of JSON.
 *
 * @param record What to write.
 * @returns The line, with its end.
 */
export function jsonLine(record: FleetEvent | Summary): string {
  return jsonText(record) + "\n";
}
