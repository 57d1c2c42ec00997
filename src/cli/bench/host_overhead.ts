import type { Clock } from "../../core/mod.ts";
import { eraseTimeMs, programTimeMs } from "../../stm32/mod.ts";
import type { BenchWorld } from "./bench_world.ts";
import type { Meter } from "./meter.ts";
import type { BenchResult } from "./run_case.ts";

/**
 * What the host adds to one node: everything beyond the node's own erasing and programming, its
 * flow control's own delay, and the time in which the wire carries something.
 *
 * @param result One node, in a world of its own.
 * @returns As a share of the sum of all these.
 */
export function hostOverhead({ line, meter, world }: BenchResult): number {
  return line.seconds / ownSeconds(world, meter) - 1;
}

/**
 * What one node's update takes though the host were infinitely quick.
 *
 * @param world One node in a world of its own, when it is through.
 * @param meter What was measured there.
 * @returns Its own times and those of the wire, in s.
 */
export function ownSeconds({ plan, nodes }: BenchWorld<Clock>, meter: Meter): number {
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
  return (eraseMs + programMs + flowControlMs) / 1000 + meter.busySeconds;
}
