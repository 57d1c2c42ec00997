import type { CandumpRecord } from "./candump_record.ts";

/** Why a line, a packet or an object of a capture gives no frame. */
export type PassedOver =
  /** It asks for data, and carries none. */
  | "remote frame"
  /** The controller reports a fault. */
  | "error frame"
  /** A frame that was asked for, not yet one of the bus. */
  | "transmit request"
  /** A CAN XL frame. */
  | "CAN XL frame"
  /** Something else that happened, for example statistics. */
  | "other event"
  /** A packet of another network. */
  | "packet of another network"
  /** Its end is missing. */
  | "cut record"
  /** Nothing of the format. */
  | "unknown line"
  /** A part of the file that contradicts itself. */
  | "damaged part";

/** What one line holds: a frame, nothing worth a word (`undefined`), or something passed over. */
export type CaptureLine = CandumpRecord | PassedOver | undefined;

/** What was passed over, in the order in which it came first. */
export class PassedTally {
  readonly #counts = new Map<PassedOver, number>();
  /** Number of the first line of no known form, from 1; 0 where there is none. */
  #firstUnknown = 0;

  /**
   * Counts one.
   *
   * @param what What it was.
   * @param line Number of the line, from 1, where the capture is a text.
   */
  add(what: PassedOver, line = 0): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
    if (what === "unknown line" && this.#firstUnknown === 0) this.#firstUnknown = line;
  }

  /** How many of each. */
  get counts(): Readonly<Partial<Record<PassedOver, number>>> {
    return Object.fromEntries(this.#counts);
  }

  /** How many in all. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /**
   * Says what was passed over.
   *
   * @returns For example `2 remote frames, 1 unknown line (the first is line 17)`; empty for nothing.
   */
  toString(): string {
    return [...this.#counts].map(([what, count]) => {
      const plural = what.replace(/^(packet|.*)(?= of |$)/, "$1s");
      const where = what === "unknown line" && this.#firstUnknown > 0
        ? ` (the first is line ${this.#firstUnknown})`
        : "";
      return `${count} ${count === 1 ? what : plural}${where}`;
    }).join(", ");
  }
}
