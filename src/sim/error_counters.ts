/** Error counters of one controller. Source: ISO 11898-1:2015, "Fault confinement". */
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

  /** What the counters make of the controller. */
  get state(): "errorActive" | "errorPassive" | "busOff" {
    if (this.#tec > 255) return "busOff";
    return this.#tec > 127 || this.#rec > 127 ? "errorPassive" : "errorActive";
  }

  /** A frame of this controller was damaged. */
  transmitFailed(): void {
    this.#tec += 8;
  }

  /** Nobody acknowledged: an error-passive sender does not count it, so it never goes bus-off. */
  acknowledgeMissing(): void {
    if (this.state === "errorActive") this.#tec += 8;
  }

  /** A frame of this controller was on the wire. */
  transmitted(): void {
    if (this.#tec > 0) this.#tec--;
  }

  /** A frame of another was damaged. */
  receiveFailed(): void {
    if (this.#rec < 255) this.#rec++;
  }

  /** A frame of another came. */
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
