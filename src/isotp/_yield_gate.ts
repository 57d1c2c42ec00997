/** An idle wire of that length has let every answer through that waited, in ms. */
const PAUSE_MS = 2;
/** So many moments one after the other that somebody took show that several wait. */
const TAKEN_MOMENTS = 2;

/**
 * Decides when our frames leave the wire to answers that they outrank.
 *
 * `open`: frames may go. `yielding`: none goes until the wire was left for a moment. `probing`: one
 * frame goes at a time, to see whether somebody took the moment; if so, there may be more of them.
 */
export class YieldGate {
  /** How long our frames may outrank answers without a break, in ms. */
  readonly yieldAfterMs: number;
  #state: "open" | "yielding" | "probing" = "open";
  #lowestAnswerRank = -1;
  /** Since when frames that outrank answers follow each other without a break, in ms. */
  #runSinceMs = Infinity;
  #isHeard = false;
  /** Until when a frame that is heard may have taken the moment that was left, in ms. */
  #watchUntilMs = -Infinity;
  /** How many moments that were left one after the other somebody took. */
  #takenMoments = 0;
  #heardMs = -Infinity;
  #holdUntilMs = -Infinity;
  /** Until when a moment that is held ends, whoever is heard, in ms. */
  #holdMsMax = Infinity;
  /** Since when nothing of ours is in flight, in ms. */
  #emptySinceMs = Infinity;

  /**
   * @param yieldAfterMs How long our frames may outrank answers without a break.
   */
  constructor(yieldAfterMs: number) {
    this.yieldAfterMs = yieldAfterMs;
  }

  /** Whether the wire must be left for a moment. */
  get isYielding(): boolean {
    return this.#state === "yielding";
  }

  /** Until when the moment lasts at least, in ms: several wait, and each is heard at its end. */
  get holdUntilMs(): number {
    return this.#holdUntilMs;
  }

  /** When a frame of another end was heard last, in ms: the next one follows at once. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** Answers come with that `arbitrationRank`. */
  expectAnswers(rank: number): void {
    if (rank > this.#lowestAnswerRank) this.#lowestAnswerRank = rank;
  }

  /** A frame of another end was received. */
  heard(nowMs: number): void {
    this.#isHeard = true;
    this.#heardMs = nowMs;
    if (this.#state !== "open" || nowMs > this.#watchUntilMs) return;
    // Somebody took the moment: there may be more of them.
    this.#takenMoments++;
    this.#yield();
  }

  /** Whether one more frame may be handed to the port, behind those in flight. */
  mayTake(nowMs: number, framesInFlight: number): boolean {
    if (nowMs - this.#emptySinceMs >= PAUSE_MS) this.#runSinceMs = Infinity;
    if (this.#state === "probing") return framesInFlight === 0;
    if (this.#state === "open" && nowMs - this.#runSinceMs >= this.yieldAfterMs) {
      this.#takenMoments = 0;
      this.#yield();
    }
    return this.#state === "open";
  }

  /** A frame was handed to the port. */
  taken(nowMs: number, rank: number): void {
    this.#emptySinceMs = Infinity;
    if (rank < this.#lowestAnswerRank && this.#runSinceMs === Infinity) this.#runSinceMs = nowMs;
  }

  /** A frame of ours ended. */
  ended(nowMs: number): void {
    if (this.#state !== "probing") return;
    if (this.#isHeard) this.#yield();
    else {
      this.#state = "open";
      this.#runSinceMs = nowMs;
    }
  }

  /**
   * Nothing of ours is in flight, nor wants to be. That may last for one answer only, while others
   * wait: one who probes goes on, and a run ends only with a pause that lets several through.
   */
  ranEmpty(nowMs: number): void {
    if (this.#state === "probing") return;
    this.#state = "open";
    if (this.#emptySinceMs === Infinity) this.#emptySinceMs = nowMs;
  }

  /** The wire was left for a moment. */
  yielded(): void {
    this.#holdUntilMs = -Infinity;
    this.#state = "probing";
  }

  /**
   * The wire was left for a moment, by reckoning: our frames are confirmed so late that waiting for
   * it would leave the wire idle. So no single frame probes: whoever is heard for a while took it.
   * Where several moments were taken, this one is held until all that wait are through, but no
   * longer than our frames may keep answers off the wire.
   *
   * @param nowMs The time.
   * @param watchUntilMs Until when a frame that is heard may have taken it, in ms.
   * @param frameMs How long an answer takes, in ms, until it is heard.
   */
  yieldedUnseen(nowMs: number, watchUntilMs: number, frameMs: number): void {
    const isHeld = this.#holdUntilMs > -Infinity;
    const isTaken = this.#isHeard;
    this.#isHeard = false;
    if (isTaken || (this.#takenMoments >= TAKEN_MOMENTS && !isHeld)) {
      if (!isHeld) this.#holdMsMax = nowMs + this.yieldAfterMs;
      this.#holdUntilMs = Math.min((isTaken ? this.#heardMs : nowMs) + frameMs, this.#holdMsMax);
      if (this.#holdUntilMs > nowMs) return;
    }
    this.#holdUntilMs = -Infinity;
    this.#state = "open";
    this.#runSinceMs = nowMs;
    this.#watchUntilMs = watchUntilMs;
    // Who was waiting is through.
    if (isHeld) this.#takenMoments = 0;
  }

  #yield(): void {
    this.#watchUntilMs = -Infinity;
    this.#holdUntilMs = -Infinity;
    this.#state = "yielding";
    this.#isHeard = false;
  }
}
