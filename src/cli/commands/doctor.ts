import { concat, concatMap, defer, from, map, type Observable, timer, toArray } from "rxjs";
import type { Host } from "../../adapters/mod.ts";
import { type CanId, canIdKey, type CanPort, type CanPortState } from "../../can/mod.ts";
import type { Clock } from "../../core/mod.ts";
import { resolveAddressing } from "../../isotp/mod.ts";
import { type BusChoice, busOfUrl, chooseBuses } from "../bus_choice.ts";
import type { CommandArguments } from "../command_spec.ts";
import { optionText } from "../command_spec.ts";
import { type BusEvidence, diagnose, type NodeEvidence } from "../doctor/diagnosis.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { readFleet } from "../load_jobs.ts";
import { closeRunBuses, openRunBuses } from "../open_run_buses.ts";
import { Output } from "../output.ts";
import { createRunClock } from "../run_clock.ts";
import { askPresence } from "../scan/sweep.ts";
import { formatId } from "../scan/scan_text.ts";
import { StopRequest } from "../stop_request.ts";
import { UsageError } from "../usage_error.ts";

/** How long the bus is listened to before anything is sent, in ms. */
const LISTEN_MS = 1000;
/** How long each answer is awaited, in ms. */
const ANSWER_MS = 250;
const FUNCTIONAL: CanId = { id: 0x7DF, extended: false };

/** A node to be asked. */
interface AskedNode {
  readonly name: string;
  readonly bus: string;
  readonly tx: CanId;
  readonly rx: CanId;
}

/**
 * Finds out why nothing answers on a bus, without changing anything on it.
 *
 * @param args The command line: `--bus URL`, a fleet file, or both.
 * @param host The outside.
 * @returns 0 when all is as it should be, 1 when not; rejects when the bus cannot be used at all.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const { choices, nodes } = subjectOf(args, host);
  const output = new Output(args, host);
  using runClock = createRunClock(choices, args);
  using stop = new StopRequest(host);
  const { clock } = runClock;
  const buses = await openRunBuses(choices, { clock, seed: undefined });
  try {
    const found: { evidence?: readonly BusEvidence[]; error?: unknown } = {};
    for (const bus of buses.values()) {
      bus.lost$?.subscribe({ error: (error: unknown) => found.error ??= error });
    }
    const examined = [...buses.values()].map((bus) =>
      defer(() => {
        output.progress(`listening on ${bus.place}`);
        const own = nodes.filter((node) => node.bus === bus.name);
        return examine({ place: bus.place, port: bus.attach("doctor"), clock, nodes: own });
      })
    );
    const subscription = concat(...examined).pipe(toArray()).subscribe({
      next: (evidence) => found.evidence = evidence,
      error: (error: unknown) => found.error ??= error,
    });
    await runClock.run({
      isOver: () => found.evidence !== undefined || found.error !== undefined || stop.requested,
      onTurn: () => {},
    });
    subscription.unsubscribe();
    if (found.error !== undefined) throw found.error;
    if (found.evidence === undefined) return EXIT_STATUS.interrupted;
    return report(found.evidence, output);
  } finally {
    await closeRunBuses(buses);
  }
}

function subjectOf(
  args: CommandArguments,
  host: Host,
): { readonly choices: readonly BusChoice[]; readonly nodes: readonly AskedNode[] } {
  const file = args.operands[0];
  const url = optionText(args, "bus");
  if (file === undefined) {
    if (url === undefined) {
      throw new UsageError(
        args.command,
        "Cannot examine a bus: name it by --bus URL or a fleet file",
      );
    }
    return { choices: [outside(busOfUrl(url), args)], nodes: [] };
  }
  const { fleet } = readFleet(file, args, host);
  const nodes = fleet.nodes.map(({ name, bus, addressing }) => {
    const { tx, rx } = resolveAddressing(addressing);
    return { name, bus, tx, rx };
  });
  return { choices: chooseBuses(fleet, args).map((choice) => outside(choice, args)), nodes };
}

function outside(choice: BusChoice, args: CommandArguments): BusChoice {
  if (choice.url.kind !== "virtual") return choice;
  throw new UsageError(
    args.command,
    `Cannot examine ${choice.urlText}: nobody is on a virtual bus of this process; use connect=`,
  );
}

function examine(
  { place, port, clock, nodes }: {
    readonly place: string;
    readonly port: CanPort;
    readonly clock: Clock;
    readonly nodes: readonly AskedNode[];
  },
): Observable<BusEvidence> {
  return defer(() => {
    let trafficFrames = 0;
    let state: CanPortState = { kind: "errorActive" };
    port.state$.subscribe((next) => state = next);
    const heard = new Set<number>();
    const unlisten = port.listenAll((frame) => {
      trafficFrames++;
      heard.add(canIdKey(frame));
    });
    const fd = port.bitRates?.dataBitrateBps !== undefined;
    const ask = (tx: CanId): Observable<readonly CanId[]> =>
      askPresence({ port, clock, fd, waitMs: ANSWER_MS }, tx, heard).pipe(
        map(({ rx }) => rx),
        toArray(),
      );
    return timer(LISTEN_MS, clock).pipe(
      concatMap(() => {
        unlisten();
        return ask(FUNCTIONAL);
      }),
      concatMap((all) =>
        from(nodes).pipe(
          concatMap((node) => ask(node.tx).pipe(map((on) => nodeEvidence(node, on, heard)))),
          toArray(),
          map((asked): BusEvidence => ({
            place,
            state,
            trafficFrames,
            answeredToAll: all.map(formatId),
            nodes: asked,
          })),
        )
      ),
    );
  });
}

function nodeEvidence(
  { name, tx, rx }: AskedNode,
  answers: readonly CanId[],
  heard: ReadonlySet<number>,
): NodeEvidence {
  return {
    name,
    request: formatId(tx),
    response: formatId(rx),
    answeredOn: answers.map(formatId),
    isHeard: heard.has(canIdKey(rx)),
  };
}

function report(evidence: readonly BusEvidence[], output: Output): ExitStatus {
  const findings = evidence.flatMap(diagnose);
  for (const { isGood, text, help } of findings) {
    output.result(`${isGood ? "ok  " : "no  "} ${text}`);
    if (help !== "") output.result(`      ${help}`);
  }
  output.summary({ findings });
  return findings.every(({ isGood }) => isGood) ? EXIT_STATUS.ok : EXIT_STATUS.nodesFailed;
}
