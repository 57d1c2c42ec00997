import type { CanPort } from "../can/mod.ts";
import type { Clock } from "../core/mod.ts";
import type { IsoTpAddressing } from "./addressing.ts";
import { assertFrameFormat, type FrameFormat } from "./frame_format.ts";
import type { TransmitScheduler } from "./transmit_scheduler.ts";

/** What a link does beyond the standard's exchange between two ends. */
export type IsoTpRole =
  /** The standard's exchange between two ends. */
  | "unicast"
  /** Single frames out to all; nothing in: each node answers on its own link. */
  | "functional"
  /** Single frames in from one who asks all; answers go out on another link. */
  | "functionalListener"
  /** Segmented messages out without flow control, as Linux's CF broadcast. */
  | "groupSender"
  /** Such messages in, without flow control. */
  | "groupListener";

/** How a link is made. Times as ISO 15765-2:2016, "Timing parameters", names them. */
export interface IsoTpLinkOptions {
  /** The bus. */
  readonly port: CanPort;
  /** The one scheduler of that port; N_As and N_Ar are its own. */
  readonly scheduler: TransmitScheduler;
  /** The time it lives in. */
  readonly clock: Clock;
  /** Both ends' addresses. */
  readonly addressing: IsoTpAddressing;
  /** How PDUs are put into frames. */
  readonly format: FrameFormat;
  /** `unicast` by default. */
  readonly role?: IsoTpRole;
  /**
   * `full` by default: both directions at once. `half`: while a segmented message goes out, what
   * comes in is ignored, and a message waits to go out until the one coming in has ended.
   */
  readonly duplex?: "full" | "half";
  /** BS that our flow control states; 0 by default. */
  readonly blockSize?: number;
  /** STmin that our flow control states, as encoded; 0 by default. */
  readonly stMin?: number;
  /** Longest message taken, in bytes; 4,095 by default. */
  readonly messageBytesMax?: number;
  /** Least gap between two consecutive frames, in ms, whatever STmin says; 0 by default. */
  readonly frameGapMsMin?: number;
  /** N_Bs, in ms; 1,000 by default. */
  readonly nBsMs?: number;
  /**
   * When a first frame without an answer is repeated until the receiver has shown how soon it
   * answers, in ms; not before then by default.
   */
  readonly firstFrameRepeatMs?: number;
  /** N_Cr, in ms; 1,000 by default. */
  readonly nCrMs?: number;
  /** N_WFTmax: WAIT frames in a row that are sent, and that are borne; 16 by default. */
  readonly waitFramesMax?: number;
  /** `groupSender`: least gap between two frames, in ms; 0 by default. */
  readonly groupGapMs?: number;
  /** Asked when flow control is due: whether there is room for the next block; yes by default. */
  readonly mayContinue?: () => boolean;
  /** Pause between two WAIT frames, in ms; 50 by default. */
  readonly waitMs?: number;
  /**
   * What this end takes to answer with flow control, in ms; 0 by default: a virtual node's. A
   * function is asked for each flow control anew.
   */
  readonly flowControlDelayMs?: number | (() => number);
}

/** All of a link's options, with what holds by default. */
export type ResolvedLinkOptions = Required<IsoTpLinkOptions>;

/**
 * Fills in and checks what was told.
 *
 * @param options What was told.
 * @returns The same with what holds by default.
 * @throws {RangeError} If a value is outside what the wire or the port can carry.
 */
export function resolveLinkOptions(options: IsoTpLinkOptions): ResolvedLinkOptions {
  const resolved: ResolvedLinkOptions = {
    role: "unicast",
    duplex: "full",
    blockSize: 0,
    stMin: 0,
    messageBytesMax: 4095,
    frameGapMsMin: 0,
    nBsMs: 1000,
    firstFrameRepeatMs: Infinity,
    nCrMs: 1000,
    waitFramesMax: 16,
    groupGapMs: 0,
    mayContinue: () => true,
    waitMs: 50,
    flowControlDelayMs: 0,
    ...options,
  };
  for (const key of ["blockSize", "stMin"] as const) {
    const value = resolved[key];
    if (!Number.isInteger(value) || value < 0 || value > 0xFF) {
      throw new RangeError(`Cannot use ${key} ${value}: not a byte`);
    }
  }
  const { bitRates, name } = resolved.port;
  assertFrameFormat(resolved.format);
  if (resolved.format.fd && bitRates !== undefined && bitRates.dataBitrateBps === undefined) {
    throw new RangeError(`Cannot send CAN FD frames on ${name}: it is a classic bus`);
  }
  return resolved;
}
