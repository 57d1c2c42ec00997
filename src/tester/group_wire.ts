import { defer, NEVER } from "rxjs";
import type { CanPort } from "../can/mod.ts";
import { type Clock, Turns } from "../core/mod.ts";
import {
  createIsoTpLink,
  frameCount,
  type FrameFormat,
  type IsoTpLink,
  type TransmitScheduler,
} from "../isotp/mod.ts";
import type { GroupChannel } from "../update/mod.ts";

/** Group messages go before messages of nodes that are updated by themselves. */
const GROUP_PRIORITY = -1_000_000;
/** But for some, so that nodes which were moved out of a group are served beside it. */
const LAST_PRIORITY = 1e10;
/** What part of the wire is theirs while a group sends. */
const OTHERS_SHARE = 1 / 32;

/** What the group identifier of a bus is served with. */
export interface GroupWireOptions {
  /** The way onto the bus. */
  readonly port: CanPort;
  /** Its scheduler. */
  readonly scheduler: TransmitScheduler;
  /** The time it lives in. */
  readonly clock: Clock;
  /** The identifier of lowest priority. */
  readonly identifier: { readonly id: number; readonly extended: boolean };
}

/**
 * The group identifier of one bus: one message at a time, whatever groups and formats of frames there
 * are, as their frames must not be mixed.
 */
export class GroupWire {
  readonly #options: GroupWireOptions;
  readonly #links = new Map<string, IsoTpLink>();
  readonly #turns = new Turns();
  #isClosed = false;
  /** Frames of groups, and all frames, since groups began to send. */
  #groupFrames = 0;
  #framesBefore: number | undefined;

  /**
   * @param options The bus.
   */
  constructor(options: GroupWireOptions) {
    this.#options = options;
  }

  /**
   * Opens the way to all nodes that take one format of frames.
   *
   * @param format How messages are put into frames.
   * @returns The way.
   */
  channel(format: FrameFormat): GroupChannel {
    const link = this.#linkFor(format);
    return {
      identifier: this.#options.identifier,
      frameBytes: format.txDlBytes - 1,
      send: (message) =>
        this.#turns.take(defer(() => {
          if (this.#isClosed) return NEVER;
          link.setPriority(this.#priority());
          this.#groupFrames += frameCount(message.length, format.txDlBytes - 1);
          return link.send(message);
        })),
    };
  }

  /** First, as long as the others have had their share. */
  #priority(): number {
    const { framesSent } = this.#options.scheduler.statistics;
    this.#framesBefore ??= framesSent;
    const others = framesSent - this.#framesBefore - this.#groupFrames;
    return others < this.#groupFrames * OTHERS_SHARE ? LAST_PRIORITY : GROUP_PRIORITY;
  }

  /** Leaves the bus. */
  close(): void {
    this.#isClosed = true;
    for (const link of this.#links.values()) link.close();
  }

  #linkFor(format: FrameFormat): IsoTpLink {
    const key = JSON.stringify(format);
    const present = this.#links.get(key);
    if (present !== undefined) return present;
    const { port, scheduler, clock, identifier } = this.#options;
    const link = createIsoTpLink({
      port,
      scheduler,
      clock,
      format,
      role: "groupSender",
      addressing: { mode: "normal", tx: identifier, rx: identifier },
    });
    this.#links.set(key, link);
    return link;
  }
}
