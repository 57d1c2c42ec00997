import { printable } from "../core/mod.ts";
import { EMPTY_FLEET, type FleetEvent, type FleetMoment, type FleetState } from "../fleet/mod.ts";
import type { BusFigures } from "./bus_figures.ts";
import { pageBuses, pageLoads, pageUpdate } from "./page_view.ts";
import { plainLine } from "./plain_lines.ts";
import { BusLoadLog } from "./bus_load_log.ts";
import { fleetRemainingMs, isLookDue, NO_RATES, type Rates, sampleRates } from "./rates.ts";

/** Lines of the log that a page is told at once; older ones are left out. */
const LOG_MAX = 200;
const LOADS_EVERY_MS = 100;

/**
 * What pages are told of a run: it takes moments at any rate, and each page takes what changed since
 * it took last, so a slow page costs no more than a name for each node.
 */
export class PageFeed {
  readonly #busFigures: () => readonly BusFigures[];
  readonly #clients = new Set<PageClient>();
  readonly #log: string[] = [];
  readonly #loads = new BusLoadLog();
  #loadsAtMs = -Infinity;
  #state: FleetState = EMPTY_FLEET;
  #rates: Rates = NO_RATES;

  /**
   * Begins with nothing told.
   *
   * @param busFigures What the buses carried so far.
   */
  constructor(busFigures: () => readonly BusFigures[]) {
    this.#busFigures = busFigures;
  }

  /** What is known of the fleet. */
  get state(): FleetState {
    return this.#state;
  }

  /**
   * Takes a moment in.
   *
   * @param moment What happened.
   */
  next({ event, state }: FleetMoment): void {
    this.#state = state;
    this.#look(event.atMs);
    const line = plainLine(event, state, { isVerbose: false });
    if (line !== undefined) {
      this.#log.push(line);
      if (this.#log.length > LOG_MAX) this.#log.shift();
    }
    for (const client of this.#clients) client.changed(event, line);
  }

  /**
   * Lets another page listen.
   *
   * @returns It; it is told everything at first.
   */
  open(): PageClient {
    const client = new PageClient(this, [...this.#log]);
    this.#clients.add(client);
    return client;
  }

  /**
   * Forgets a page.
   *
   * @param client The page.
   */
  close(client: PageClient): void {
    this.#clients.delete(client);
  }

  /**
   * Tells what a page does not know yet.
   *
   * @param names The nodes that changed; absent: all.
   * @param log What was said.
   * @returns One line of JSON.
   */
  tell(names: ReadonlySet<string> | undefined, log: readonly string[]): string {
    const buses = this.#busFigures();
    const nowMs = this.#state.atMs;
    return printable(JSON.stringify(pageUpdate(this.#state, {
      isTold: (name) => names === undefined || names.has(name),
      buses: pageBuses(this.#state, buses, this.#rates),
      leftMs: this.#state.isFinished
        ? undefined
        : fleetRemainingMs(this.#rates, this.#state, nowMs),
      ...(names === undefined ? { loads: pageLoads(this.#state, this.#loads.series()) } : {}),
      log,
    })));
  }

  /**
   * Whenever a page opens, it is told what the terminal tells. What buses carried is asked for ten
   * times in a second, however many events there are.
   */
  #look(nowMs: number): void {
    const isLoadDue = nowMs - this.#loadsAtMs >= LOADS_EVERY_MS;
    if (!isLoadDue && !isLookDue(this.#rates, nowMs)) return;
    const buses = this.#busFigures();
    this.#rates = sampleRates(this.#rates, this.#state, { nowMs, buses });
    if (!isLoadDue) return;
    this.#loadsAtMs = nowMs;
    this.#loads.sample(nowMs, buses);
  }
}

/** What one page does not know yet: bounded by the fleet, however long it does not ask. */
export class PageClient {
  readonly #feed: PageFeed;
  #changed: Set<string> | undefined;
  #isDue = true;
  #log: string[];

  /**
   * Begins with everything untold.
   *
   * @param feed What it listens to.
   * @param log What was said before.
   */
  constructor(feed: PageFeed, log: string[]) {
    this.#feed = feed;
    this.#log = log;
  }

  /** How many nodes and lines wait to be told: at most as many as there are nodes, and 200. */
  get waitingCount(): number {
    return (this.#changed?.size ?? 0) + this.#log.length;
  }

  /**
   * Takes down that something changed.
   *
   * @param event What happened.
   * @param line How it is told; absent: not at all.
   */
  changed(event: FleetEvent, line: string | undefined): void {
    this.#isDue = true;
    if (event.type === "runStarted" || event.type === "busState") this.#changed = undefined;
    else if ("node" in event) this.#changed?.add(event.node);
    if (line === undefined) return;
    this.#log.push(line);
    if (this.#log.length > LOG_MAX) this.#log.shift();
  }

  /**
   * Takes what is not told yet.
   *
   * @returns One line of JSON; `undefined` where nothing has changed.
   */
  take(): string | undefined {
    if (!this.#isDue) return undefined;
    const text = this.#feed.tell(this.#changed, this.#log);
    this.#changed = new Set();
    this.#log = [];
    this.#isDue = false;
    return text;
  }

  /** Stops listening. */
  close(): void {
    this.#feed.close(this);
  }
}
