import type { Observable } from "rxjs";
import { type Host, stateFolder } from "../adapters/mod.ts";
import { type Clock, Prng, VirtualClock } from "../core/mod.ts";
import { type FleetEvent, type FleetFileNode, withEveryNode } from "../fleet/mod.ts";
import { type BusFigures, traceComment } from "../report/mod.ts";
import type { NodeContext, NodeEvent } from "../update/mod.ts";
import { type BusChoice, chooseBuses } from "./bus_choice.ts";
import { type CommandArguments, optionNumber } from "./command_spec.ts";
import type { ExitStatus } from "./exit_status.ts";
import { FleetReporter } from "./fleet_reporter.ts";
import { JournalKeeper } from "./journal_keeper.ts";
import { type KeySources, openKeySources } from "./key_source.ts";
import type { LoadedFleet } from "./load_jobs.ts";
import { closeRunBuses, openRunBuses } from "./open_run_buses.ts";
import type { RunReporter } from "./run_reporter.ts";
import type { RunBus } from "./run_bus.ts";
import { ReportFiles } from "./report_files.ts";
import { createRunClock, type RunClock } from "./run_clock.ts";
import type { RunJournal } from "./run_journal.ts";
import { lockRun } from "./run_locks.ts";
import { StopRequest } from "./stop_request.ts";
import { Tester } from "./tester.ts";
import { TraceFile } from "./trace_file.ts";
import { createVirtualNodes } from "./virtual_nodes.ts";
import { openWebPage } from "./web_page.ts";

const GROUP_KEY_BYTES = 4;
/** Keeps the keys of groups apart from other chance with the same seed. */
const GROUP_KEY_STREAM = 0x6B65;

/** How a run ended. */
export interface FinishedRun {
  /** How canvoy ends. */
  readonly status: ExitStatus;
  /** What was shown, and the state that it was made from. */
  readonly reporter: RunReporter;
}

/** What a run is about. */
export interface RunParts {
  /** The fleet. */
  readonly loaded: LoadedFleet;
  /** The command line: `--bus`, `--seed`, `--virtual-time`, `--trace`. */
  readonly args: CommandArguments;
  /** The outside. */
  readonly host: Host;
  /** Shows the run; rows, lines and a table unless told. */
  readonly createReporter?: (busFigures: () => readonly BusFigures[]) => RunReporter;
  /**
   * Opens the journal, with the locks that go with it, once it is known where the buses are. When
   * absent nothing is kept; other runs are kept off all the same.
   */
  readonly journal?: (choices: readonly BusChoice[]) => RunJournal;
}

/**
 * Opens the buses of a fleet, plays its nodes on those that are modelled within this process, and
 * holds a conversation with every selected node.
 *
 * @param parts Fleet, command line and the outside.
 * @param talk One node's conversation.
 * @returns How it ended.
 * @throws {CanvoyError} If the journal or a bus cannot be opened, or another run works there: then
 * nothing was sent.
 */
export async function runOnBuses(
  parts: RunParts,
  talk: (context: NodeContext) => Observable<NodeEvent>,
): Promise<FinishedRun> {
  const { loaded, args, host } = parts;
  const choices = busesInUse(loaded, chooseBuses(loaded.fleet, args));
  using runClock = createRunClock(choices, args);
  using keySources = await openKeySources(loaded.fleet, args, host);
  using stop = new StopRequest(host);
  using trace = new TraceFile(args, host);
  const { clock } = runClock;
  using _locks = parts.journal === undefined ? lockBuses(parts, choices) : undefined;
  await using journal = new JournalKeeper(parts.journal?.(choices), args, host);
  const buses = await openRunBuses(choices, { clock, seed: optionNumber(args, "seed") });
  try {
    journal.announce();
    for (const bus of buses.values()) trace.follow(bus);
    powerNodes(parts, buses, clock, keySources);
    const busFigures = (): readonly BusFigures[] => [...buses.values()].map((bus) => bus.figures());
    const reporter = parts.createReporter?.(busFigures) ??
      new FleetReporter({ args, host, busFigures });
    const files = new ReportFiles({ args, loaded, host, busFigures });
    const title = `${args.command} ${loaded.fleet.file}`;
    const page = openWebPage({ args, host, title, busFigures, stop: () => stop.ask() });
    const next = (event: FleetEvent): void => {
      reporter.next(event);
      files.next(event);
      page?.next(event);
      const comment = traceComment(event, reporter.state);
      if (comment !== undefined) trace.comment(comment, event.atMs);
    };
    try {
      await converse({
        ...{ args, loaded, buses, runClock, stop, trace },
        ...{ reporter, journal, next, keySources, talk },
      });
    } catch (error) {
      await page?.close();
      throw error;
    }
    await journal.finish(reporter);
    const status = reporter.finish();
    files.save();
    await page?.finish();
    return { status, reporter };
  } finally {
    await closeRunBuses(buses);
  }
}

