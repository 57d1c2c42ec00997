import type { CanBitRates, CanPort } from "../can/mod.ts";
import type { Clock } from "../core/mod.ts";
import type { SocketcanKernel } from "./socketcan_channel.ts";
import type { SocketcanError } from "./socketcan_error.ts";
import type { SocketcanEvidence } from "./socketcan_evidence.ts";

/** How an interface is used. */
export interface SocketcanOptions {
  /** The interface: `can0`. */
  readonly name: string;
  /** The clock of this process's ports. */
  readonly clock: Clock;
  /** Bit rates where the interface has none of its own, as a virtual one. */
  readonly bitRates?: CanBitRates;
  /** Whether frames of up to 8 bytes are taken for CAN FD: the package does not tell. */
  readonly isFd?: boolean;
  /**
   * Frames in the kernel at once once a node was heard, 3 until then; by default as many as the
   * interface's queue holds (`txqlen`), but for two that others have room for.
   */
  readonly framesInFlightMax?: number;
  /** N_As, in ms; 1,000 by default. */
  readonly nAsMs?: number;
  /**
   * How long an interface that is down, bus-off or gone is waited for before the bus is given up, in
   * ms. By default one that is gone, or stays bus-off, is given up at once, and one that is down is
   * waited for without end.
   */
  readonly waitMs?: number;
  /** Where the sockets come from: npm's `socketcan` and `ip` by default. */
  readonly kernel?: SocketcanKernel;
}

/**
 * A Linux CAN interface.
 *
 * While it is down, or bus-off until the kernel restarts it, its ports are `stopped` or `busOff` and
 * frames are aborted; it is asked after four times a second, and used again when it is back, also
 * where it was made anew. When it has vanished or stays bus-off for longer than `waitMs`, or sends
 * nothing any more, the bus is given up; also when it is off, or seems stuck, and `ip` fails for as
 * long as it takes to be sure.
 *
 * Limitations: received frames do not tell CAN FD from classic ones of up to 8 bytes, nor whether
 * the bit rate was switched.
 */
export interface SocketcanBus {
  /** The interface. */
  readonly name: string;
  /** Its bit rates, its own or those given. */
  readonly bitRates: CanBitRates | undefined;
  /** Whether it carries CAN FD frames. */
  readonly carriesFd: boolean;
  /** What it has shown so far. */
  readonly evidence: SocketcanEvidence;
  /** Settles when the bus is over: with the reason where it was given up. */
  readonly closed: Promise<SocketcanError | undefined>;
  /**
   * Makes a port; all of them share one controller.
   *
   * @returns The port; it hears frames of other ports here, not its own.
   */
  attach(): CanPort;
  /** Leaves the interface. */
  close(): void;
}
