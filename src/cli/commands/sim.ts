import { Subject } from "rxjs";
import type { Host } from "../../adapters/mod.ts";
import { CanvoyError, type Clock, equalBytes } from "../../core/mod.ts";
import { type Fleet, type FleetEvent, withState } from "../../fleet/mod.ts";
import { type BusChoice, chooseBuses } from "../bus_choice.ts";
import { type CommandArguments, optionNumber } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { type KeySources, openKeySources } from "../key_source.ts";
import { type ReadFleet, readFleet } from "../load_jobs.ts";
import { closeRunBuses, openRunBuses } from "../open_run_buses.ts";
import { Output } from "../output.ts";
import type { RunBus } from "../run_bus.ts";
import { createRunClock } from "../run_clock.ts";
import { SimReporter } from "../sim_reporter.ts";
import { StopRequest } from "../stop_request.ts";
import { TraceFile } from "../trace_file.ts";
import { openWebPage } from "../web_page.ts";
import type { BusFigures } from "../../report/mod.ts";
import type { VirtualNodeEvent } from "../../sim/mod.ts";
import { createVirtualNodes, FleetActivity } from "../../virtual/mod.ts";

/** Where a virtual bus listens that says nothing of it: a free port. */
const FREE_ENDPOINT = { host: "127.0.0.1", port: 0 };

/** Nodes stay where they are while their bus is away: for an hour, in ms. */
const BUS_WAIT_MS_MAX = 3_600_000;

/**
 * Plays a fleet's nodes on their buses in real time, until it is told to stop.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0 when it was told to stop; rejects when a bus is lost.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const read = readFleet(args.operands[0]!, args, host, { needsFiles: true });
  const choices = chooseBuses(read.fleet, args).map(listening);
  using runClock = createRunClock(choices, args);
  using keySources = await openKeySources(read.fleet, args, host);
  using stop = new StopRequest(host);
  using trace = new TraceFile(args, host);
  const { clock } = runClock;
  const reporter = new SimReporter(new Output(args, host), clock);
  const buses = await openRunBuses(choices, {
    clock,
    seed: optionNumber(args, "seed"),
    busWaitMs: BUS_WAIT_MS_MAX,
    onClientError: (error) => reporter.clientGivenUp(error),
  });
  const busFigures = (): readonly BusFigures[] => [...buses.values()].map((bus) => bus.figures());
  const title = `sim ${read.fleet.file}`;
  const page = openWebPage({ args, host, title, mode: "sim", busFigures, stop });
  try {
    for (const bus of buses.values()) trace.follow(bus);
    const lost = watchLoss(buses);
    const event$ = new Subject<FleetEvent>();
    event$.pipe(withState()).subscribe((moment) => page?.next(moment));
    const activity = page === undefined ? undefined : new FleetActivity(read.fleet, {
      nodes: read.fleet.nodes,
      image: read.image,
      atMs: clock.now(),
      tell: (event) => event$.next(event),
    });
    const tell = (name: string, event: VirtualNodeEvent): void => {
      reporter.nodeEvent(name, event);
      activity?.next(name, event);
    };
    const nodeCount = powerNodes(read, buses, { clock, args, host, tell, keySources });
    reporter.started(args.operands[0]!, buses, nodeCount);
    await runClock.run({
      isOver: () => stop.requested || lost.error !== undefined,
      onTurn: () => trace.flush(),
    });
    if (lost.error !== undefined) throw lost.error;
    reporter.stopped(buses, nodeCount);
    return EXIT_STATUS.ok;
  } finally {
    await page?.close();
    await closeRunBuses(buses);
  }
}

/** Nodes on a bus that nobody can join are of no use to anybody. */
function listening(choice: BusChoice): BusChoice {
  const { url } = choice;
  if (url.kind !== "virtual" || url.listen !== undefined) return choice;
  return { ...choice, url: { ...url, listen: FREE_ENDPOINT } };
}

function watchLoss(buses: ReadonlyMap<string, RunBus>): { readonly error: unknown } {
  const lost: { error: unknown } = { error: undefined };
  for (const bus of buses.values()) {
    bus.lost$?.subscribe({ error: (error: unknown) => lost.error ??= error });
  }
  return lost;
}

function powerNodes(
  { fleet, imageNow }: ReadFleet,
  buses: ReadonlyMap<string, RunBus>,
  parts: {
    readonly clock: Clock;
    readonly args: CommandArguments;
    readonly host: Host;
    readonly tell: (name: string, event: VirtualNodeEvent) => void;
    readonly keySources: KeySources;
  },
): number {
  const { clock, args, host, tell, keySources } = parts;
  const seed = optionNumber(args, "seed") ?? 1;
  // Whoever builds the next firmware while this runs, changes file and version.
  const nodes = createVirtualNodes(fleet, {
    buses,
    clock,
    seed,
    keySources,
    image: imageNow,
    version: versionsNow(fleet, { args, host }),
  });
  for (const [name, node] of nodes) {
    node.onEvent = (event) => tell(name, event);
    node.powerOn();
  }
  return nodes.size;
}

/**
 * Tells versions as the fleet file has them by now: it is understood again only where it has changed,
 * and says what it said where it cannot be read.
 */
function versionsNow(
  fleet: Fleet,
  { args, host }: { readonly args: CommandArguments; readonly host: Host },
): (image: string) => string | undefined {
  let bytes: Uint8Array | undefined;
  let latest = fleet;
  return (image) => {
    try {
      const now = host.readFile(fleet.file);
      if (bytes === undefined || !equalBytes(bytes, now)) {
        bytes = now;
        latest = readFleet(fleet.file, args, host).fleet;
      }
    } catch (error) {
      if (!(error instanceof CanvoyError)) throw error;
    }
    return latest.images.get(image)?.version;
  };
}
