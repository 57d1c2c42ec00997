import { type AddressRange, type CanvoyError, rangeIntersection } from "../../core/mod.ts";
import type { FlashSegment } from "../../stm32/mod.ts";
import type { NodeHistory } from "./node_context.ts";

/**
 * What is known of a node's segments, across all tries to bring the node through.
 *
 * A segment that was touched is never again believed to be right because its checksum says so:
 * half-erased cells can read right. It is erased again. The same holds for what an earlier run may
 * have left torn.
 */
export class SegmentLedger {
  /** Whether several segments may be asked about at once; not once the node was silent to that. */
  asksJointly = true;
  /** Whether a download was asked for and not ended since, as far as is known. */
  isTransferOpen = false;
  /** Whether closing whatever may be open has not helped, and nothing was accepted since. */
  isClosingInVain = false;
  /** How many blocks the node has taken since it was entered, for counters that go on. */
  blocksTaken = 0;
  /** Whether nobody knows which counter the node expects: it must be entered anew. */
  isCounterUnknown = false;
  #distrusted: readonly AddressRange[] = [];
  #stateBefore: NodeHistory["endState"] | undefined;
  readonly #verified = new Set<number>();
  readonly #touched = new Set<number>();
  readonly #blank = new Set<number>();
  /** Those of them that were erased before the node lost its session. */
  readonly #blankBefore = new Set<number>();
  readonly #different = new Map<number, CanvoyError>();
  /** Whether the node met an erase with silence: it then gets all the time that its flash may take. */
  erasesInSilence = false;
  #isErased = false;
  #isFirstEraseTried = false;

  /**
   * Begins with what earlier runs left.
   *
   * @param history That; nothing where it is unknown.
   */
  constructor(history?: NodeHistory) {
    this.learn(history);
  }

  /**
   * Learns of more that an earlier run left.
   *
   * @param history That; nothing where it is unknown.
   */
  learn(history: NodeHistory | undefined): void {
    this.#distrusted = [...this.#distrusted, ...history?.distrusted ?? []];
    this.#stateBefore ??= history?.endState;
  }

  /** Where an earlier run left the node; absent where that is unknown. */
  get stateBefore(): NodeHistory["endState"] | undefined {
    return this.#stateBefore;
  }

  /** Whether an earlier run may have left anything torn. */
  get isDistrusted(): boolean {
    return this.#distrusted.length > 0;
  }

  /** How many segments are verified or were there already. */
  get verifiedCount(): number {
    return this.#verified.size;
  }

  /** How many segments it is known of what they hold. */
  get comparedCount(): number {
    return this.#verified.size + this.#different.size;
  }

  /** Whether anything was erased in this run. */
  get isTouched(): boolean {
    return this.#touched.size > 0;
  }

  /** Whether the node confirmed an erase. */
  get isErased(): boolean {
    return this.#isErased;
  }

  /** Whether an erase may be tried once more that the node has confirmed none before; once. */
  mayTryFirstErase(): boolean {
    const may = !this.#isFirstEraseTried;
    this.#isFirstEraseTried = true;
    return may;
  }

  /** Whether a segment needs no more work. */
  isVerified(segment: number): boolean {
    return this.#verified.has(segment);
  }

  /** Whether a segment's checksum would tell something that is not known yet. */
  isWorthAsking({ index, range }: FlashSegment): boolean {
    return !this.#verified.has(index) && !this.#touched.has(index) &&
      !this.#different.has(index) &&
      !this.#distrusted.some((torn) => rangeIntersection(torn, range) !== undefined);
  }

  /** Where an erase was asked for, or an earlier run left it so, and nothing verified since. */
  torn(segments: readonly FlashSegment[]): readonly AddressRange[] {
    const touched = segments.filter(({ index }) =>
      this.#touched.has(index) && !this.#verified.has(index)
    );
    return [...this.#distrusted, ...touched.map(({ range }) => range)];
  }

  /** What a segment's checksum came to, where it was another, or the node would not tell. */
  differenceOf(segment: number): CanvoyError | undefined {
    return this.#different.get(segment);
  }

  /**
   * An erase of the segment is about to be asked for.
   *
   * @returns Takes that back: the node has refused it before it began.
   */
  touch(segment: number): () => void {
    const wasTouched = this.#touched.has(segment);
    const wasVerified = this.#verified.has(segment);
    this.#touched.add(segment);
    this.#verified.delete(segment);
    this.write(segment);
    return () => {
      if (!wasTouched) this.#touched.delete(segment);
      if (wasVerified) this.#verified.add(segment);
    };
  }

  /** Whether the segment was erased in this run, and is blank or holds what it should since. */
  isInvalidatedBy(segment: number): boolean {
    return this.#blank.has(segment) ||
      (this.#touched.has(segment) && this.#verified.has(segment));
  }

  /** The node confirmed that the segment is erased: it is not erased again before it is written. */
  blank(segment: number): void {
    this.#blank.add(segment);
    this.#blankBefore.delete(segment);
  }

  /** The node has left its session by itself. */
  sessionLost(): void {
    this.isTransferOpen = false;
    for (const segment of this.#blank) this.#blankBefore.add(segment);
  }

  /**
   * The node takes no data for the segment, though it is erased. Where that was in an earlier session,
   * its bootloader may want to have erased in this one.
   */
  refused(segment: number): void {
    if (this.#blankBefore.has(segment)) this.write(segment);
  }

  /** Whether the segment is erased, and nothing was written there since. */
  isBlank(segment: number): boolean {
    return this.#blank.has(segment);
  }

  /** The node was entered: nothing is open, and blocks are counted anew. */
  entered(): void {
    this.isTransferOpen = false;
    this.blocksTaken = 0;
    this.isCounterUnknown = false;
  }

  /** Data for the segment is about to be sent: should that fail, it is erased before the next try. */
  write(segment: number): void {
    this.#blank.delete(segment);
    this.#blankBefore.delete(segment);
  }

  /** The node says that it erased what it was asked to. */
  confirmErase(): void {
    this.#isErased = true;
  }

  /** The segment holds what it should. */
  verify(segment: number): void {
    this.#verified.add(segment);
  }

  /** The segment holds something else, as far as the node can tell. */
  differ(segment: number, error: CanvoyError): void {
    this.#different.set(segment, error);
  }
}
