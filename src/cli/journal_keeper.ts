import type { Host } from "../adapters/mod.ts";
import { CanvoyError, printableLines, rangeIntersection } from "../core/mod.ts";
import type { FleetEvent, FleetNodeJob, FleetRun, FleetState, NodeHistory } from "../fleet/mod.ts";
import { EMPTY_MEMORY, historyFor, type Memory, memoryAfter } from "../journal/mod.ts";
import { summarize } from "../report/mod.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";
import { Output } from "./output.ts";
import type { RunJournal } from "./run_journal.ts";
import { shellWord } from "./run_memory.ts";

/** Sees a run's journal through to its end, and says where it is. */
export class JournalKeeper implements AsyncDisposable {
  readonly #journal: RunJournal | undefined;
  readonly #host: Host;
  readonly #output: Output;
  readonly #state: string | undefined;
  #memory: Memory;
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
    this.#memory = journal?.memory ?? EMPTY_MEMORY;
    this.#host = host;
    this.#state = optionText(args, "state");
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
    this.#output.note([`journal: ${this.#journal.path}`, ...this.#journal.notes].join("\n"));
  }

  /**
   * Adds what earlier runs left of a node: where it is, and of the serial number that it tells.
   *
   * @param node What is to be done.
   * @returns The same, with that.
   */
  withHistory(node: FleetNodeJob): FleetNodeJob {
    const claims = this.#journal?.nodes.find(({ name }) => name === node.name)?.claims ?? {};
    // Nodes that end with this process are known by nothing.
    if (Object.keys(claims).length === 0) return node;
    const memory = this.#memory;
    const relevant = (history: NodeHistory | undefined): NodeHistory | undefined =>
      history === undefined || !isAbout(history, node) ? undefined : history;
    const history = relevant(historyFor(memory, claims));
    const historyOfSerial = (serial: string): NodeHistory | undefined =>
      relevant(historyFor(memory, { ...claims, serial }));
    const known = history === undefined ? {} : { history };
    return { ...node, job: { ...node.job, ...known, historyOfSerial } };
  }

  /**
   * Takes down what a run left, for one that follows in the same journal.
   *
   * @param events Its events.
   */
  runEnded(events: readonly FleetEvent[]): void {
    const { nodes = [], fleetPath = "" } = this.#journal ?? {};
    this.#memory = memoryAfter(this.#memory, { events, nodes, fleet: fleetPath });
  }

  /**
   * Closes it; what could not be written becomes a part of how the run ended.
   *
   * @param state How it ended so far.
   * @returns The event that tells so; `undefined` where all is written, or the run told it already.
   */
  async finish(state: FleetState): Promise<FleetEvent | undefined> {
    this.#isThrough = summarize(state, { command: "", buses: [] }).ok;
    try {
      await this.#close();
      return undefined;
    } catch (error) {
      if (!(error instanceof CanvoyError)) throw error;
      this.#isThrough = false;
      const { code, message } = error;
      if (state.journalError !== undefined) return undefined;
      return { atMs: state.atMs, type: "journalFailed", error: { code, message } };
    }
  }

  /** Closes it, and says how to go on unless nothing is left to do. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#close();
    } finally {
      if (this.#journal !== undefined && this.#isAnnounced && !this.#isThrough) {
        const { path } = this.#journal;
        const where = this.#state === undefined ? "" : ` --state ${shellWord(this.#state)}`;
        const advice = `journal: ${path}\n  go on with: canvoy resume ${shellWord(path)}${where}\n`;
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

/** What is only beside the image is no reason to serve a node by itself. */
function isAbout({ distrusted, endState }: NodeHistory, { job }: FleetNodeJob): boolean {
  if (endState !== "untouched") return true;
  const plans = [job.plan, job.inactivePlan, job.singleBankPlan, job.rollbackPlan];
  return plans.some((plan) =>
    plan?.segments.some(({ range }) =>
      distrusted.some((torn) => rangeIntersection(torn, range) !== undefined)
    )
  );
}
