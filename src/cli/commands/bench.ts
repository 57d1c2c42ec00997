import { jsonText } from "../../core/mod.ts";
import type { Host } from "../../adapters/mod.ts";
import { type Bar, BARS } from "../bench/bars.ts";
import type { BenchCase, BenchLine } from "../bench/bench_case.ts";
import { type BenchResult, runCase } from "../bench/run_case.ts";
import { wholeTable } from "../bench/table.ts";
import type { VirtualBus } from "../../sim/mod.ts";
import { type CommandArguments, optionNumber, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { TraceFile } from "../trace_file.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Measures how close updates of many nodes come to what the wire can carry, on virtual buses in
 * virtual time: the same figures on every machine.
 *
 * @param args The command line: `--quick`, `--only KEY=VALUE`, `--seed`, `--trace`.
 * @param host The outside.
 * @returns 1 when `--quick` finds a figure on the wrong side of its bound, or a node was not updated.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const bench = new BenchRun(args, host);
  return Promise.resolve(args.flags.has("quick") ? bench.bars() : bench.table());
}

class BenchRun {
  readonly #args: CommandArguments;
  readonly #host: Host;
  readonly #output: Output;
  readonly #seed: number;
  /** What one node after the other took, by the case without its mode. */
  readonly #sequentialSeconds = new Map<string, number>();
  #lines = 0;

  constructor(args: CommandArguments, host: Host) {
    this.#args = args;
    this.#host = host;
    this.#output = new Output(args, host);
    this.#seed = optionNumber(args, "seed") ?? 1;
  }

  table(): ExitStatus {
    const cases = this.#chosen(wholeTable(), (bench) => bench);
    using trace = this.#trace(cases.length);
    let failedNodes = 0;
    for (const bench of cases) failedNodes += this.#run(bench, trace).line.failedNodes;
    this.#output.summary({ seed: this.#seed, lines: this.#lines, failedNodes });
    return failedNodes === 0 ? EXIT_STATUS.ok : EXIT_STATUS.nodesFailed;
  }

  bars(): ExitStatus {
    const bars = this.#chosen(BARS, ({ bench }) => bench);
    using trace = this.#trace(bars.length);
    const checks = bars.map((bar) => this.#check(bar, this.#run(bar.bench, trace)));
    const missed = checks.filter(({ isReached }) => !isReached).length;
    this.#output.result(`${checks.length - missed} of ${checks.length} bounds are kept`);
    this.#output.summary({ ok: missed === 0, seed: this.#seed, lines: this.#lines, checks });
    return missed === 0 ? EXIT_STATUS.ok : EXIT_STATUS.nodesFailed;
  }

  #check(bar: Bar, result: BenchResult): {
    readonly what: string;
    readonly figure: number;
    readonly bound: number;
    readonly isReached: boolean;
  } {
    const { what, bound, side } = bar;
    const figure = Math.round(bar.figure(result, this.#seed) * 1e4) / 1e4;
    const isReached = side === "min" ? figure >= bound : figure <= bound;
    const word = side === "min" ? "at least" : "at most";
    this.#output.result(
      `  ${isReached ? "kept  " : "MISSED"}  ${what}: ${figure}, ${word} ${bound}`,
    );
    return { what, figure, bound, isReached };
  }

  #run(bench: BenchCase, trace: TraceFile | undefined): BenchResult {
    const result = runCase(bench, {
      seed: this.#seed,
      ...(trace === undefined ? {} : { onBus: (bus) => trace.follow(traceable(bus)) }),
    });
    const { mode, ...rest } = bench;
    const key = JSON.stringify(rest, Object.keys(rest).sort());
    if (mode === "sequential") this.#sequentialSeconds.set(key, result.line.seconds);
    const sequential = this.#sequentialSeconds.get(key);
    const speedup = sequential === undefined
      ? null
      : Math.round(sequential / result.line.seconds * 100) / 100;
    this.#print({ ...result.line, speedup });
    return result;
  }

  #print(line: BenchLine): void {
    this.#lines++;
    if (this.#output.isJson) return this.#host.stdout.write(jsonText(line) + "\n");
    const stack = line.blockSize === 0 ? "" : `  BS ${line.blockSize}`;
    const ids = line.ids === "7E0/7E8" ? "  7E0/7E8" : "";
    const speedup = line.speedup === null ? "" : `  ${line.speedup} x sequential`;
    const failed = line.failedNodes === 0 ? "" : `  ${line.failedNodes} NOT UPDATED`;
    this.#output.result(
      `${line.mode}  ${line.bus}  ${line.nodes} x ${line.device}  loss ${line.loss}${stack}${ids}` +
        `${line.bent ? "  3 bent" : ""}: ${line.seconds} s, efficiency ${line.efficiency}, ` +
        `wire busy ${line.busyRatio}${speedup}${failed}`,
    );
  }

  /** Those that every `--only KEY=VALUE` agrees with. */
  #chosen<T>(rows: readonly T[], caseOf: (row: T) => BenchCase): readonly T[] {
    const wanted = (this.#args.values.get("only") ?? []).map((text) => {
      const at = text.indexOf("=");
      return [text.slice(0, Math.max(at, 0)), text.slice(at + 1)] as const;
    });
    const chosen = rows.filter((row) => {
      const fields = new Map<string, unknown>(Object.entries(caseOf(row)));
      return wanted.every(([key, value]) => String(fields.get(key)) === value);
    });
    if (chosen.length > 0) return chosen;
    const example = "--only bus=classic-1M --only nodes=8";
    throw new UsageError(this.#args.command, `no row of the table is meant (${example})`);
  }

  #trace(caseCount: number): TraceFile | undefined {
    if (optionText(this.#args, "trace") === undefined) return undefined;
    if (caseCount === 1) return new TraceFile(this.#args, this.#host);
    throw new UsageError(
      this.#args.command,
      `--trace takes one row, ${caseCount} are meant: choose with --only`,
    );
  }
}

/** A bus as a trace follows it: intact frames, at their end. */
function traceable(bus: VirtualBus): Parameters<TraceFile["follow"]>[0] {
  return {
    name: bus.name,
    follow: (listener) => {
      bus.onWire = ({ intact, frame, atMs }) => {
        if (intact) listener(frame, atMs);
      };
    },
  };
}
