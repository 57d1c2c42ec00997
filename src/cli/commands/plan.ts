import type { Host } from "../../adapters/mod.ts";
import { formatRange, hex, rangeSizeBytes } from "../../core/mod.ts";
import { type FleetNodeJob, groupNodes } from "../../fleet/mod.ts";
import { assumedFigures, deviceName, eraseTimeMs, programTimeMs } from "../../stm32/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { estimateBusMs } from "../estimate_bus.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { type LoadedFleet, loadFleet } from "../load_jobs.ts";
import { Output } from "../output.ts";

/**
 * Says what would be erased and written, how long that takes, and which figures of the devices are
 * assumed. Sends nothing.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const loaded = loadFleet(args.operands[0]!, args, host);
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
  for (const { bus, nodes, estimateMs } of buses) {
    output.result(`${bus}: ${nodes} nodes, at least ${(estimateMs / 1000).toFixed(1)} s`);
  }
  const assumed = describeDevices(loaded.jobs);
  for (const { device, assumedFigures } of assumed) {
    output.result(`${device}: assumed without a source: ${assumedFigures.join(", ")}`);
  }
  output.summary({ nodes: plans.length, plans, groups, buses, assumed });
  return Promise.resolve(EXIT_STATUS.ok);
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

function describeBuses(
  { fleet, nodes, jobs }: LoadedFleet,
  groups: ReturnType<typeof describeGroups>,
): readonly { readonly bus: string; readonly nodes: number; readonly estimateMs: number }[] {
  const listeners = new Set(groups.flatMap((group) => group.nodes.slice(1)));
  const planned = nodes.map((node, i) => ({
    node,
    job: jobs[i]!.job,
    listens: listeners.has(node.name),
  }));
  return [...fleet.buses.values()].flatMap(({ name, bitRates }) => {
    const onBus = planned.filter(({ node }) => node.bus === name);
    const estimateMs = Math.round(estimateBusMs(onBus, bitRates));
    return onBus.length === 0 ? [] : [{ bus: name, nodes: onBus.length, estimateMs }];
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
