import type { Host } from "../../adapters/mod.ts";
import { checkGroupNode } from "../../conformance/mod.ts";
import { CanvoyError, type Clock, defined, Prng, VirtualClock } from "../../core/mod.ts";
import type { FleetFileNode } from "../../fleet/mod.ts";
import { BUS_WAIT_MS } from "../../update/mod.ts";
import { createVirtualNodes } from "../../virtual/mod.ts";
import { type BusChoice, chooseBuses } from "../bus_choice.ts";
import { type CommandArguments, optionNumber, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus, isEnvironmentCode } from "../exit_status.ts";
import { CheckReporter } from "../group_check/check_reporter.ts";
import { reachNode } from "../group_check/reach_node.ts";
import { type KeySources, openKeySources } from "../key_source.ts";
import { type ReadFleet, readFleet } from "../load_jobs.ts";
import { closeRunBuses, openRunBuses } from "../open_run_buses.ts";
import { Output } from "../output.ts";
import { reportError } from "../report_error.ts";
import type { RunBus } from "../run_bus.ts";
import { createRunClock } from "../run_clock.ts";
import { lockRun } from "../run_locks.ts";
import { StopRequest } from "../stop_request.ts";
import { TraceFile } from "../trace_file.ts";
import { UsageError } from "../usage_error.ts";

const GROUP_KEY_BYTES = 4;
/** Keeps the keys of groups apart from other chance with the same seed. */
const GROUP_KEY_STREAM = 0x6B65;

/** A trial's node, and where it is. */
interface Subject {
  readonly read: ReadFleet;
  readonly node: FleetFileNode;
  readonly choice: BusChoice;
}

/**
 * Tries one node against docs/group-download.md. Its application is erased.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0 when it keeps every rule that was tried, 1 when not, or when it could not be tried to the
 * end, 130 when the person at the terminal does not want it.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const subject = subjectOf(args, host);
  const { read, node, choice } = subject;
  if (!mayErase(subject, args, host)) return EXIT_STATUS.interrupted;
  const output = new Output(args, host);
  using runClock = createRunClock([choice], args);
  using keySources = await openKeySources(read.fleet, args, host);
  using stop = new StopRequest(host);
  using trace = new TraceFile(args, host);
  using _locks = lockRun([choice], { fleetPath: host.absolutePath(read.fleet.file), host });
  const { clock } = runClock;
  const seed = optionNumber(args, "seed");
  const busWaitMs = node.profile.timing.busWaitMs ?? BUS_WAIT_MS;
  const buses = await openRunBuses([choice], { clock, seed, busWaitMs });
  try {
    const bus = buses.get(choice.name)!;
    trace.follow(bus);
    powerNodes(subject, bus, { clock, seed: seed ?? 1, keySources });
    const reporter = new CheckReporter(output);
    const keySource = keySources.forNode(node.security);
    const credentials = keySources.credentialsFor(node);
    using reached = reachNode({
      fleet: read.fleet,
      node,
      port: bus.attach("tester"),
      clock,
      cancellation: stop,
      keys: {
        ...defined({ keySource, credentials }),
      },
      groupKey: groupKey(clock, seed ?? 1),
    });
    output.progress(`trying ${node.name} on ${bus.place}; its application is erased`);
    const trial: { isOver: boolean; error?: unknown } = { isOver: false };
    const hasSessionCheck = args.flags.has("session");
    const subscription = checkGroupNode(reached.underTest, { hasSessionCheck }).subscribe({
      next: (finding) => reporter.next(finding),
      error: (error: unknown) => trial.error = error,
      complete: () => trial.isOver = true,
    });
    bus.lost$?.subscribe({ error: (error: unknown) => trial.error ??= error });
    await runClock.run({
      isOver: () => trial.isOver || trial.error !== undefined || stop.requested,
      onTurn: () => trace.flush(),
    });
    subscription.unsubscribe();
    return ended(trial, reporter, { args, host, node: node.name });
  } finally {
    await closeRunBuses(buses);
  }
}

/** What the node failed with is its own affair; the bus's is not. */
function ended(
  { isOver, error }: { readonly isOver: boolean; readonly error?: unknown },
  reporter: CheckReporter,
  { args, host, node }: {
    readonly args: CommandArguments;
    readonly host: Host;
    readonly node: string;
  },
): ExitStatus {
  if (error !== undefined) {
    if (!(error instanceof CanvoyError) || isEnvironmentCode(error.code)) throw error;
    reportError(error, {
      command: args.command,
      isJson: false,
      isVerbose: args.flags.has("verbose"),
    }, host);
  }
  reporter.finish(node, isOver);
  if (!isOver && error === undefined) return EXIT_STATUS.interrupted;
  return isOver && reporter.wrongCount === 0 ? EXIT_STATUS.ok : EXIT_STATUS.nodesFailed;
}

function subjectOf(args: CommandArguments, host: Host): Subject {
  const read = readFleet(args.operands[0]!, args, host);
  const { fleet } = read;
  const name = optionText(args, "node");
  const candidates = fleet.nodes.filter(({ profile }) => profile.group !== undefined);
  const node = name === undefined
    ? onlyOf(args, candidates)
    : fleet.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) {
    throw new UsageError(args.command, `${fleet.file} has no node "${name}"`);
  }
  const choice = chooseBuses(fleet, args).find((bus) => bus.name === node.bus)!;
  return { read, node, choice };
}

function onlyOf(args: CommandArguments, nodes: readonly FleetFileNode[]): FleetFileNode {
  const [first, ...others] = nodes;
  if (first === undefined) {
    throw new UsageError(args.command, "no node of the fleet file has a profile with group");
  }
  if (others.length === 0) return first;
  throw new UsageError(args.command, `--node NAME is needed: ${nodes.length} nodes take groups`);
}

/** A node outside of this process loses its application only if somebody says so. */
function mayErase({ node, choice }: Subject, args: CommandArguments, host: Host): boolean {
  if (choice.url.kind === "virtual" || args.flags.has("yes")) return true;
  const what = `the application of ${node.name} on ${choice.urlText}`;
  if (!host.canAsk) {
    throw new UsageError(args.command, `Cannot try ${node.name}: --yes is needed to erase ${what}`);
  }
  if (host.confirm(`Erase ${what}, and leave it without one?`)) return true;
  new Output(args, host).note("canvoy: nothing was sent");
  return false;
}

/** Nodes of a bus modelled here are played, all of them. */
function powerNodes(
  { read, choice }: Subject,
  bus: RunBus,
  parts: { readonly clock: Clock; readonly seed: number; readonly keySources: KeySources },
): void {
  if (bus.hasOutsideNodes) return;
  const { fleet, image } = read;
  const buses = new Map([[choice.name, bus]]);
  for (const node of createVirtualNodes(fleet, { ...parts, buses, image }).values()) node.powerOn();
}

/** Unforeseeable, except where a run is to be repeated bit by bit. */
function groupKey(clock: Clock, seed: number): Uint8Array {
  return clock instanceof VirtualClock
    ? new Prng(seed, GROUP_KEY_STREAM).bytes(GROUP_KEY_BYTES)
    : crypto.getRandomValues(new Uint8Array(GROUP_KEY_BYTES));
}
