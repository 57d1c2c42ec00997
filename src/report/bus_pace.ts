import type { FleetMoment } from "../fleet/mod.ts";

/** Into so many parts a run is divided. */
const PARTS = 300;

/** How many bytes the nodes of each bus acknowledged over a run that is over, in bounded memory. */
export class BusPace {
  readonly #startMs: number;
  readonly #partMs: number;
  readonly #bytes = new Map<string, number[]>();
  readonly #written = new Map<string, number>();

  /**
   * Begins with nothing acknowledged.
   *
   * @param run When it began and ended, in ms.
   */
  constructor(run: { readonly startMs: number; readonly endMs: number }) {
    this.#startMs = run.startMs;
    this.#partMs = Math.max(1, (run.endMs - run.startMs) / PARTS);
  }

  /** The buses, in the order of their nodes. */
  get buses(): readonly string[] {
    return [...this.#bytes.keys()];
  }

  /**
   * Takes a moment in.
   *
   * @param moment What happened.
   */
  next({ event, state }: FleetMoment): void {
    if (event.type === "runStarted") {
      for (const { bus } of event.nodes) {
        if (!this.#bytes.has(bus)) this.#bytes.set(bus, new Array(PARTS).fill(0));
      }
    }
    if (event.type !== "segmentProgress") return;
    const node = state.nodes.get(event.node);
    const parts = this.#bytes.get(node?.bus ?? "");
    if (node === undefined || parts === undefined) return;
    parts[this.#partAt(event.atMs - this.#startMs)]! += node.bytesWritten -
      (this.#written.get(node.name) ?? 0);
    this.#written.set(node.name, node.bytesWritten);
  }

  /**
   * Tells the pace of a bus at a moment.
   *
   * @param bus The bus.
   * @param atMs The moment, in ms since the run began.
   * @returns Bytes in a second.
   */
  bytesPerSecond(bus: string, atMs: number): number {
    return (this.#bytes.get(bus)?.[this.#partAt(atMs)] ?? 0) * 1000 / this.#partMs;
  }

  /**
   * Tells how much the nodes of a bus had acknowledged by a moment.
   *
   * @param bus The bus.
   * @param atMs The moment, in ms since the run began.
   * @returns Bytes, repeated ones counted again.
   */
  bytesUntil(bus: string, atMs: number): number {
    const parts = this.#bytes.get(bus) ?? [];
    return parts.slice(0, this.#partAt(atMs) + 1).reduce((sum, bytes) => sum + bytes, 0);
  }

  /**
   * Tells the pace of a bus until a moment.
   *
   * @param bus The bus.
   * @param atMs The moment, in ms since the run began.
   * @returns Pairs of time, in ms, and pace: a part of the highest pace of any bus, 0..1.
   */
  series(bus: string, atMs: number): readonly (readonly [number, number])[] {
    const highest = Math.max(1, ...[...this.#bytes.values()].flat());
    return (this.#bytes.get(bus) ?? []).slice(0, this.#partAt(atMs) + 1)
      .map((bytes, i) => [
        Math.round(i * this.#partMs),
        Math.round(1000 * bytes / highest) / 1000,
      ]);
  }

  #partAt(ms: number): number {
    return Math.max(0, Math.min(PARTS - 1, Math.floor(ms / this.#partMs)));
  }
}
