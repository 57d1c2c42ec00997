import type { TransmitSource } from "./transmit_source.ts";

interface OpenMessage {
  readonly source: TransmitSource;
  /** When its last frame was taken, in ms. */
  servedMs: number;
  /** The same as a count: it tells who of those served in one moment was first. */
  servedCount: number;
}

/** The segmented messages of one bus: which are begun, which wait, and whose turn it is. */
export class OpenMessages {
  readonly #sharedMax: number;
  readonly #gapMsMax: number;
  readonly #openMax: number;
  readonly #waiting: TransmitSource[] = [];
  /** Index of the most urgent one of them; -1: not known. */
  #mostUrgent = -1;
  /** By priority, then as begun. */
  readonly #open: OpenMessage[] = [];
  #servedCount = 0;
  #wakeAtMs = Infinity;
  #longestGapMs = 0;
  #mostOpen = 0;

  /**
   * @param sharedMax How many that are ready take turns.
   * @param gapMsMax Longest gap within a message, in ms.
   * @param frameMs How long a frame takes, in ms.
   */
  constructor(sharedMax: number, gapMsMax: number, frameMs: number) {
    this.#sharedMax = sharedMax;
    this.#gapMsMax = gapMsMax;
    // If all become ready at once, each is served within half of the longest gap.
    this.#openMax = Math.max(1, Math.floor(gapMsMax / 2 / frameMs));
  }

  /** After `next` had nothing: when it may have something again, in ms. */
  get wakeAtMs(): number {
    return this.#wakeAtMs;
  }

  /** Longest time that a begun message which was ready waited for its next frame so far, in ms. */
  get longestGapMs(): number {
    return this.#longestGapMs;
  }

  /** Most messages begun at one time so far. */
  get mostOpen(): number {
    return this.#mostOpen;
  }

  /** A message waits to be begun. */
  add(source: TransmitSource): void {
    this.#waiting.push(source);
    this.prioritiesChanged();
  }

  /** A message that waits may have another priority now. */
  prioritiesChanged(): void {
    this.#mostUrgent = -1;
  }

  /** A message has ended. */
  remove(source: TransmitSource): void {
    const waitingIndex = this.#waiting.indexOf(source);
    if (waitingIndex >= 0) {
      this.#waiting.splice(waitingIndex, 1);
      this.prioritiesChanged();
    }
    const openIndex = this.#open.findIndex((message) => message.source === source);
    if (openIndex >= 0) this.#open.splice(openIndex, 1);
  }

  /** All are forgotten. */
  clear(): void {
    this.#waiting.length = 0;
    this.prioritiesChanged();
    this.#open.length = 0;
  }

  /** How many frames that win against `rank` could go out back to back. */
  clearedFramesBefore(rank: number): number {
    let count = 0;
    for (const { source } of this.#open) if (source.rank < rank) count += source.clearedFrames;
    return count;
  }

  /** Takes out all that only wait for the wire. */
  takeReady(nowMs: number): readonly TransmitSource[] {
    const ready = this.#waiting.splice(0);
    this.prioritiesChanged();
    for (const { source } of this.#open) if (source.readyAtMs <= nowMs) ready.push(source);
    for (const source of ready) this.remove(source);
    return ready;
  }

  /**
   * Chooses.
   *
   * @param nowMs The time.
   * @returns Whose frame goes next; `undefined`: nobody's before `wakeAtMs`.
   */
  next(nowMs: number): TransmitSource | undefined {
    let turn: OpenMessage | undefined;
    let overdue: OpenMessage | undefined;
    let readyCount = 0;
    let openCount = 0;
    let wakeAtMs = Infinity;
    for (const message of this.#open) {
      const { readyAtMs } = message.source;
      if (readyAtMs > nowMs) {
        // Who has let the other end wait that long anyway has lent its place.
        const lentAtMs = message.servedMs + this.#gapMsMax;
        if (nowMs < lentAtMs) {
          openCount++;
          if (this.#waiting.length > 0 && lentAtMs < wakeAtMs) wakeAtMs = lentAtMs;
        }
        if (readyAtMs < wakeAtMs) wakeAtMs = readyAtMs;
        continue;
      }
      openCount++;
      if (++readyCount <= this.#sharedMax) {
        if (turn === undefined || message.servedCount < turn.servedCount) turn = message;
      }
      if (nowMs - message.servedMs > this.#gapMsMax / 2) {
        if (overdue === undefined || message.servedCount < overdue.servedCount) overdue = message;
      }
    }
    if (overdue !== undefined) return this.#serve(overdue, nowMs);
    if (this.#waiting.length > 0 && openCount < this.#openMax) {
      const index = this.#mostUrgentIndex();
      const isMoreUrgent = turn === undefined ||
        this.#waiting[index]!.priority < turn.source.priority;
      if (isMoreUrgent) return this.#begin(index, nowMs);
    }
    if (turn !== undefined) return this.#serve(turn, nowMs);
    this.#wakeAtMs = wakeAtMs;
    return undefined;
  }

  #serve(message: OpenMessage, nowMs: number): TransmitSource {
    const sinceMs = Math.max(message.servedMs, message.source.readyAtMs);
    this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - sinceMs);
    message.servedMs = nowMs;
    message.servedCount = ++this.#servedCount;
    return message.source;
  }

  /** Who of those that wait; among equals the one that came first. */
  #mostUrgentIndex(): number {
    // With many nodes many wait, and one is asked for with every frame.
    if (this.#mostUrgent >= 0) return this.#mostUrgent;
    const waiting = this.#waiting;
    let best = 0;
    for (let i = 1; i < waiting.length; i++) {
      if (waiting[i]!.priority < waiting[best]!.priority) best = i;
    }
    return this.#mostUrgent = best;
  }

  #begin(index: number, nowMs: number): TransmitSource {
    const [source] = this.#waiting.splice(index, 1) as [TransmitSource];
    this.prioritiesChanged();
    let place = this.#open.length;
    while (place > 0 && this.#open[place - 1]!.source.priority > source.priority) place--;
    this.#open.splice(place, 0, { source, servedMs: nowMs, servedCount: ++this.#servedCount });
    this.#mostOpen = Math.max(this.#mostOpen, this.#open.length);
    return source;
  }
}
