/**
 * What one run knows of a node's segments, across all tries to bring the node through.
 *
 * A segment that was touched is never again believed to be right because its checksum says so:
 * half-erased cells can read right. It is erased again.
 */
export class SegmentLedger {
  readonly #verified = new Set<number>();
  readonly #touched = new Set<number>();
  #isErased = false;

  /** How many segments are verified or were there already. */
  get verifiedCount(): number {
    return this.#verified.size;
  }

  /** Whether anything was erased. */
  get isTouched(): boolean {
    return this.#touched.size > 0;
  }

  /** Whether the node confirmed an erase. */
  get isErased(): boolean {
    return this.#isErased;
  }

  /** Whether a segment needs no more work. */
  isVerified(segment: number): boolean {
    return this.#verified.has(segment);
  }

  /** Whether a segment was erased or written in this run. */
  wasTouched(segment: number): boolean {
    return this.#touched.has(segment);
  }

  /** An erase of the segment is about to be asked for. */
  touch(segment: number): void {
    this.#touched.add(segment);
    this.#verified.delete(segment);
  }

  /** The node says that it erased what it was asked to. */
  confirmErase(): void {
    this.#isErased = true;
  }

  /** The segment holds what it should. */
  verify(segment: number): void {
    this.#verified.add(segment);
  }
}
