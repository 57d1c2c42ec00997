import type { SessionFinding } from "../../uds/mod.ts";

/** Why a node ended, or had to be asked again: everything a person needs to act on it. */
export interface ErrorReport {
  /** Stable code, for example `UDS_NEGATIVE_RESPONSE`. */
  readonly code: string;
  /** What could not be done and why. */
  readonly message: string;
  /** The last request, as hexadecimal bytes, shortened. */
  readonly request?: string;
  /** The last response, as hexadecimal bytes, shortened. */
  readonly response?: string;
  /** Which key of a user's profile it failed at: `erase`, `finish[0]`. */
  readonly step?: string;
  /** Where that stands, as `ours.yaml:3:5`; absent where the base profile says it. */
  readonly place?: string;
}

/** Where one segment stands. */
export type SegmentPhase =
  | "pending"
  | "checking"
  | "erasing"
  | "erased"
  | "writing"
  | "verifying"
  | "verified"
  | "skipped"
  | "waitingToRetry"
  | "failed";

/** Where one node stands. */
export type NodePhase =
  | "unknown"
  | "found"
  | "entering"
  | "unlocked"
  | "updating"
  | "imageVerified"
  | "swapping"
  | "activating"
  | "confirming"
  | "rollingBack"
  | "waitingToRetry"
  | "done"
  | "refused"
  | "failed"
  | "cancelled";

/** What a node told of itself; a field is absent where it told nothing. */
export interface NodeIdentity {
  /** ECU hardware number. */
  readonly hardware?: string;
  /** Version of the application. */
  readonly version?: string;
  /** Version of the bootloader. */
  readonly bootloader?: string;
  /** Serial number: it tells nodes apart that are alike in all else. */
  readonly serial?: string;
  /** Part number, where it was asked. */
  readonly part?: string;
  /** Sequence number of the release that it has, where it was asked. */
  readonly sequence?: number;
  /** Set where it has a newer release and is updated all the same, as the operator wished. */
  readonly downgradeAllowed?: boolean;
}

/**
 * What happens to one node.
 *
 * Order: `nodePlanned`, then `nodePhase` as it goes; `segment*` events only in phase `updating`;
 * one of `nodeDone`, `nodeRefused`, `nodeFailed`, `nodeCancelled` ends it and nothing follows.
 */
export type NodeEvent =
  /** What will be written, by segment. */
  | {
    readonly type: "nodePlanned";
    readonly segments: readonly PlannedSegment[];
    readonly imageBytes: number;
    /** Set where it goes to the bank that does not run: what runs is not touched. */
    readonly bank?: "inactive";
  }
  /** The node came to another phase. */
  | { readonly type: "nodePhase"; readonly phase: NodePhase }
  /** The node told what it is. */
  | { readonly type: "nodeIdentified"; readonly identity: NodeIdentity }
  /** One segment came to another phase; `attempt` counts from 1. */
  | {
    readonly type: "segmentPhase";
    readonly segment: number;
    readonly phase: SegmentPhase;
    readonly attempt: number;
  }
  /** A block was acknowledged; `writtenBytes` of the segment are now on the node. */
  | { readonly type: "segmentProgress"; readonly segment: number; readonly writtenBytes: number }
  /** A request is sent again, or a segment or the node is tried again after `delayMs`. */
  | {
    readonly type: "retry";
    readonly scope: "request" | "segment" | "node";
    readonly segment?: number;
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: ErrorReport;
  }
  /** The node could not stay in its group: it is updated by itself from here on. */
  | { readonly type: "nodeLeftGroup"; readonly reason: string }
  /** The node has shown what keeps its session: it is treated so from here on. */
  | { readonly type: "sessionFinding"; readonly finding: SessionFinding }
  /** The node asked for patience with 0x78; `count` within one request. */
  | { readonly type: "responsePending"; readonly service: number; readonly count: number }
  /** New image verified and running, or it was there already. */
  | {
    readonly type: "nodeDone";
    readonly upToDate: boolean;
    readonly version?: string;
  }
  /** Nothing was touched: it is not what the fleet file says. */
  | { readonly type: "nodeRefused"; readonly error: ErrorReport }
  /** Given up; `state` tells where the node was left. */
  | {
    readonly type: "nodeFailed";
    readonly error: ErrorReport;
    readonly state: NodeEndState;
  }
  /** The run was cancelled before the node was through. */
  | { readonly type: "nodeCancelled"; readonly state: NodeEndState };

/** Which of the promised ends a node that was not updated is in, as far as the run can tell. */
export type NodeEndState =
  /** Nothing was erased, and it did not tell what it runs: it is as it was before the run. */
  | "untouched"
  /**
   * It told which version it runs, and nothing of that was erased (on two banks: of the one that
   * runs): the old image is intact.
   */
  | "oldImage"
  /** Asked to erase, which it never confirmed: its old image is intact, or it waits in its bootloader. */
  | "eraseUnconfirmed"
  /** Erased or written in part: it waits in its bootloader and takes the same command again. */
  | "bootloader"
  /** Whole image written and verified, but the new application did not answer. */
  | "newImageUnconfirmed"
  /**
   * The new image did not come up: the node runs its old one again (two banks), or was given the one
   * to roll back to.
   */
  | "rolledBack";

/** One segment as an operator sees it. */
export interface PlannedSegment {
  /** First address. */
  readonly start: number;
  /** One past the last address. */
  readonly end: number;
  /** Bytes that will be sent for it. */
  readonly dataBytes: number;
}
