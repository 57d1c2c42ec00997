import { printable } from "../core/mod.ts";
import type { Host, TextOutput } from "../adapters/mod.ts";
import { EMPTY_FLEET, type FleetMoment, type FleetState } from "../fleet/mod.ts";
import {
  type BusFigures,
  decodeKeys,
  drawAbove,
  finalTable,
  jsonLine,
  linesAfterResize,
  NO_RATES,
  paintAnsi,
  paintNothing,
  plainLine,
  type Rates,
  redraw,
  type RowView,
  sampleRates,
  scroll,
  scrollRange,
  summarize,
  terminalRows,
} from "../report/mod.ts";
import type { CommandArguments } from "./command_spec.ts";
import type { RunReporter } from "./run_reporter.ts";
import { type ExitStatus, statusOfRun } from "./exit_status.ts";

/** What a reporter is told besides events. */
export interface FleetReporterOptions {
  /** The command line. */
  readonly args: CommandArguments;
  /** Where text goes. */
  readonly host: Host;
  /** What the buses have carried so far. */
  readonly busFigures: () => readonly BusFigures[];
}

/**
 * Shows a run: live rows on a terminal, plain lines in a pipe, JSON lines with `--json`; at the end
 * the table with failures first, and the summary. Keys scroll live rows that do not all fit.
 *
 * Rows are drawn when {@linkcode FleetReporter.draw} is called, not at each event: the caller's clock
 * sets the pace.
 */
export class FleetReporter implements RunReporter {
  readonly #options: FleetReporterOptions;
  readonly #progress: TextOutput;
  readonly #isJson: boolean;
  readonly #isLive: boolean;
  readonly #isQuiet: boolean;
  readonly #isVerbose: boolean;
  #state: FleetState = EMPTY_FLEET;
  #rates: Rates = NO_RATES;
  #scrolledRows = 0;
  /** What was typed of a key that is not whole yet. */
  #typed = "";
  readonly #unlisten: () => void;
  #drawn: readonly string[] = [];
  #drawnColumns = 0;

  /**
   * Begins with nothing shown.
   *
   * @param options The command line, and where text goes.
   */
  constructor(options: FleetReporterOptions) {
    const { args, host } = options;
    this.#options = options;
    this.#isJson = args.flags.has("json");
    this.#isQuiet = args.flags.has("quiet");
    this.#isVerbose = args.flags.has("verbose");
    this.#progress = this.#isJson ? host.stderr : host.stdout;
    this.#isLive = this.#progress.isTerminal && !this.#isQuiet && host.env("TERM") !== "dumb";
    this.#unlisten = this.#isLive ? host.onKeys((text) => this.#scroll(text)) : () => {};
  }

  /** Whether {@linkcode FleetReporter.draw} shows anything. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /**
   * Takes a moment in.
   *
   * @param moment What happened.
   */
  next({ event, state }: FleetMoment): void {
    this.#state = state;
    if (this.#isJson) this.#options.host.stdout.write(jsonLine(event));
    if (this.#isQuiet || (this.#isJson && !this.#isLive)) return;
    if (this.#isLive && !this.#isVerbose) return;
    const words = plainLine(event, state, { isVerbose: this.#isVerbose });
    if (words === undefined) return;
    const line = printable(words);
    if (!this.#isLive) this.#progress.write(`${line}\n`);
    else {
      const up = this.#linesDrawn();
      this.#drawn = this.#rows(event.atMs);
      this.#progress.write(drawAbove(line, this.#drawn, up));
    }
  }

  /**
   * Draws the rows anew, on a terminal.
   *
   * @param nowMs The run's time, in ms.
   */
  draw(nowMs: number): void {
    if (!this.#isLive) return;
    const up = this.#linesDrawn();
    this.#drawn = this.#rows(nowMs);
    this.#progress.write(redraw(this.#drawn, up));
  }

  /**
   * Shows how the run ended.
   *
   * @returns How canvoy ends.
   */
  finish(): ExitStatus {
    const { args, host, busFigures } = this.#options;
    if (this.#isLive) this.#progress.write(redraw([], this.#linesDrawn()));
    this.#drawn = [];
    const table = this.#progress.isTerminal
      ? finalTable(this.#state, this.#paint(), host.terminalSize())
      : finalTable(this.#state, this.#paint());
    this.#progress.write(table.map((line) => `${line}\n`).join(""));
    const summary = summarize(this.#state, { command: args.command, buses: busFigures() });
    if (this.#isJson) host.stdout.write(jsonLine(summary));
    return statusOfRun(this.#state, summary.ok);
  }

  /** Stops listening to keys. */
  [Symbol.dispose](): void {
    this.#unlisten();
  }

  /** What is typed shows when rows are drawn next. */
  #scroll(text: string): void {
    const { keys, rest } = decodeKeys(this.#typed + text);
    this.#typed = rest;
    const range = scrollRange(this.#state, this.#view(0));
    for (const key of keys) this.#scrolledRows = scroll(this.#scrolledRows, key, range);
  }

  #rows(nowMs: number): readonly string[] {
    const view = this.#view(nowMs);
    this.#rates = sampleRates(this.#rates, this.#state, view);
    return terminalRows(this.#state, { ...view, rates: this.#rates });
  }

  #view(nowMs: number): RowView {
    const { host, busFigures } = this.#options;
    const { columns, rows } = host.terminalSize();
    return {
      columns,
      // The cursor stands in the last row, so one less fits.
      rows: rows - 1,
      nowMs,
      paint: this.#paint(),
      buses: busFigures(),
      ...(host.canAsk ? { scrolledRows: this.#scrolledRows } : {}),
    };
  }

  /** How far up the drawn rows begin, whatever the terminal has become since. */
  #linesDrawn(): number {
    const size = this.#options.host.terminalSize();
    const isResized = size.columns !== this.#drawnColumns;
    this.#drawnColumns = size.columns;
    return isResized
      ? linesAfterResize(this.#drawn, size)
      : Math.min(this.#drawn.length, Math.max(0, size.rows - 1));
  }

  #paint(): typeof paintAnsi | typeof paintNothing {
    const { host } = this.#options;
    const isPlain = !this.#progress.isTerminal || (host.env("NO_COLOR") ?? "") !== "" ||
      host.env("TERM") === "dumb";
    return isPlain ? paintNothing : paintAnsi;
  }
}
