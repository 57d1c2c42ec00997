import type { Host } from "../adapters/mod.ts";
import { CanvoyError, printableLines } from "../core/mod.ts";
import type { FleetEvent, FleetNodeJob, FleetRun, NodeHistory } from "../fleet/mod.ts";
import { historiesAfter } from "../journal/mod.ts";
import { summarize } from "../report/mod.ts";
import type { CommandArguments } from "./command_spec.ts";
import { Output } from "./output.ts";
import type { RunJournal } from "./run_journal.ts";
import type { RunReporter } from "./run_reporter.ts";

/** Sees a run's journal through to its end, and says where it is. */
export class JournalKeeper implements AsyncDisposable {
  readonly #journal: RunJournal | undefined;
  readonly #host: Host;
  readonly #output: Output;
  #histories: ReadonlyMap<string, NodeHistory>;
  #isAnnounced = false;
  #isClosed = false;
  #isThrough = false;

  /**
   * @param journal The journal; nothing is kept when it is absent.
   * @param args The command line.
   * @param host Where text goes.
   */
  constructor(journal: RunJournal | undefined, args: CommandArguments, host: Host) {
    this.#journal = journal;
    this.#histories = journal?.histories ?? new Map();
    this.#host = host;
    this.#output = new Output(args, host);
  }

  /** What a run is given of it. */
  get port(): Pick<FleetRun, "journal"> {
    return this.#journal === undefined ? {} : { journal: this.#journal.events };
  }

  /** Says where it is, before the first frame. */
  announce(): void {
    if (this.#journal === undefined) return;
    this.#isAnnounced = true;
    this.#output.note(`journal: ${this.#journal.path}`);
  }

  /**
   * Adds what earlier runs left of a node.
   *
   * @param node What is to be done.
   * @returns The same, with that.
   */
  withHistory(node: FleetNodeJob): FleetNodeJob {
    const history = this.#histories.get(node.name);
    return history === undefined ? node : { ...node, job: { ...node.job, history } };
  }

  /**
   * Takes down what a run left, for one that follows in the same journal.
   *
   * @param events Its events.
   */
  runEnded(events: readonly FleetEvent[]): void {
    this.#histories = historiesAfter(this.#histories, events);
  }

  /**
   * Closes it; what could not be written becomes a part of how the run ended.
   *
   * @param reporter How it ended so far.
   */
  async finish(reporter: RunReporter): Promise<void> {
    this.#isThrough = summarize(reporter.state, { command: "", buses: [] }).ok;
    try {
      await this.#close();
    } catch (error) {
      if (!(error instanceof CanvoyError)) throw error;
      this.#isThrough = false;
      const { code, message } = error;
      if (reporter.state.journalError !== undefined) return;
      const { atMs } = reporter.state;
      reporter.next({ atMs, type: "journalFailed", error: { code, message } });
    }
  }

  /** Closes it, and says how to go on unless nothing is left to do. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#close();
    } finally {
      if (this.#journal !== undefined && this.#isAnnounced && !this.#isThrough) {
        const { path } = this.#journal;
        const advice = `journal: ${path}\n  go on with: canvoy resume ${quoted(path)}\n`;
        this.#host.stderr.write(printableLines(advice));
      }
    }
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#isAnnounced) return await this.#journal?.abandon();
    await this.#journal?.close(this.#isThrough);
  }
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w./:@%+,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
