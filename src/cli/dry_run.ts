import type { Host } from "../adapters/mod.ts";
import { EMPTY_FLEET, type FleetMoment, type FleetState, type NodeState } from "../fleet/mod.ts";
import { type BusFigures, finalTable, paintNothing, summarize } from "../report/mod.ts";
import type { CommandArguments } from "./command_spec.ts";
import { type ExitStatus, statusOfRun } from "./exit_status.ts";
import type { LoadedFleet } from "./load_jobs.ts";
import { Output } from "./output.ts";
import type { RunReporter } from "./run_reporter.ts";

/**
 * Leaves out what a job says to all nodes at its beginning and end: a dry run asks and changes
 * nothing.
 *
 * @param loaded The fleet.
 * @returns The same with quiet jobs.
 */
export function withoutFunctionalSteps(loaded: LoadedFleet): LoadedFleet {
  const jobs = loaded.jobs.map((node) => {
    const profile = { ...node.job.profile, before: [], after: [] };
    return { ...node, job: { ...node.job, profile } };
  });
  return { ...loaded, jobs };
}

/** Says what an update would do, from what the nodes have told. */
export class DryRunReporter implements RunReporter {
  readonly #output: Output;
  readonly #args: CommandArguments;
  readonly #busFigures: () => readonly BusFigures[];
  #state: FleetState = EMPTY_FLEET;

  /**
   * Begins with nothing known.
   *
   * @param args The command line.
   * @param host Where text goes.
   * @param busFigures What the buses have carried so far.
   */
  constructor(args: CommandArguments, host: Host, busFigures: () => readonly BusFigures[]) {
    this.#args = args;
    this.#output = new Output(args, host);
    this.#busFigures = busFigures;
  }

  next({ state }: FleetMoment): void {
    this.#state = state;
  }

  draw(): void {}

  [Symbol.dispose](): void {}

  finish(): ExitStatus {
    const nodes = [...this.#state.nodes.values()];
    for (const node of nodes.filter(({ phase }) => phase === "done")) {
      this.#output.result(`${node.name}: ${describeNode(node)}`);
    }
    const bad = nodes.filter(({ phase }) => phase !== "done");
    const badState = { ...this.#state, nodes: new Map(bad.map((node) => [node.name, node])) };
    const table = bad.length === 0 ? [] : finalTable(badState, paintNothing).slice(0, -1);
    for (const line of table) this.#output.result(line);
    const { done: due, ok, error, ...rest } = summarize(this.#state, {
      command: this.#args.command,
      buses: this.#busFigures(),
    });
    const { upToDate } = rest;
    this.#output.result(
      `dry run: ${due} would be updated, ${upToDate} up to date, ${bad.length} would not get through`,
    );
    const plans = nodes.filter(({ phase }) => phase === "done").map(planOf);
    const { type: _type, command: _command, bytesWritten: _bytes, endStates: _ends, ...told } =
      rest;
    this.#output.summary({ ok, dryRun: true, due, ...told, plans, ...(error && { error }) });
    return statusOfRun(this.#state, ok);
  }
}

/** What an update of a node would do. */
interface NodePlan {
  readonly node: string;
  readonly segments: number;
  /** Segments that it holds already. */
  readonly equal: number;
  /** Segments of which it did not tell. */
  readonly untold: number;
  /** What would be erased at the most, in bytes. */
  readonly eraseBytes: number;
  /** What would be written at the most, in bytes. */
  readonly writeBytes: number;
}

function planOf({ name, segments }: NodeState): NodePlan {
  const left = segments.filter(({ phase }) => phase !== "skipped");
  return {
    node: name,
    segments: segments.length,
    equal: segments.length - left.length,
    untold: segments.filter(({ phase }) => phase !== "skipped" && phase !== "failed").length,
    eraseBytes: left.reduce((sum, { start, end }) => sum + end - start, 0),
    writeBytes: left.reduce((sum, { dataBytes }) => sum + dataBytes, 0),
  };
}

function describeNode(node: NodeState): string {
  const { segments, equal, untold, eraseBytes, writeBytes } = planOf(node);
  const { version = "a version that it does not tell" } = node.identity;
  if (node.upToDate) return `holds the image already, ${version} runs`;
  const limit = untold > 0 ? "up to " : "";
  const left = segments - equal;
  return `${version} runs; would erase ${limit}${left} of ${segments} segments ` +
    `(${eraseBytes} bytes) and write ${limit}${writeBytes} bytes`;
}
