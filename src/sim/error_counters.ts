/**
 * The error counters of one controller and what they make of it.
 *
 * Limitations: a receiver's counter goes up by 1 for each error frame and never by 8, as if it were
 * never the first to see the error; overload frames do not exist here.
 *
 * Source: ISO 11898-1:2015, "Fault confinement".
 */
export class ErrorCounters {
  #tec = 0;
  #rec = 0;

  /** Transmit error counter. */
  get tec(): number {
    return this.#tec;
  }

  /** Receive error counter. */
  get rec(): number {
    return this.#rec;
  }

  /** What the counters make of the controller; bus-off lasts until they are cleared. */
  get state(): "errorActive" | "errorPassive" | "busOff" {
    if (this.#tec > 255) return "busOff";
    return this.#tec > 127 || this.#rec > 127 ? "errorPassive" : "errorActive";
  }

  /** It sent an error flag in a frame of its own. */
  transmitFailed(): void {
    this.#tec += 8;
  }

  /** Nobody acknowledged: an error-passive sender does not count that, so it never goes bus-off. */
  acknowledgeMissing(): void {
    if (this.state === "errorActive") this.#tec += 8;
  }

  /** A frame of its own was on the wire. */
  transmitted(): void {
    if (this.#tec > 0) this.#tec--;
  }

  /** It saw an error in a frame of another. */
  receiveFailed(): void {
    if (this.#rec < 255) this.#rec++;
  }

  /** A frame of another came; beyond 127 the standard leaves the choice of 119 to 127. */
  received(): void {
    if (this.#rec > 127) this.#rec = 119;
    else if (this.#rec > 0) this.#rec--;
  }

  /** After bus-off recovery, or a reset. */
  clear(): void {
    this.#tec = 0;
    this.#rec = 0;
  }
}
