import { type CanFrame, type CanId, canIdKey } from "../can/mod.ts";
import { bytesToHex, hex } from "../core/mod.ts";
import { decodePdu } from "../isotp/mod.ts";

/** How many other identifiers are told. */
const OTHERS_MAX = 6;
/** Longest message that a single frame of 8 bytes holds. */
const CLASSIC_LENGTH_MAX = 7;
/** Bytes of an odd frame that are shown. */
const SHOWN_BYTES = 8;

/** Frames on the identifier of a node's answers that ISO-TP cannot read. */
export interface OddFrames {
  /** `classicLength`: a CAN FD frame of more than 8 bytes that begins with a classic length. */
  readonly kind: "classicLength" | "noIsoTp";
  /** How many. */
  readonly count: number;
  /** The first bytes of the first one, for people. */
  readonly sample: string;
}

/** What was heard while a node was asked. */
export interface HeardFrames {
  /** Other identifiers, for people. */
  readonly others: readonly string[];
  /** What came on the node's own and could not be read. */
  readonly odd?: OddFrames;
}

/** Listens while a node is asked: what tells why its answer is missing. */
export class HeardMeanwhile {
  readonly #rxKey: number;
  readonly #hasPrefix: boolean;
  readonly #others = new Map<number, string>();
  #oddCount = 0;
  #odd: Omit<OddFrames, "count"> | undefined;

  /**
   * Begins with nothing.
   *
   * @param rx Identifier on which the node's answers are due.
   * @param rxPrefix Their address byte, where there is one.
   */
  constructor(rx: CanId, rxPrefix: number | undefined) {
    this.#rxKey = canIdKey(rx);
    this.#hasPrefix = rxPrefix !== undefined;
  }

  /**
   * A frame came.
   *
   * @param frame The frame.
   */
  take(frame: CanFrame): void {
    const key = canIdKey(frame);
    if (key !== this.#rxKey) {
      if (this.#others.size < OTHERS_MAX) {
        this.#others.set(key, hex(frame.id, frame.extended ? 8 : 3));
      }
      return;
    }
    const { data } = frame;
    const offset = this.#hasPrefix ? 1 : 0;
    if (decodePdu(data, offset).kind !== "ignored") return;
    this.#oddCount++;
    const length = data[offset] ?? 0;
    const isClassic = data.length > 8 && length > 0 && length <= CLASSIC_LENGTH_MAX - offset;
    this.#odd ??= {
      kind: isClassic ? "classicLength" : "noIsoTp",
      sample: bytesToHex(data.subarray(0, SHOWN_BYTES)),
    };
  }

  /** What was heard so far. */
  get heard(): HeardFrames {
    const others = [...this.#others.values()];
    const odd = this.#odd;
    return odd === undefined ? { others } : { others, odd: { ...odd, count: this.#oddCount } };
  }
}
