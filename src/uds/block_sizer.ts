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
/**
 * What a bus of which nothing is known yet is taken for: as if so many frames had been seen, and so
 * much of a loss. It costs a bus that loses nothing less than a thousandth; a full-length message
 * into one that loses a frame in a thousand costs half of itself, and all nodes begin at once.
 */
const UNKNOWN = { frames: 3000, losses: 0.3 };
/** Share of the nodes, those with the most losses, that do not count for the bus. */
const OUTLIERS_SHARE = 1 / 4;
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
 * The bus's figure leaves out the quarter of its nodes that fares worst, so that a bad node does not
 * shorten the messages of all others; a node's own figure counts more the longer it has been watched.
 * Both fade, so blocks grow again when losses end.
 */
export class LossEstimate {
  readonly #frameBytes: number;
  readonly #tallies: Tally[] = [];
  #busRatio = UNKNOWN.losses / UNKNOWN.frames;
  #untilRefresh = 1;

  /**
   * Begins with a bus of which nothing is known.
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
        this.#refresh(isThrough);
      },
    };
  }

  #refresh(isThrough: boolean): void {
    // Every loss tells much: it is not waited with.
    if (--this.#untilRefresh > 0 && isThrough) return;
    this.#untilRefresh = REFRESH_MESSAGES;
    const heard = this.#tallies.filter(({ frames }) => frames > 0)
      .sort((left, right) => left.losses / left.frames - right.losses / right.frames);
    const counted = heard.slice(0, heard.length - Math.floor(heard.length * OUTLIERS_SHARE));
    const frames = counted.reduce((sum, tally) => sum + tally.frames, UNKNOWN.frames);
    const losses = counted.reduce((sum, tally) => sum + tally.losses, UNKNOWN.losses);
    this.#busRatio = losses / frames;
  }
}
