import type { Observable } from "rxjs";
import type { Host } from "../adapters/mod.ts";
import { VirtualClock } from "../core/mod.ts";
import { type FleetFileNode, withEveryNode } from "../fleet/mod.ts";
import type { NodeContext, NodeEvent } from "../update/mod.ts";
import { type CommandArguments, optionNumber } from "./command_spec.ts";
import type { ExitStatus } from "./exit_status.ts";
import { FleetReporter } from "./fleet_reporter.ts";
import { keySourceOf } from "./key_source.ts";
import type { LoadedFleet } from "./load_jobs.ts";
import { runClock } from "./pace.ts";
import { StopRequest } from "./stop_request.ts";
import { Tester } from "./tester.ts";
import { TraceFile } from "./trace_file.ts";
import { createVirtualWorld, type VirtualWorld } from "./virtual_world.ts";

/** How a run on virtual buses ended. */
export interface VirtualRun {
  /** How canvoy ends. */
  readonly status: ExitStatus;
  /** What was shown, and the state that it was made from. */
  readonly reporter: FleetReporter;
  /** The buses and nodes as they are now. */
  readonly world: VirtualWorld;
}

/**
 * Plays a fleet's buses and nodes in this process and holds a conversation with every selected node.
 *
 * @param loaded The fleet.
 * @param talk One node's conversation.
 * @param args The command line: `--seed`, `--virtual-time`, `--trace`.
 * @param host The outside.
 * @returns How it ended.
 */
export async function runOnVirtualBuses(
  loaded: LoadedFleet,
  talk: (context: NodeContext) => Observable<NodeEvent>,
  args: CommandArguments,
  host: Host,
): Promise<VirtualRun> {
  const clock = new VirtualClock();
  const trace = new TraceFile(args, host);
  const seed = optionNumber(args, "seed") ?? 1;
  const world = createVirtualWorld(loaded.fleet, { clock, seed, image: loaded.image });
  const testers = createTesters(loaded, world, clock);
  const reporter = new FleetReporter({ args, host, busFigures: () => figures(world) });
  for (const bus of world.buses.values()) trace.follow(bus);
  using stop = new StopRequest(host);

  const nodes = new Map(loaded.nodes.map((node) => [node.name, node]));
  let failure: unknown;
  const subscription = withEveryNode({
    nodes: loaded.jobs,
    buses: [...testers.values()],
    clock,
    cancellation: stop,
    connect: ({ name }) => connect(testers, nodes.get(name)!),
  }, talk).subscribe({
    next: (event) => reporter.next(event),
    error: (error: unknown) => failure = error,
  });
  await runClock(clock, {
    isPaced: !args.flags.has("virtual-time"),
    isOver: () => reporter.state.isFinished || failure !== undefined || stop.isUrgent,
    onTurn: () => reporter.draw(clock.now()),
  });
  subscription.unsubscribe();
  trace.save();
  if (failure !== undefined) throw failure;
  return { status: reporter.finish(), reporter, world };
}

function createTesters(
  loaded: LoadedFleet,
  world: VirtualWorld,
  clock: VirtualClock,
): ReadonlyMap<string, Tester> {
  const testers = new Map<string, Tester>();
  for (const [name, bus] of world.buses) {
    const node = loaded.nodes.find((candidate) => candidate.bus === name);
    if (node === undefined) continue;
    const { functional } = loaded.fleet.buses.get(name)!;
    const port = bus.attach("tester");
    testers.set(name, new Tester({ name, port, clock, format: node.frameFormat, functional }));
  }
  return testers;
}

function connect(
  testers: ReadonlyMap<string, Tester>,
  node: FleetFileNode,
): ReturnType<Tester["connect"]> {
  const keySource = keySourceOf(node.security);
  return testers.get(node.bus)!.connect({
    addressing: node.addressing,
    format: node.frameFormat,
    timing: node.profile.timing,
    ...(keySource === undefined ? {} : { keySource }),
  });
}

function figures(
  world: VirtualWorld,
): readonly { bus: string; frames: number; bits: number; busyRatio: number }[] {
  return [...world.buses.values()].map(({ name, statistics }) => {
    const { frames, bits, busyRatio } = statistics;
    return { bus: name, frames, bits, busyRatio };
  });
}
