import type { Observable } from "rxjs";
import type { Host } from "../adapters/mod.ts";
import { type Clock, defined, Prng, VirtualClock } from "../core/mod.ts";
import type { FleetEvent, FleetFileNode } from "../fleet/mod.ts";
import { type BusFigures, traceComment } from "../report/mod.ts";
import { type NodeKeys, talkToFleet } from "../tester/mod.ts";
import type { NodeContext, NodeEvent } from "../update/mod.ts";
import { createVirtualNodes } from "../virtual/mod.ts";
import { adaptersOf } from "./bus_adapters.ts";
import { type BusChoice, chooseBuses } from "./bus_choice.ts";
import { busWaitOption, interfaceWaitMs } from "./bus_wait.ts";
import { type CommandArguments, optionNumber } from "./command_spec.ts";
import { findingLines } from "./doctor/diagnosis.ts";
import type { Finding } from "./doctor/finding.ts";
import { explainSilence } from "./doctor/explain_silence.ts";
import { sendingFindings } from "./doctor/sending.ts";
import type { ExitStatus } from "./exit_status.ts";
import { FleetReporter } from "./fleet_reporter.ts";
import { JournalKeeper } from "./journal_keeper.ts";
import { type KeySources, openKeySources } from "./key_source.ts";
import type { LoadedFleet } from "./load_jobs.ts";
import { closeRunBuses, openRunBuses } from "./open_run_buses.ts";
import { Output } from "./output.ts";
import type { RunReporter } from "./run_reporter.ts";
import type { RunBus } from "./run_bus.ts";
import { ReportFiles } from "./report_files.ts";
import { createRunClock, type RunClock } from "./run_clock.ts";
import type { RunJournal } from "./run_journal.ts";
import { lockRun } from "./run_locks.ts";
import { StopRequest } from "./stop_request.ts";
import { TraceFile } from "./trace_file.ts";
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
   * Opens the journal, with the locks that go with it, once it is known where the buses are, and by
   * which adapters they are reached. When absent nothing is kept; other runs are kept off all the same.
   */
  readonly journal?: (
    choices: readonly BusChoice[],
    adapters: ReadonlyMap<string, string>,
  ) => RunJournal;
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
  const fleetPath = host.absolutePath(loaded.fleet.file);
  using _locks = parts.journal === undefined ? lockRun(choices, { fleetPath, host }) : undefined;
  await using journal = await openJournal(parts, choices);
  const busWaitMs = interfaceWaitMs(args, loaded);
  const buses = await openRunBuses(choices, { clock, seed: optionNumber(args, "seed"), busWaitMs });
  try {
    journal.announce();
    for (const bus of buses.values()) trace.follow(bus);
    powerNodes(parts, buses, clock, keySources);
    const busFigures = (): readonly BusFigures[] => [...buses.values()].map((bus) => bus.figures());
    using reporter = parts.createReporter?.(busFigures) ??
      new FleetReporter({ args, host, busFigures });
    const files = new ReportFiles({ args, loaded, host, busFigures });
    const title = `${args.command} ${loaded.fleet.file}`;
    const page = openWebPage({ args, host, title, mode: "run", busFigures, stop });
    // Kept where nodes may be tried again: what this run leaves of them counts then.
    let told: FleetEvent[] = [];
    const next = (event: FleetEvent): void => {
      if (page !== undefined) told.push(event);
      reporter.next(event);
      files.next(event);
      page?.next(event);
      const comment = traceComment(event, reporter.state);
      if (comment !== undefined) trace.comment(comment, event.atMs);
    };
    const shared = { args, buses, runClock, stop, trace, reporter, journal, next };
    const showEnd = async (): Promise<ExitStatus> => {
      const { state } = reporter;
      const findings = await explainSilence({ nodes: loaded.nodes, state, buses, runClock, stop });
      const status = reporter.finish();
      const told = findingLines([...findings, ...limitsFound(buses, findings)]);
      for (const line of told) new Output(args, host).note(line);
      files.save();
      return status;
    };
    try {
      let status: ExitStatus | undefined;
      for (let left = loaded;; left = notThrough(loaded, reporter)) {
        await converse({ ...shared, loaded: left, keySources, talk });
        if (page === undefined || !canTryAgain(reporter, stop)) break;
        journal.runEnded(told);
        told = [];
        status = await showEnd();
        if (!await page.wasAskedToRetry(true)) break;
        status = undefined;
      }
      await journal.finish(reporter);
      if (status === undefined || reporter.state.journalError !== undefined) {
        status = await showEnd();
        await page?.wasAskedToRetry(false);
      }
      return { status, reporter };
    } finally {
      await page?.close();
    }
  } finally {
    await closeRunBuses(buses);
  }
}

async function openJournal(
  { journal, args, host }: RunParts,
  choices: readonly BusChoice[],
): Promise<JournalKeeper> {
  const adapters = journal === undefined ? new Map() : await adaptersOf(choices);
  return new JournalKeeper(journal?.(choices, adapters), args, host);
}

/** Buses where something else than the wire was the limit, unless that is told already. */
function limitsFound(
  buses: ReadonlyMap<string, RunBus>,
  told: readonly Finding[],
): readonly Finding[] {
  const texts = new Set(told.map(({ text }) => text));
  return [...buses.values()].flatMap((bus) => sendingFindings(bus.place, bus.wire?.()?.sending))
    .filter(({ text }) => !texts.has(text));
}

/** A stopped run is not gone on with, nor one whose events cannot be written down. */
function canTryAgain({ state }: RunReporter, stop: StopRequest): boolean {
  return !stop.requested && state.journalError === undefined &&
    [...state.nodes.values()].some(({ phase }) => phase !== "done");
}

function notThrough(loaded: LoadedFleet, { state }: RunReporter): LoadedFleet {
  const isLeft = ({ name }: { readonly name: string }): boolean =>
    state.nodes.get(name)?.phase !== "done";
  return { ...loaded, nodes: loaded.nodes.filter(isLeft), jobs: loaded.jobs.filter(isLeft) };
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
  const { args, loaded, buses, runClock, stop, trace, reporter, journal, next, keySources, talk } =
    parts;
  const { clock } = runClock;
  const busWaitMs = busWaitOption(args);
  let failure: unknown;
  const subscription = talkToFleet({
    fleet: loaded.fleet,
    nodes: loaded.nodes,
    jobs: loaded.jobs.map((node) => journal.withHistory(node)),
    buses,
    clock,
    cancellation: stop,
    ...journal.port,
    keysFor: (node) => keysFor(node, keySources),
    newGroupKey: groupKeys(parts),
    ...defined({ busWaitMs }),
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

function keysFor(node: FleetFileNode, keySources: KeySources): NodeKeys {
  const keySource = keySources.forNode(node.security);
  const credentials = keySources.credentialsFor(node);
  return {
    ...defined({ keySource, credentials }),
  };
}
