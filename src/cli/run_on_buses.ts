import { lastValueFrom, type Observable, Subject, tap } from "rxjs";
import type { Host } from "../adapters/mod.ts";
import type { Clock } from "../core/mod.ts";
import { EMPTY_FLEET, type FleetMoment, type FleetState } from "../fleet/mod.ts";
import { type BusFigures, traceComment } from "../report/mod.ts";
import type { NodeContext, NodeEvent } from "../update/mod.ts";
import { createVirtualNodes } from "../virtual/mod.ts";
import { adaptersOf } from "./bus_adapters.ts";
import { type BusChoice, chooseBuses } from "./bus_choice.ts";
import { interfaceWaitMs } from "./bus_wait.ts";
import { type CommandArguments, optionNumber } from "./command_spec.ts";
import { findingLines } from "./doctor/diagnosis.ts";
import { explainSilence } from "./doctor/explain_silence.ts";
import type { Finding } from "./doctor/finding.ts";
import { sendingFindings } from "./doctor/sending.ts";
import type { ExitStatus } from "./exit_status.ts";
import { FleetReporter } from "./fleet_reporter.ts";
import { JournalKeeper } from "./journal_keeper.ts";
import { type KeySources, openKeySources } from "./key_source.ts";
import type { LoadedFleet } from "./load_jobs.ts";
import { closeRunBuses, openRunBuses } from "./open_run_buses.ts";
import { Output } from "./output.ts";
import { LogFile } from "./log_file.ts";
import { playRun } from "./play_run.ts";
import { ReportFiles } from "./report_files.ts";
import type { RunBus } from "./run_bus.ts";
import { createRunClock, type RunClock } from "./run_clock.ts";
import type { RunJournal } from "./run_journal.ts";
import { lockRun } from "./run_locks.ts";
import type { RunReporter } from "./run_reporter.ts";
import { StopRequest } from "./stop_request.ts";
import { TraceFile } from "./trace_file.ts";
import { openWebPage } from "./web_page.ts";

/** How a run ended. */
export interface FinishedRun {
  /** How canvoy ends. */
  readonly status: ExitStatus;
  /** The fleet at the end. */
  readonly state: FleetState;
}

/** What a run is about. */
export interface RunParts {
  /** The fleet. */
  readonly loaded: LoadedFleet;
  /** The command line: `--bus`, `--seed`, `--virtual-time`, `--trace`. */
  readonly args: CommandArguments;
  /** The outside. */
  readonly host: Host;
  /** Shows the run; rows, lines and a table by default. */
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
  using log = new LogFile(args, host);
  const fleetPath = host.absolutePath(loaded.fleet.file);
  using _locks = parts.journal === undefined ? lockRun(choices, { fleetPath, host }) : undefined;
  await using journal = await openJournal(parts, choices);
  const busWaitMs = interfaceWaitMs(args, loaded);
  const seed = optionNumber(args, "seed");
  const buses = await openRunBuses(choices, { clock: runClock.clock, seed, busWaitMs });
  try {
    const busFigures = figuresOf(buses);
    const files = new ReportFiles({ args, loaded, host, busFigures });
    journal.announce();
    for (const bus of buses.values()) trace.follow(bus);
    powerNodes(parts, buses, runClock.clock, keySources);
    const resources = { buses, runClock, keySources, stop, trace, log, journal, files };
    return await showRun(parts, resources, talk);
  } finally {
    await closeRunBuses(buses);
  }
}

/** What a run holds while it goes on. */
interface RunResources {
  readonly buses: ReadonlyMap<string, RunBus>;
  readonly runClock: RunClock;
  readonly keySources: KeySources;
  readonly stop: StopRequest;
  readonly trace: TraceFile;
  readonly log: LogFile;
  readonly journal: JournalKeeper;
  readonly files: ReportFiles;
}

/** Plays the run before whoever looks at it: terminal, page, report files and trace. */
async function showRun(
  { loaded, args, host, createReporter }: RunParts,
  { buses, runClock, keySources, stop, trace, log, journal, files }: RunResources,
  talk: (context: NodeContext) => Observable<NodeEvent>,
): Promise<FinishedRun> {
  const busFigures = figuresOf(buses);
  using reporter = createReporter?.(busFigures) ?? new FleetReporter({ args, host, busFigures });
  const title = `${args.command} ${loaded.fleet.file}`;
  const page = openWebPage({ args, host, title, mode: "run", busFigures, stop });
  const moment$ = new Subject<FleetMoment>();
  const lookers = [reporter, files, log, page].filter((looker) => looker !== undefined);
  for (const looker of lookers) moment$.subscribe((moment) => looker.next(moment));
  moment$.subscribe((moment) => comment(trace, moment));

  let shown: ExitStatus | undefined;
  const showEnd = async (state: FleetState): Promise<ExitStatus> => {
    const findings = await explainSilence({ nodes: loaded.nodes, state, buses, runClock, stop });
    shown = reporter.finish();
    const lines = findingLines([...findings, ...limitsFound(buses, findings)]);
    for (const line of lines) new Output(args, host).note(line);
    files.save();
    log.ended(state);
    return shown;
  };
  const run$ = playRun({
    ...{ args, loaded, buses, runClock, stop, journal, keySources, talk },
    onTurn: () => {
      reporter.draw(runClock.clock.now());
      trace.flush();
      log.flush();
    },
    isTriedAgain: page && (async (state) => {
      await showEnd(state);
      const isAgain = await page.wasAskedToRetry(true);
      if (isAgain) shown = undefined;
      return isAgain;
    }),
  });
  try {
    const nothing: { readonly state: FleetState } = { state: EMPTY_FLEET };
    const { state } = await lastValueFrom(
      run$.pipe(tap((moment) => moment$.next(moment))),
      { defaultValue: nothing },
    );
    if (shown !== undefined && state.journalError === undefined) return { status: shown, state };
    const status = await showEnd(state);
    await page?.wasAskedToRetry(false);
    return { status, state };
  } finally {
    await page?.close();
  }
}

function figuresOf(buses: ReadonlyMap<string, RunBus>): () => readonly BusFigures[] {
  return () => [...buses.values()].map((bus) => bus.figures());
}

function comment(trace: TraceFile, { event, state }: FleetMoment): void {
  const words = traceComment(event, state);
  if (words !== undefined) trace.comment(words, event.atMs);
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
  const { fleet, image, jobs } = loaded;
  const nodes = createVirtualNodes(fleet, {
    buses: modelled,
    clock,
    seed,
    image,
    jobs,
    keySources,
  });
  for (const node of nodes.values()) node.powerOn();
}
