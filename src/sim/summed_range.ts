import type { AddressRange } from "../core/mod.ts";
import type { NodeHandle } from "./node_handle.ts";

/**
 * Finds what a check sums up that names no range.
 *
 * @param node The node.
 * @param written What the last download brought.
 * @returns It, or what its dialect says in its place.
 */
export function summedRange(
  { flash, target, options: { dialect } }: NodeHandle,
  written: AddressRange,
): AddressRange {
  const { part = "written", skipBytes = 0, tailBytes = 0 } = dialect.check?.over ?? {};
  const units = flash.unitsTouching(written);
  const whole = {
    written,
    erased: { start: units[0]?.start ?? written.start, end: units.at(-1)?.end ?? written.end },
    application: target,
  }[part];
  return { start: whole.start + skipBytes, end: whole.end - tailBytes };
}
