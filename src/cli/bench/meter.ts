import type { FleetEvent } from "../../fleet/mod.ts";
import type { VirtualBus } from "../../sim/mod.ts";

/** From the first erase request of a run to its last positive verify. */
interface Span {
  readonly runStartedMs: number;
  firstEraseMs: number | undefined;
  lastVerifyMs: number | undefined;
  busyMs: number;
}

/** Reads a bench's times off its events. */
export class Meter {
  readonly #buses: readonly VirtualBus[];
  readonly #spans: Span[] = [];
  readonly #verifiedMs = new Map<string, number>();
  #busyAtEraseMs = 0;
  #retries = 0;

  /**
   * @param buses Whose wires count as busy.
   */
  constructor(buses: readonly VirtualBus[]) {
    this.#buses = buses;
  }

  /** First erase request to last positive verify, in s, over all runs. */
  get seconds(): number {
    return this.#sum((span) => (span.lastVerifyMs ?? NaN) - (span.firstEraseMs ?? NaN));
  }

  /** From the start to the first erase request, in s, over all runs. */
  get setupSeconds(): number {
    return this.#sum((span) => (span.firstEraseMs ?? NaN) - span.runStartedMs);
  }

  /** How long the wires were busy within `seconds`, in s, on average over the buses. */
  get busySeconds(): number {
    return this.#sum((span) => span.busyMs);
  }

  /** How often something was tried again. */
  get retries(): number {
    return this.#retries;
  }

  /**
   * When a node's last segment was verified.
   *
   * @param node Its name.
   * @returns In s after the first erase request; NaN when it never was.
   */
  verifiedSeconds(node: string): number {
    return ((this.#verifiedMs.get(node) ?? NaN) - (this.#spans[0]?.firstEraseMs ?? NaN)) / 1000;
  }

  /** Takes an event in. */
  next(event: FleetEvent): void {
    if (event.type === "runStarted") {
      this.#spans.push({
        runStartedMs: event.atMs,
        firstEraseMs: undefined,
        lastVerifyMs: undefined,
        busyMs: 0,
      });
    } else if (event.type === "retry") this.#retries++;
    else if (event.type === "segmentPhase") {
      const span = this.#spans.at(-1)!;
      if (event.phase === "erasing" && span.firstEraseMs === undefined) {
        span.firstEraseMs = event.atMs;
        this.#busyAtEraseMs = this.#busyMs();
      }
      if (event.phase !== "verified") return;
      span.lastVerifyMs = event.atMs;
      span.busyMs = this.#busyMs() - this.#busyAtEraseMs;
      this.#verifiedMs.set(event.node, event.atMs);
    }
  }

  #busyMs(): number {
    return this.#buses.reduce((sum, bus) => sum + bus.statistics.busyMs, 0) / this.#buses.length;
  }

  #sum(pick: (span: Span) => number): number {
    return this.#spans.reduce((sum, span) => sum + pick(span), 0) / 1000;
  }
}
