import type { Host } from "../../adapters/mod.ts";
import { defined, formatRange, hex, rangeSizeBytes } from "../../core/mod.ts";
import { type FleetNodeJob, groupNodes, writtenPlan } from "../../fleet/mod.ts";
import { assumedFigures, deviceName, eraseTimeMs, programTimeMs } from "../../stm32/mod.ts";
import { type CommandArguments, optionText } from "../command_spec.ts";
import { declaredDevices } from "../declared_devices.ts";
import { estimateBusMs } from "../estimate/estimate_bus.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { type LoadedFleet, loadSignedFleet } from "../load_jobs.ts";
import { outrankedAnswers } from "../outranked_answers.ts";
import { Output } from "../output.ts";
import { planConversation } from "../rehearsal/plan_conversation.ts";
import {
  planLines,
  type PlannedBus,
  type PlannedDevice,
  type PlannedGroup,
  type PlannedNode,
} from "../plan_lines.ts";

/**
 * Says what would be erased and written, how long that takes, and which figures of the devices are
 * assumed; with `--conversation` every request of one node. Sends nothing.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const loaded = await loadSignedFleet(args.operands[0]!, args, host);
  const told = optionText(args, "conversation");
  if (told !== undefined) {
    output.summary(await planConversation({ loaded, args, host, output }, told));
    return EXIT_STATUS.ok;
  }
  const plans = loaded.jobs.map(describe);
  const groups = describeGroups(loaded);
  const buses = describeBuses(loaded, groups);
  const declared = declaredDevices(loaded.jobs);
  const assumed = describeDevices(loaded.jobs);
  const lines = planLines({ fleet: loaded.fleet, plans, groups, buses, assumed }, {
    isVerbose: output.isVerbose,
  });
  for (const line of lines) output.result(line);
  for (const { text } of declared) output.result(text);
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
function describeGroups({ fleet, nodes, jobs }: LoadedFleet): readonly PlannedGroup[] {
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

function describe({ name, bus, device, image, job }: FleetNodeJob): PlannedNode {
  const { segments, geometry, layout, opaque, warnings } = writtenPlan(job);
  const dataBytes = segments.reduce((sum, { write }) => sum + write.data.length, 0);
  const units = segments.flatMap(({ eraseUnits }) => eraseUnits);
  return {
    node: name,
    bus,
    device,
    image,
    ...defined({ version: job.expectedVersion }),
    ...defined({ opaque }),
    ...(layout.linkedAt === undefined || opaque !== undefined ? {} : {
      linkedAt: hex(layout.linkedAt, 8),
      writtenAt: hex(layout.application.start, 8),
    }),
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
  groups: readonly PlannedGroup[],
): readonly PlannedBus[] {
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
): readonly PlannedDevice[] {
  const geometries = new Map(
    jobs.map(({ job }) => [deviceName(job.plan.geometry), job.plan.geometry]),
  );
  return [...geometries].map(([device, geometry]) => ({
    device,
    assumedFigures: assumedFigures(geometry),
  })).filter(({ assumedFigures: figures }) => figures.length > 0);
}
