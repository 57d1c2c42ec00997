import type { Observable } from "rxjs";
import type {
  BlockSizer,
  Credentials,
  KeySource,
  SessionKeeper,
  UdsClient,
} from "../../uds/mod.ts";

/** Notices what a bus carries while a node is silent: it costs nothing as long as all is well. */
export interface SilenceWitness {
  /** Begins to count error frames. */
  begin(): void;
  /** Listens to all frames for a while. */
  listen(): void;
  /** Notices nothing more. */
  end(): void;
  /** What was noticed, for the end of a message; empty where nothing was. */
  readonly words: string;
}

/** Which of a node's programs is talked to. */
export type NodePair = "application" | "bootloader";

/** A node whose bootloader has identifiers of its own: by which of both pairs requests go. */
export interface NodePairs {
  /** The pair. */
  readonly current: NodePair;
  /** Has requests go by a pair from now on. */
  talkTo(pair: NodePair): void;
}

/** A way to one node: what the fleet's `connect(node)` gives. */
export interface NodeConnection {
  /** Requests to the node, and its responses. */
  readonly client: UdsClient;
  /** Keys for its SecurityAccess; absent where the fleet file names none. */
  readonly keySource?: KeySource;
  /** Who canvoy is to it; absent where the fleet file names no certificate. */
  readonly credentials?: Credentials;
  /**
   * Hot; emits nothing and errors once when the bus is gone for good: the node's conversation then
   * ends with that error. Absent on a bus that cannot be lost.
   */
  readonly lost$?: Observable<never>;

  /** Where its bootloader has identifiers of its own; absent: it has not. */
  readonly pairs?: NodePairs;

  /** Keeps its session alive; absent where nothing does. */
  readonly session?: Pick<SessionKeeper, "fellSilent" | "findings$" | "sessionDied">;
  /** Services of requests that were sent to all nodes of its bus: their answers may come late. */
  readonly functionalServices?: ReadonlySet<number>;

  /** What may be in place of its answers; absent where nobody can tell. */
  readonly witness?: SilenceWitness;

  /** How long blocks should be on this bus, as losses show; as long as may be where absent. */
  readonly blockSizer?: BlockSizer;

  /**
   * States how urgent this node's messages are on its bus.
   *
   * @param priority Lower goes first.
   */
  setPriority(priority: number): void;

  /** Gives the way up. */
  close(): void;
}
