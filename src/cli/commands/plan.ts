import type { Host } from "../../adapters/mod.ts";
import { defined, formatRange, hex, rangeSizeBytes } from "../../core/mod.ts";
import { type FleetNodeJob, groupNodes, writtenPlan } from "../../fleet/mod.ts";
import { assumedFigures, deviceName, eraseTimeMs, programTimeMs } from "../../stm32/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { declaredDevices } from "../declared_devices.ts";
import { estimateBusMs } from "../estimate/estimate_bus.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { type LoadedFleet, loadSignedFleet } from "../load_jobs.ts";
import { outrankedAnswers } from "../outranked_answers.ts";
import { Output } from "../output.ts";

/**
 * Says what would be erased and written, how long that takes, and which figures of the devices are
 * assumed. Sends nothing.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const loaded = await loadSignedFleet(args.operands[0]!, args, host);
  const plans = loaded.jobs.map(describe);
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
  const groups = describeGroups(loaded);
  for (const { bus, identifier, image, nodes } of groups) {
    output.result(
      `${bus}  ${nodes.length} nodes take ${image} together, in one transmission on ${identifier}`,
    );
  }
  const buses = describeBuses(loaded, groups);
  for (const { bus, nodes, estimateMs, warnings } of buses) {
    output.result(`${bus}: ${nodes} nodes, about ${(estimateMs / 1000).toFixed(1)} s`);
    for (const warning of warnings) output.result(`  warning: ${warning}`);
  }
  const declared = declaredDevices(loaded.jobs);
  for (const { text } of declared) output.result(text);
  const assumed = describeDevices(loaded.jobs);
  for (const { device, assumedFigures } of assumed) {
    output.result(`${device}: assumed without a source: ${assumedFigures.join(", ")}`);
  }
  output.summary({
    nodes: plans.length,
    plans,
    groups,
    buses,
    declared: declared.map(({ fields }) => fields),
    assumed,
  });
  return EXIT_STATUS.ok;
}

/** Which nodes take group downloads together. */
function describeGroups({ fleet, nodes, jobs }: LoadedFleet): readonly {
  readonly bus: string;
  readonly identifier: string;
  readonly image: string;
  readonly nodes: readonly string[];
}[] {
  const formats = new Map(
    nodes.map(({ name, frameFormat }) => [name, JSON.stringify(frameFormat)]),
  );
  return groupNodes(jobs, ({ name }) => formats.get(name)).map((group) => {
    const { bus, image } = group[0]!;
    const { id, extended } = fleet.buses.get(bus)!.group;
    const identifier = hex(id, extended ? 8 : 3);
    return { bus, identifier, image, nodes: group.map(({ name }) => name) };
  });
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
  const { segments, geometry, warnings } = writtenPlan(job);
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

function describeBuses(
  { fleet, nodes, jobs }: LoadedFleet,
  groups: ReturnType<typeof describeGroups>,
): readonly {
  readonly bus: string;
  readonly nodes: number;
  readonly estimateMs: number;
  readonly warnings: readonly string[];
}[] {
  const groupOf = new Map(
    groups.flatMap((group, i) => group.nodes.map((name) => [name, String(i)])),
  );
  const planned = nodes.map((node, i) => {
    const group = groupOf.get(node.name);
    return { node, job: jobs[i]!.job, ...defined({ group }) };
  });
  return [...fleet.buses.values()].flatMap((bus) => {
    const { name } = bus;
    const onBus = planned.filter(({ node }) => node.bus === name);
    if (onBus.length === 0) return [];
    const estimateMs = Math.round(estimateBusMs(onBus, bus));
    const outranked = outrankedAnswers(onBus.map(({ node }) => node));
    const warnings = outranked === undefined ? [] : [outranked];
    return [{ bus: name, nodes: onBus.length, estimateMs, warnings }];
  });
}

/** Each device once, with the figures that its plan rests on without a readable source. */
function describeDevices(
  jobs: readonly FleetNodeJob[],
): readonly { readonly device: string; readonly assumedFigures: readonly string[] }[] {
  const geometries = new Map(
    jobs.map(({ job }) => [deviceName(job.plan.geometry), job.plan.geometry]),
  );
  return [...geometries].map(([device, geometry]) => ({
    device,
    assumedFigures: assumedFigures(geometry),
  })).filter(({ assumedFigures: figures }) => figures.length > 0);
}
