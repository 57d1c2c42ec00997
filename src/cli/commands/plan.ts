import type { Host } from "../../adapters/mod.ts";
import { formatRange, rangeSizeBytes } from "../../core/mod.ts";
import type { FleetNodeJob } from "../../fleet/mod.ts";
import { eraseTimeMs, programTimeMs } from "../../stm32/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { loadFleet } from "../load_jobs.ts";
import { Output } from "../output.ts";

/**
 * Says what would be erased and written, and how long the nodes' flash takes for it. Sends nothing.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const plans = loadFleet(args.operands[0]!, args, host).jobs.map(describe);
  for (const plan of plans) {
    output.result(
      `${plan.node}  ${plan.device}  ${plan.image}: ${plan.segments.length} segments, ` +
        `${plan.dataBytes} bytes; flash is busy for ${plan.eraseMs} ms erasing and ` +
        `${plan.programMs} ms programming`,
    );
    for (const warning of plan.warnings) output.result(`  warning: ${warning}`);
    if (!output.isVerbose) continue;
    for (const { erase, eraseBytes, dataBytes } of plan.segments) {
      output.result(`  erase ${erase} (${eraseBytes} bytes), write ${dataBytes} bytes`);
    }
  }
  output.summary({ nodes: plans.length, plans });
  return Promise.resolve(EXIT_STATUS.ok);
}

function describe({ name, device, image, job }: FleetNodeJob): {
  readonly node: string;
  readonly device: string;
  readonly image: string;
  readonly dataBytes: number;
  readonly eraseMs: number;
  readonly programMs: number;
  readonly warnings: readonly string[];
  readonly segments: readonly { erase: string; eraseBytes: number; dataBytes: number }[];
} {
  const { segments, geometry, warnings } = job.plan;
  const dataBytes = segments.reduce((sum, { write }) => sum + write.data.length, 0);
  const units = segments.flatMap(({ eraseUnits }) => eraseUnits);
  return {
    node: name,
    device,
    image,
    dataBytes,
    eraseMs: Math.round(eraseTimeMs(geometry, units, "typical")),
    programMs: Math.round(programTimeMs(geometry, dataBytes, "typical")),
    warnings: warnings.map(({ reason }) => reason),
    segments: segments.map(({ range, write }) => ({
      erase: formatRange(range),
      eraseBytes: rangeSizeBytes(range),
      dataBytes: write.data.length,
    })),
  };
}
