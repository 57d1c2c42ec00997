import { z } from "zod";
import { mapping, PART } from "./_schema_parts.ts";
import type { FleetReport } from "./fleet_report.ts";

const FIELD_RULE = "a text of one line, a number, or nothing: room to write it in by hand";

/** What the report of a run says about itself. */
export const REPORT = mapping({
  title: PART.line.exactOptional().describe(
    "the report's heading; the fleet file's name by default",
  ),
  fields: z.record(
    PART.line,
    z.union([PART.line, z.literal(""), z.number(), z.null()], `expected ${FIELD_RULE}`),
    "expected texts by name, for example {operator: Anna, order: 4711}",
  ).exactOptional().describe(
    "lines of its first page: operator, bench, order; an empty one is left to be filled in by hand",
  ),
}, "a mapping {title, fields}");

/**
 * Reads what the report of a run says about itself.
 *
 * @param written The section as written.
 * @returns The same, every field a text.
 */
export function resolveReport(written: z.infer<typeof REPORT>): FleetReport {
  const { title, fields = {} } = written;
  return {
    ...(title === undefined ? {} : { title }),
    fields: Object.entries(fields).map(([name, value]) => [name, String(value ?? "")]),
  };
}
