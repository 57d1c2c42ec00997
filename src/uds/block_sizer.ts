/** Says how long the messages of a transfer should be, and is told what became of each. */
export interface BlockSizer {
  /**
   * How long the next message should be at the most.
   *
   * @param messageBytesMax What the node and its profile allow.
   * @returns In bytes; never more than that.
   */
  messageBytes(messageBytesMax: number): number;

  /**
   * A message was answered, or met silence.
   *
   * @param messageBytes Its length.
   * @param isThrough Whether it was answered.
   */
  ended(messageBytes: number, isThrough: boolean): void;
}

/**
 * What one message costs beside its data, in frames: the first frame's short payload, flow control,
 * the answer, and the moment in which the node turns from receiving to answering.
 */
const MESSAGE_COST_FRAMES = 3;
/** A message is never cut below so many frames. */
const FRAMES_MIN = 5;
/** How many frames of a node's own past count: what is longer ago fades away. */
const MEMORY_FRAMES = 20_000;
/** How many frames of a node's own outweigh what the bus knows. */
const PRIOR_FRAMES = 1500;
/** The bus's figure is found anew after so many messages. */
const REFRESH_MESSAGES = 16;

/** What one node met with: frames, and losses among them. */
interface Tally {
  frames: number;
  losses: number;
}

/**
 * How many frames a bus loses, and what that means for the length of messages: one lost frame costs a
 * whole message, so a message of n frames gets through with (1 - p)^n.
 *
 * The bus's figure is the median of its nodes', so that one bad node does not shorten the messages of
 * all others; a node's own figure counts more the longer it has been watched. Both fade, so blocks
 * grow again when losses end.
 */
export class LossEstimate {
  readonly #frameBytes: number;
  readonly #tallies: Tally[] = [];
  #busRatio = 0;
  #untilRefresh = 0;

  /**
   * Begins with a bus that loses nothing.
   *
   * @param frameBytes Payload bytes of a full consecutive frame.
   */
  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes;
  }

  /** Share of frames that are lost, as far as can be told. */
  get lossRatio(): number {
    return this.#busRatio;
  }

  /**
   * Watches one more node.
   *
   * @returns What its transfers ask.
   */
  node(): BlockSizer {
    const tally: Tally = { frames: 0, losses: 0 };
    this.#tallies.push(tally);
    return {
      messageBytes: (messageBytesMax) => {
        const ratio = (tally.losses + PRIOR_FRAMES * this.#busRatio) /
          (tally.frames + PRIOR_FRAMES);
        const frames = ratio > 0 ? Math.sqrt(MESSAGE_COST_FRAMES / ratio) : Infinity;
        const bytes = Math.max(FRAMES_MIN, Math.floor(frames)) * this.#frameBytes;
        return Math.min(messageBytesMax, bytes);
      },
      ended: (messageBytes, isThrough) => {
        const frames = Math.ceil(messageBytes / this.#frameBytes);
        const kept = Math.exp(-frames / MEMORY_FRAMES);
        // Of a message that broke, half was heard on average.
        tally.frames = tally.frames * kept + (isThrough ? frames : frames / 2);
        tally.losses = tally.losses * kept + (isThrough ? 0 : 1);
        this.#refresh();
      },
    };
  }

  #refresh(): void {
    if (--this.#untilRefresh > 0) return;
    this.#untilRefresh = REFRESH_MESSAGES;
    const ratios = this.#tallies.filter(({ frames }) => frames > 0)
      .map(({ frames, losses }) => losses / frames)
      .sort((left, right) => left - right);
    this.#busRatio = ratios[Math.floor((ratios.length - 1) / 2)] ?? 0;
  }
}