/** Two testers at once mistake each other's answers for their own, also where nothing is written. */
function lockBuses({ loaded, host }: RunParts, choices: readonly BusChoice[]): Disposable {
  return lockRun(choices, {
    fleetPath: host.absolutePath(loaded.fleet.file),
    stateFolder: stateFolder((name) => host.env(name)),
    host,
  });
}

/** Buses modelled here are played whole; others are opened for the nodes that are meant. */
function busesInUse(loaded: LoadedFleet, choices: readonly BusChoice[]): readonly BusChoice[] {
  return choices.filter(({ name, url }) =>
    url.kind === "virtual" || loaded.nodes.some((node) => node.bus === name)
  );
}

function powerNodes(
  { loaded, args }: RunParts,
  buses: ReadonlyMap<string, RunBus>,
  clock: Clock,
  keySources: KeySources,
): void {
  const modelled = new Map([...buses].filter(([, bus]) => !bus.hasOutsideNodes));
  const seed = optionNumber(args, "seed") ?? 1;
  const { fleet, image } = loaded;
  const nodes = createVirtualNodes(fleet, { buses: modelled, clock, seed, image, keySources });
  for (const node of nodes.values()) node.powerOn();
}

/** A conversation with everything that it needs. */
interface Conversation {
  readonly args: CommandArguments;
  readonly loaded: LoadedFleet;
  readonly buses: ReadonlyMap<string, RunBus>;
  readonly runClock: RunClock;
  readonly stop: StopRequest;
  readonly trace: TraceFile;
  readonly reporter: RunReporter;
  readonly journal: JournalKeeper;
  readonly next: (event: FleetEvent) => void;
  readonly keySources: KeySources;
  readonly talk: (context: NodeContext) => Observable<NodeEvent>;
}

async function converse(parts: Conversation): Promise<void> {
  const { loaded, buses, runClock, stop, trace, reporter, journal, next, keySources, talk } = parts;
  const { clock } = runClock;
  const testers = createTesters(loaded, buses, clock);
  const nodes = new Map(loaded.nodes.map((node) => [node.name, node]));
  const newKey = groupKeys(parts);
  let failure: unknown;
  const subscription = withEveryNode({
    nodes: loaded.jobs.map((node) => journal.withHistory(node)),
    buses: [...testers.values()],
    clock,
    cancellation: stop,
    ...journal.port,
    connect: ({ name }) => connect(testers, nodes.get(name)!, keySources),
    openGroup: ({ name, bus }) => testers.get(bus)!.openGroup(nodes.get(name)!.frameFormat, newKey),
  }, talk).subscribe({
    next,
    error: (error: unknown) => failure = error,
  });
  await runClock.run({
    isOver: () => reporter.state.isFinished || failure !== undefined || stop.isUrgent,
    onTurn: () => {
      reporter.draw(clock.now());
      trace.flush();
    },
  });
  subscription.unsubscribe();
  for (const tester of testers.values()) tester.close();
  if (failure !== undefined) throw failure;
}

/** Unforeseeable, except where a run is to be repeated bit by bit. */
function groupKeys({ args, runClock }: Conversation): () => Uint8Array {
  if (!(runClock.clock instanceof VirtualClock)) {
    return () => crypto.getRandomValues(new Uint8Array(GROUP_KEY_BYTES));
  }
  const prng = new Prng(optionNumber(args, "seed") ?? 1, GROUP_KEY_STREAM);
  return () => prng.bytes(GROUP_KEY_BYTES);
}

function createTesters(
  loaded: LoadedFleet,
  buses: ReadonlyMap<string, RunBus>,
  clock: Clock,
): ReadonlyMap<string, Tester> {
  const testers = new Map<string, Tester>();
  for (const [name, bus] of buses) {
    const node = loaded.nodes.find((candidate) => candidate.bus === name);
    if (node === undefined) continue;
    const { functional, group, erasesMax } = loaded.fleet.buses.get(name)!;
    const { lost$ } = bus;
    testers.set(
      name,
      new Tester({
        name,
        port: bus.attach("tester"),
        clock,
        format: node.frameFormat,
        functional,
        groupIdentifier: group,
        ...(erasesMax === undefined ? {} : { erasesMax }),
        ...(lost$ === undefined ? {} : { lost$ }),
      }),
    );
  }
  return testers;
}

function connect(
  testers: ReadonlyMap<string, Tester>,
  node: FleetFileNode,
  keySources: KeySources,
): ReturnType<Tester["connect"]> {
  const keySource = keySources.forNode(node.security);
  const credentials = keySources.credentialsFor(node);
  return testers.get(node.bus)!.connect({
    addressing: node.addressing,
    format: node.frameFormat,
    timing: node.profile.timing,
    isPrompt: node.profile.group !== undefined,
    ...(keySource === undefined ? {} : { keySource }),
    ...(credentials === undefined ? {} : { credentials }),
  });
}
