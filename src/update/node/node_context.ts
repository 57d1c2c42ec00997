import type { Observable } from "rxjs";
import type { AddressRange, Clock, Turns } from "../../core/mod.ts";
import type { FlashPlan } from "../../stm32/mod.ts";
import type { BusPresence } from "./bus_presence.ts";
import type { Cancellation } from "./cancellation.ts";
import type { NodeEndState, NodeIdentity } from "./events.ts";
import type { GroupTransfer } from "../group/group_transfer.ts";
import type { KeptValues } from "./kept_values.ts";
import type { NodeConnection } from "./node_connection.ts";
import type { UpdateProfile } from "../profiles/profile.ts";

/** What earlier runs left of a node, where that is known. */
export interface NodeHistory {
  /**
   * What may be torn: an erase was announced there and nothing verified since. It is erased again
   * whatever its checksum says, as half-erased cells can read right.
   */
  readonly distrusted: readonly AddressRange[];
  /** Where the node was left. */
  readonly endState: NodeEndState;
}

/**
 * What is to be done to one node: everything decided before the first frame. Its plans are in the
 * segments that its profile can handle: see `segmentForProfile`.
 */
export interface NodeJob {
  /** What is written where. */
  readonly plan: FlashPlan;
  /**
   * The same bytes in the bank that does not run: that is what is written then, and the banks are
   * exchanged at the end. Absent where there is one bank, or the profile exchanges none.
   */
  readonly inactivePlan?: FlashPlan;
  /**
   * The plan for the same part with one bank, where the fleet file leaves open how its option bits
   * are and both can be: followed when the node says one.
   */
  readonly singleBankPlan?: FlashPlan;
  /** The image that it is given when the new one does not come up; absent: none. One bank only. */
  readonly rollbackPlan?: FlashPlan;
  /** How the conversation goes. */
  readonly profile: UpdateProfile;
  /** What the node's hardware number must be; unchecked when absent. */
  readonly expectedHardware?: string;
  /** What the node's part number must be; unchecked when absent. */
  readonly expectedPart?: string;
  /** What the node told that this goes on with; unchecked when absent. */
  readonly identified?: NodeIdentity;
  /** The release that it comes from, where it is a signed one. */
  readonly release?: {
    /** Counts up with every release. */
    readonly sequenceNumber: number;
    /** Whether a node that has a newer one is updated all the same. */
    readonly allowDowngrade: boolean;
  };
  /** What the new application must call itself; unchecked when absent. */
  readonly expectedVersion?: string;
  /** Whether its application is known to tell a version, whichever it is. */
  readonly tellsVersion?: boolean;
  /** The layout's block number, for profiles that address by it. */
  readonly blockNumber: number;
  /** Bytes for `{fingerprint}`. */
  readonly fingerprint: Uint8Array;
  /** Flash driver for profiles that need one. */
  readonly driver?: { readonly address: number; readonly data: Uint8Array };
  /** What earlier runs left; absent where nothing is known. */
  readonly history?: NodeHistory;
  /**
   * Tells what earlier runs left of a node that tells this serial number, wherever it was then; it is
   * heeded beside `history`. Absent where nothing is known by serial numbers.
   */
  readonly historyOfSerial?: (serial: string) => NodeHistory | undefined;
}

/** What the steps of a node's conversation note for its end. */
export interface NodeNotes {
  /** The level that an all-zero seed called unlocked without a key. */
  zeroSeedLevel?: number;
  /** ECUReset, where silence to it was taken for a reset and the node did not tell its session. */
  resetUnheard?: Uint8Array;
}

/** What every step of a node's conversation is given. */
export interface NodeContext {
  /** Where steps note what may explain a later failure; nowhere when absent. */
  readonly notes?: NodeNotes;
  /** What is to be done. */
  readonly job: NodeJob;
  /** The way to the node. */
  readonly connection: NodeConnection;
  /** The time it lives in. */
  readonly clock: Clock;
  /** The operator's wish to stop. */
  readonly cancellation: Cancellation;
  /** Whether the node's bus can be used; absent where it always can. */
  readonly bus?: BusPresence;
  /**
   * Cold; subscribing says that the node is what it should be; completes when it may go on: at once,
   * or with a signed release when the fleet was asked, and its bus told what is to come.
   */
  readonly begin$: Observable<never>;
  /**
   * Cold; subscribing says that the node is held in its bootloader; completes when the whole fleet
   * may go on.
   */
  readonly hold$: Observable<never>;
  /** The groups that send the runs of its plan, one for each run; absent: it is updated by itself. */
  readonly group?: {
    /** The node's name in them. */
    readonly name: string;
    /** The groups, in the order of `groupRuns`. */
    readonly transfers: readonly GroupTransfer[];
  };
  /**
   * Cold; completes when all that the node has emitted so far outlives a crash of this host, or never
   * will: `cancellation` is requested then. An erase is asked for only behind it.
   */
  readonly announced$: Observable<never>;
  /** Whether it is told by itself what a profile sends functionally; not by default. */
  readonly isToldAlone?: boolean;
  /** What steps kept of its answers since it was brought in last; absent: nothing is kept. */
  readonly kept?: KeptValues;
  /** Shared with the nodes of one supply; absent: all may erase at once. */
  readonly eraseTurns?: Turns;
}
