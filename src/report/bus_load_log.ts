import type { BusFigures } from "./bus_figures.ts";

/** How loaded a bus was, over time. */
export interface BusLoadSeries {
  /** Its name in the fleet file. */
  readonly bus: string;
  /** The load, oldest first. */
  readonly points: readonly BusLoadPoint[];
}

/** The load of a bus in one stretch of time. */
export interface BusLoadPoint {
  /** When the stretch ended, in ms. */
  readonly atMs: number;
  /** How long it was, in ms. */
  readonly durationMs: number;
  /** The part of it in which the wire was not idle, 0..1. */
  readonly load: number;
}

/** Shortest stretch at first, in ms; it doubles each time there are too many. */
const STRETCH_MS = 100;
const POINTS_MAX = 800;

/** Takes the load of buses down over any length of time, in bounded memory. */
export class BusLoadLog {
  readonly #points = new Map<string, BusLoadPoint[]>();
  readonly #busyMs = new Map<string, number>();
  #stretchMs = STRETCH_MS;
  #atMs: number | undefined;

  /**
   * Looks at the buses; looks that come sooner than needed change nothing.
   *
   * @param atMs The time, in ms.
   * @param buses What they carried so far.
   */
  sample(atMs: number, buses: readonly BusFigures[]): void {
    const durationMs = atMs - (this.#atMs ?? atMs);
    const isFirst = this.#atMs === undefined;
    if (!isFirst && durationMs < this.#stretchMs) return;
    this.#atMs = atMs;
    for (const { bus, busyRatio } of buses) {
      const busyMs = busyRatio * atMs;
      const before = this.#busyMs.get(bus) ?? busyMs;
      this.#busyMs.set(bus, busyMs);
      if (durationMs <= 0) continue;
      const load = Math.min(1, Math.max(0, (busyMs - before) / durationMs));
      const points = this.#points.get(bus) ?? [];
      points.push({ atMs, durationMs, load });
      this.#points.set(bus, points);
      if (points.length > POINTS_MAX) this.#halve();
    }
  }

  /**
   * Tells what was taken down.
   *
   * @returns A series for each bus.
   */
  series(): readonly BusLoadSeries[] {
    return [...this.#points].map(([bus, points]) => ({ bus, points }));
  }

  #halve(): void {
    this.#stretchMs *= 2;
    for (const [bus, points] of this.#points) {
      const halved: BusLoadPoint[] = [];
      for (let i = 0; i < points.length; i += 2) {
        const first = points[i]!;
        const second = points[i + 1];
        if (second === undefined) {
          halved.push(first);
          continue;
        }
        const durationMs = first.durationMs + second.durationMs;
        const busyMs = first.load * first.durationMs + second.load * second.durationMs;
        halved.push({ atMs: second.atMs, durationMs, load: busyMs / durationMs });
      }
      this.#points.set(bus, halved);
    }
  }
}
