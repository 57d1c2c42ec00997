import { printable, printableValue } from "../core/mod.ts";
import { EMPTY_FLEET, type FleetEvent, type FleetState, momentsOf } from "../fleet/mod.ts";
import { BusPace } from "./bus_pace.ts";
import { type PageBus, type PageLoads, pageUpdate } from "./page_view.ts";
import { plainLine } from "./plain_lines.ts";

/** States are kept so many events apart, and folded on from there. */
const KEPT_EVERY = 500;
/** Lines of the log that a moment is told with. */
const LOG_MAX = 100;

/** A run that is over, at any of its moments. */
export class PastRun {
  readonly #events: readonly FleetEvent[];
  readonly #kept: FleetState[] = [];
  readonly #pace: BusPace;
  /** How long it took, in whole ms, rounded up: its last event belongs to it. */
  readonly endMs: number;

  /**
   * Folds it once.
   *
   * @param events Its events, in their order.
   */
  constructor(events: readonly FleetEvent[]) {
    // They come from a file, which anybody may have written.
    this.#events = printableValue(events);
    this.#pace = new BusPace({
      startMs: this.#events[0]?.atMs ?? 0,
      endMs: this.#events.at(-1)?.atMs ?? 0,
    });
    let state = EMPTY_FLEET;
    let count = 0;
    for (const moment of momentsOf(this.#events)) {
      if (count++ % KEPT_EVERY === 0) this.#kept.push(state);
      state = moment.state;
      this.#pace.next(moment);
    }
    this.endMs = Math.max(0, Math.ceil(state.atMs - state.startedAtMs));
  }

  /**
   * Goes to a moment.
   *
   * @param atMs The moment, in ms since the run began.
   * @returns The fleet as it was then.
   */
  stateAt(atMs: number): FleetState {
    const count = this.#countAt(atMs);
    const from = Math.min(this.#kept.length - 1, Math.floor(count / KEPT_EVERY));
    let state = this.#kept[from] ?? EMPTY_FLEET;
    for (const moment of momentsOf(this.#events.slice(from * KEPT_EVERY, count), state)) {
      state = moment.state;
    }
    return state;
  }

  /**
   * Tells a moment as the page shows it.
   *
   * @param atMs The moment, in ms since the run began.
   * @returns One line of JSON.
   */
  tell(atMs: number): string {
    const state = this.stateAt(atMs);
    const count = this.#countAt(atMs);
    const log = this.#events.slice(Math.max(0, count - LOG_MAX), count)
      .map((event) => plainLine(event, state, { isVerbose: false }))
      .filter((line) => line !== undefined);
    const { buses, loads } = this.#busesAt(state, atMs);
    return printable(JSON.stringify(pageUpdate(state, { isTold: () => true, buses, loads, log })));
  }

  /** Events do not tell loads: what each bus got across stands for them. */
  #busesAt(
    state: FleetState,
    atMs: number,
  ): { readonly buses: readonly PageBus[]; readonly loads: PageLoads } {
    const loads = this.#pace.buses.map((bus) => [bus, this.#pace.series(bus, atMs)] as const);
    const buses = loads.map(([name, series]) => ({
      name,
      load: series.at(-1)?.[1] ?? 0,
      bytesPerSecond: Math.round(this.#pace.bytesPerSecond(name, atMs)),
      bytes: this.#pace.bytesUntil(name, atMs),
      state: state.buses.get(name) ?? "errorActive",
    }));
    return { buses, loads };
  }

  /** How many events had happened; the first always has. */
  #countAt(atMs: number): number {
    const first = this.#events[0];
    if (first === undefined) return 0;
    const at = this.#events.findIndex((event) => event.atMs - first.atMs > atMs);
    return Math.max(1, at < 0 ? this.#events.length : at);
  }
}
