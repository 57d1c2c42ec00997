import { concat, defer, toArray } from "rxjs";
import type { Host, WireEvidence } from "../../adapters/mod.ts";
import { resolveAddressing } from "../../isotp/mod.ts";
import { type BusChoice, busOfUrl, chooseBuses } from "../bus_choice.ts";
import type { CommandArguments } from "../command_spec.ts";
import { type BusEvidence, diagnose, findingLines } from "../doctor/diagnosis.ts";
import { type AskedNode, examine } from "../doctor/examine.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { readFleet } from "../load_jobs.ts";
import { closeRunBuses, openRunBuses } from "../open_run_buses.ts";
import { Output } from "../output.ts";
import { createRunClock } from "../run_clock.ts";
import { lockRun } from "../run_locks.ts";
import { StopRequest } from "../stop_request.ts";
import { UsageError } from "../usage_error.ts";

/** How long the bus is listened to before anything is sent, in ms. */
const LISTEN_MS = 1000;

/** A node to be asked, and where. */
interface PlacedNode extends AskedNode {
  readonly bus: string;
}

/**
 * Finds out why no node answers on its buses, without changing anything on them.
 *
 * @param args The command line: `--bus URL`, several times for several buses, a fleet file, or both.
 * @param host The outside.
 * @returns 0 when all is as it should be, 1 when not; rejects when the bus cannot be used at all.
 * @throws {RunInProgressError} If another run works on the fleet or bus: then nothing was sent.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const { choices, nodes, fleetPath } = subjectOf(args, host);
  const output = new Output(args, host);
  using runClock = createRunClock(choices, args);
  using stop = new StopRequest(host);
  using _locks = lockRun(choices, { fleetPath, host });
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
        const port = bus.attach("doctor");
        const wire = (): WireEvidence | undefined => bus.wire?.();
        return examine({ place: bus.place, port, wire, clock, nodes: own, listenMs: LISTEN_MS });
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

/** What is examined. */
interface Subject {
  readonly choices: readonly BusChoice[];
  readonly nodes: readonly PlacedNode[];
  readonly fleetPath?: string;
}

function subjectOf(args: CommandArguments, host: Host): Subject {
  const file = args.operands[0];
  if (file === undefined) {
    const urls = args.values.get("bus") ?? [];
    if (urls.length === 0) {
      throw new UsageError(
        args.command,
        "Cannot examine a bus: name it by --bus URL or a fleet file",
      );
    }
    return { choices: differentBuses(urls.map((url) => outside(busOfUrl(url), args))), nodes: [] };
  }
  const { fleet } = readFleet(file, args, host);
  const nodes = fleet.nodes.map(({ name, bus, addressing }) => ({
    name,
    bus,
    ...resolveAddressing(addressing),
  }));
  return {
    choices: chooseBuses(fleet, args).map((choice) => outside(choice, args)),
    nodes,
    fleetPath: host.absolutePath(file),
  };
}

/** Two URLs may name their buses alike: then the URLs tell them apart. */
function differentBuses(choices: readonly BusChoice[]): readonly BusChoice[] {
  const isShared = ({ name }: BusChoice): boolean =>
    choices.filter((other) => other.name === name).length > 1;
  const named = choices.map((one) => isShared(one) ? { ...one, name: one.urlText } : one);
  return [...new Map(named.map((one) => [one.name, one])).values()];
}

function outside(choice: BusChoice, args: CommandArguments): BusChoice {
  if (choice.url.kind !== "virtual") return choice;
  throw new UsageError(
    args.command,
    `Cannot examine ${choice.urlText}: nobody is on a virtual bus of this process; use connect=`,
  );
}

function report(evidence: readonly BusEvidence[], output: Output): ExitStatus {
  const findings = evidence.flatMap(diagnose);
  output.result(findingLines(findings).join("\n"));
  output.summary({ findings });
  return findings.every(({ isGood }) => isGood) ? EXIT_STATUS.ok : EXIT_STATUS.nodesFailed;
}
