import type { Clock } from "../../core/mod.ts";
import { eraseTimeMs, type FlashPlan, type FlashSegment, programTimeMs } from "../../stm32/mod.ts";
import type { NodeEvent } from "./events.ts";
import type { NodeConnection } from "./node_connection.ts";

/**
 * What an erase may take beyond the datasheet's longest time, in ms: the node's own processing, and
 * this host, which hears an answer late when it is busy. Who is called slow waits for all others, so
 * that one stumble must not do it: a node once waited for 106 s because of 60 ms.
 */
const SLOW_MARGIN_MS = 1000;
/** Behind every node that is well. */
const TROUBLED = 1e9;
/** How much of the past is kept with each block, and from when on it is trouble. */
const TROUBLE_KEPT = 0.95;
const TROUBLE_MAX = 8;

/**
 * Where a node stands among those of its bus, read off its events: it states its priority.
 *
 * Fair by segment, not by bytes. Who has the most of its own erasing and programming still ahead,
 * counted from the beginning of the segment at hand, goes first; among equals who is furthest within
 * the segment. So nodes leave a segment one after the other, and each one's erase is hidden behind
 * the data of those behind it; were they served in turns, all would erase at once and the wire idle.
 *
 * In its last segment a node no longer has an erase to hide: there who is least far goes first, so
 * that all end together and none is left to wait for its own flash on an idle wire.
 *
 * A node that loses many blocks, or erases slower than its datasheet allows, gets what the others
 * leave.
 */
export class TransmitPriority {
  readonly #connection: Pick<NodeConnection, "setPriority">;
  readonly #clock: Pick<Clock, "now">;
  readonly #ownMs: readonly number[];
  readonly #dataBytes: readonly number[];
  readonly #eraseMsMax: readonly number[];
  readonly #done = new Set<number>();
  #remainingMs = 0;
  #trouble = 0;
  #isSlow = false;
  #erasingSinceMs = Infinity;

  /**
   * Stands where a node does that has everything ahead.
   *
   * @param plan What is written.
   * @param connection Where the priority is stated.
   * @param clock The time it lives in.
   */
  constructor(
    plan: FlashPlan,
    connection: Pick<NodeConnection, "setPriority">,
    clock: Pick<Clock, "now">,
  ) {
    const { geometry, segments } = plan;
    this.#connection = connection;
    this.#clock = clock;
    const eraseMs = (segment: FlashSegment, bound: "typical" | "max"): number =>
      eraseTimeMs(geometry, segment.eraseUnits, bound);
    this.#ownMs = segments.map((segment) =>
      eraseMs(segment, "typical") + programTimeMs(geometry, segment.write.data.length, "typical")
    );
    this.#dataBytes = segments.map((segment) => segment.write.data.length);
    this.#eraseMsMax = segments.map((segment) => eraseMs(segment, "max") + SLOW_MARGIN_MS);
  }

  /**
   * Takes an event of the node in.
   *
   * @param event The event.
   */
  next(event: NodeEvent): void {
    switch (event.type) {
      case "segmentPhase":
        return this.#phase(event);
      case "segmentProgress":
        this.#trouble *= TROUBLE_KEPT;
        return this.#state(event.writtenBytes / this.#dataBytes[event.segment]!);
      case "retry":
        this.#trouble += 1;
        return;
    }
  }

  #phase({ segment, phase }: NodeEvent & { readonly type: "segmentPhase" }): void {
    switch (phase) {
      case "checking":
      case "erasing":
        this.#erasingSinceMs = this.#clock.now();
        this.#done.delete(segment);
        return this.#begun();
      case "erased":
        return this.#erased(segment);
      case "writing":
        this.#erased(segment);
        return this.#begun();
      case "verified":
      case "skipped":
        this.#done.add(segment);
    }
  }

  /** What is ahead counts from the beginning of the segment at hand. */
  #begun(): void {
    this.#remainingMs = this.#ownMs.reduce((sum, ms, i) => this.#done.has(i) ? sum : sum + ms, 0);
    this.#state(0);
  }

  /** What was erased ahead of its time is not judged by when it is written. */
  #erased(segment: number): void {
    const tookMs = this.#clock.now() - this.#erasingSinceMs;
    this.#isSlow ||= tookMs > this.#eraseMsMax[segment]!;
    this.#erasingSinceMs = Infinity;
  }

  #state(writtenShare: number): void {
    const isTroubled = this.#isSlow || this.#trouble > TROUBLE_MAX;
    const isLast = this.#done.size >= this.#ownMs.length - 1;
    // Less than a millisecond, so that it decides among equals only.
    const withinMs = Math.min(writtenShare, 1) / 2 * (isLast ? 1 : -1);
    this.#connection.setPriority((isTroubled ? TROUBLED : 0) - this.#remainingMs + withinMs);
  }
}
