/** What a rogue node counts of its groups. */

/** Counts over all groups of one node. */
export class RogueGroupLog {
  openings = 0;
  cuts = 0;
  /** Valid messages. */
  messages = 0;
  /** Data blocks that it took. */
  blocks = 0;
  /** Parity blocks that it took. */
  parity = 0;
  /** Parity blocks that it gave up for something else. */
  parityGivenUp = 0;
  /** Blocks that were sent, as it must think, and did not come. */
  lostBlocks = 0;
  mendedBlocks = 0;
  /** Mendings that did not have their generation's checksum. */
  wrongMendings = 0;
  /** The most buffers that it held. */
  buffersUsedMax = 0;
  /** Blocks whose programming an erase or a download had to wait for. */
  settled = 0;
  /** Mendings that it began. */
  readonly mendings: {
    readonly atMs: number;
    readonly blocks: number;
    readonly blockBytes: number;
  }[] = [];
  /** Messages that it ignored, by their reason. */
  readonly ignored = new Map<string, number>();
  /** Addresses of blocks in the order in which they were programmed. */
  readonly programmed: number[] = [];
  /** What a node must not do: judges fail on it. */
  readonly faults: string[] = [];

  /** A message has no effect. */
  ignore(reason: string): void {
    this.ignored.set(reason, (this.ignored.get(reason) ?? 0) + 1);
  }

  /** Blocks were lost. */
  lose(count: number): void {
    this.lostBlocks += count;
  }

  /** A block is programmed. */
  program(address: number): void {
    this.programmed.push(address);
  }

  /** It did what it must not do. */
  fault(text: string): void {
    this.faults.push(text);
  }
}
