import { eraseTimeMs, programTimeMs } from "../../stm32/mod.ts";
import type { BenchResult } from "./run_case.ts";

/**
 * What the host adds to one node: everything beyond the node's own erasing and programming, its
 * flow control's own delay, and the time in which the wire carries something.
 *
 * @param result One node, in a world of its own.
 * @returns As a share of the sum of all these.
 */
export function hostOverhead({ line, meter, world }: BenchResult): number {
  const { plan, nodes } = world;
  const { geometry, segments } = plan;
  const { flowControlDelayMs = 0 } = nodes[0]!.options.behaviour ?? {};
  const eraseMs = eraseTimeMs(
    geometry,
    segments.flatMap((segment) => segment.eraseUnits),
    "typical",
  );
  const programMs = segments.reduce(
    (sum, { write }) => sum + programTimeMs(geometry, write.data.length, "typical"),
    0,
  );
  const flowControlMs = nodes[0]!.statistics.blocks * flowControlDelayMs;
  const ownSeconds = (eraseMs + programMs + flowControlMs) / 1000 + meter.busySeconds;
  return line.seconds / ownSeconds - 1;
}
