import type { CanPort } from "../can/mod.ts";
import type { BusFaults } from "./bus_faults.ts";

/** What is special about one port: faults in place of the bus's, and how it leaves bus-off. */
export interface VirtualPortOptions extends BusFaults {
  /** `automatic` (default) begins recovery at once, `manual` when `recover` is called. */
  readonly busOffRecovery?: "automatic" | "manual";
}

/**
 * A virtual controller: a {@linkcode CanPort} that can also lose its power, be deaf or be silent.
 *
 * While it is bus-off, frames handed to it wait until it has recovered; those that waited when it
 * went bus-off are aborted. While it is disconnected (`stopped`), all are aborted.
 */
export interface VirtualPort extends CanPort {
  /** Its name among the ports of its bus: for traces. */
  readonly label: string;
  /** Transmit error counter. */
  readonly tec: number;
  /** Receive error counter. */
  readonly rec: number;

  /**
   * Loses power, or its plug: waiting frames are aborted, nothing is heard or acknowledged. A frame
   * of it on the wire ends in an error frame.
   */
  disconnect(): void;

  /** Is back on the wire, with its error counters at zero. */
  connect(): void;

  /** The node's core stands still: the controller keeps three frames and loses the rest. */
  stall(): void;

  /** The node's core runs again and takes what the controller kept. */
  release(): void;

  /**
   * Hears nothing more, or hears again; the controller acknowledges and sends all the same.
   *
   * @param isDeaf Whether it is deaf from now on.
   */
  setDeaf(isDeaf: boolean): void;

  /**
   * Listens only, or takes part again: a silent controller neither acknowledges nor sends; its
   * frames wait.
   *
   * @param isSilent Whether it is silent from now on.
   */
  setSilent(isSilent: boolean): void;

  /** Begins to leave bus-off where that does not begin by itself. */
  recover(): void;
}
