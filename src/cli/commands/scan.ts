import { concatMap, finalize, map, mergeMap, type Observable, toArray } from "rxjs";
import type { Host } from "../../adapters/mod.ts";
import type { CanId, CanPort } from "../../can/mod.ts";
import { type Clock, defined } from "../../core/mod.ts";
import { CLASSIC_FORMAT, FD_FORMAT, resolveAddressing } from "../../isotp/mod.ts";
import { type BusChoice, busOfUrl, chooseBuses } from "../bus_choice.ts";
import { type CommandArguments, optionNumber, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { readFleet } from "../load_jobs.ts";
import { closeRunBuses, openRunBuses } from "../open_run_buses.ts";
import { Output } from "../output.ts";
import { createRunClock } from "../run_clock.ts";
import { lockRun } from "../run_locks.ts";
import { StopRequest } from "../stop_request.ts";
import { Tester } from "../../tester/mod.ts";
import { TraceFile } from "../trace_file.ts";
import { UsageError } from "../usage_error.ts";
import { scanCandidates } from "../scan/candidates.ts";
import { readIdentity } from "../scan/identify_node.ts";
import {
  formatId,
  scanFleetText,
  type ScannedNode,
  scanTable,
  scanTwinLines,
} from "../scan/scan_text.ts";
import { type FoundNode, sweep } from "../scan/sweep.ts";

/** Where diagnostics of 11 bits live on most benches, by default. */
const DEFAULT_RANGE = { first: 0x600, last: 0x7FF };
const FUNCTIONAL: CanId = { id: 0x7DF, extended: false };
/** ISO 15765-2's normal fixed addressing, from the tester 0xF1. */
const FUNCTIONAL_FIXED: CanId = { id: 0x18DB33F1, extended: true };
const DEFAULT_WAIT_MS = 20;
/** How long a second node on the same identifiers may take to answer, in ms. */
const QUIET_MS = 50;
/** How many nodes are asked what they are at once. */
const ASKED_AT_ONCE = 8;
/** Waits of the questions: those of the default profile, and one more second for a busy node. */
const TIMING = { p2Ms: 100, p2StarMs: 5000, responsePendingCountMax: 20, requestMsMax: 10_000 };

/**
 * Searches a bus for nodes and asks each what it is.
 *
 * @param args The command line: `--bus URL`, a fleet file, or both.
 * @param host The outside.
 * @returns 0 when some node answered, 1 when none did.
 * @throws {RunInProgressError} If another run works on the bus: then nothing was sent.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const { choice, known, fleetPath } = subjectOf(args, host);
  const output = new Output(args, host);
  const hasFixed = args.flags.has("extended");
  const candidates = scanCandidates({ known, range: parseRange(args), hasFixed });
  using runClock = createRunClock([choice], args);
  using stop = new StopRequest(host);
  using trace = new TraceFile(args, host);
  using _locks = lockRun([choice], { host, fleetPath });
  const { clock } = runClock;
  const buses = await openRunBuses([choice], { clock, seed: undefined });
  try {
    const bus = buses.get(choice.name)!;
    trace.follow(bus);
    const port = bus.attach("tester");
    const fd = args.flags.has("fd") || port.bitRates?.dataBitrateBps !== undefined;
    const first = known.length === 0 ? "" : `, those of ${args.operands[0]} first`;
    output.progress(`asking ${candidates.length} identifiers on ${bus.place}${first}`);
    const waitMs = optionNumber(args, "wait") ?? DEFAULT_WAIT_MS;
    const search: { nodes?: readonly ScannedNode[]; error?: unknown } = {};
    const subscription = scanBus({ port, clock, fd, candidates, waitMs }).subscribe({
      next: (nodes) => search.nodes = nodes,
      error: (error: unknown) => search.error = error,
    });
    bus.lost$?.subscribe({ error: (error: unknown) => search.error ??= error });
    await runClock.run({
      isOver: () => search.nodes !== undefined || search.error !== undefined || stop.requested,
      onTurn: () => trace.flush(),
    });
    subscription.unsubscribe();
    if (search.nodes === undefined) {
      if (search.error !== undefined) throw search.error;
      return EXIT_STATUS.interrupted;
    }
    report(search.nodes, choice, port, { args, host, output });
    return search.nodes.length > 0 ? EXIT_STATUS.ok : EXIT_STATUS.nodesFailed;
  } finally {
    await closeRunBuses(buses);
  }
}

/** Which bus is searched, and what its fleet file says of it. */
interface Subject {
  readonly choice: BusChoice;
  /** Identifiers of requests to the fleet file's nodes. */
  readonly known: readonly CanId[];
  /** The fleet file, absolute. */
  readonly fleetPath?: string;
}

function subjectOf(args: CommandArguments, host: Host): Subject {
  const [file] = args.operands;
  const url = optionText(args, "bus");
  if (file === undefined) {
    if (url !== undefined) return { choice: outside(busOfUrl(url), args), known: [] };
    throw new UsageError(args.command, "Cannot scan: --bus URL or a fleet file is missing");
  }
  const { fleet } = readFleet(file, args, host);
  const choices = url === undefined ? chooseBuses(fleet, args) : [busOfUrl(url)];
  const [choice, ...others] = choices;
  if (choice === undefined || others.length > 0) {
    const names = choices.map(({ name }) => name).join(", ");
    throw new UsageError(
      args.command,
      `Cannot scan ${names} at once: choose one by --bus URL`,
    );
  }
  const known = fleet.nodes.filter(({ bus }) => url !== undefined || bus === choice.name)
    .map(({ addressing }) => resolveAddressing(addressing).tx);
  return { choice: outside(choice, args), known, fleetPath: host.absolutePath(file) };
}

function outside(choice: BusChoice, args: CommandArguments): BusChoice {
  if (choice.url.kind !== "virtual") return choice;
  throw new UsageError(
    args.command,
    `Cannot scan ${choice.urlText}: nobody is on a virtual bus of this process; use connect=`,
  );
}

function parseRange(args: CommandArguments): { readonly first: number; readonly last: number } {
  const text = optionText(args, "range");
  if (text === undefined) return DEFAULT_RANGE;
  const [, from, to] = /^((?:0x)?[0-9a-f]+)-((?:0x)?[0-9a-f]+)$/i.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (first <= last && last <= 0x7FF) return { first, last };
  throw new UsageError(
    args.command,
    `--range ${text}: expected two identifiers of 11 bits, as in 0x700-0x7EF`,
  );
}

/** Finds nodes and asks them what they are: one value, all of them by identifier. */
function scanBus(
  options: {
    readonly port: CanPort;
    readonly clock: Clock;
    readonly fd: boolean;
    readonly candidates: readonly CanId[];
    readonly waitMs: number;
  },
): Observable<readonly ScannedNode[]> {
  const { port, clock, fd, candidates } = options;
  const format = fd ? FD_FORMAT : CLASSIC_FORMAT;
  const hasFixed = candidates.some(({ extended }) => extended);
  const functional = [FUNCTIONAL, ...(hasFixed ? [FUNCTIONAL_FIXED] : [])];
  return sweep({ ...options, functional }).pipe(
    toArray(),
    // The bus is the search's alone until here: then the tester's scheduler takes it over.
    concatMap((found) => {
      const addressing = { mode: "normal", tx: FUNCTIONAL, rx: FUNCTIONAL } as const;
      const tester = new Tester({ name: port.name, port, clock, format, functional: addressing });
      return found.map((node) => ({ node, tester }));
    }),
    mergeMap(({ node, tester }) => {
      const addressing = { mode: "normal", ...node } as const;
      const connection = tester.connect({ addressing, format, timing: TIMING });
      return readIdentity(connection.client, clock, QUIET_MS).pipe(
        map((answers): ScannedNode => ({ ...twiceAnswered(node), ...answers })),
        finalize(() => connection.close()),
      );
    }, ASKED_AT_ONCE),
    toArray(),
    map((nodes) => nodes.sort(byIdentifier)),
  );
}

/** What they tell shows more than that they answer. */
function twiceAnswered({ answersTwice, ...node }: FoundNode): Omit<ScannedNode, "identity"> {
  if (answersTwice !== true) return node;
  return { ...node, twins: "TesterPresent is answered twice, each time" };
}

function byIdentifier(left: FoundNode, right: FoundNode): number {
  return left.tx.id - right.tx.id;
}

function report(
  nodes: readonly ScannedNode[],
  choice: BusChoice,
  port: CanPort,
  parts: { readonly args: CommandArguments; readonly host: Host; readonly output: Output },
): void {
  const { args, host, output } = parts;
  if (nodes.length > 0) output.result(scanTable(nodes).join("\n"));
  else output.result("no node answers: check bit rate, power and --range, or --extended");
  for (const line of scanTwinLines(nodes)) output.result(line);
  const file = optionText(args, "fleet");
  if (file !== undefined) {
    const text = scanFleetText(nodes, { url: choice.urlText, ...port.bitRates });
    host.writeFile(file, new TextEncoder().encode(text), { replace: false });
    output.result(`${file}: a fleet file to start from`);
  }
  output.summary({
    nodes: nodes.map(({ tx, rx, identity, twins }) => ({
      request: formatId(tx),
      response: formatId(rx),
      ...identity,
      ...defined({ twins }),
    })),
  });
}
