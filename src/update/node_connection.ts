import type { KeySource, UdsClient } from "../uds/mod.ts";

/** A way to one node: what the fleet's `connect(node)` gives. */
export interface NodeConnection {
  /** Requests to the node, and its responses. */
  readonly client: UdsClient;
  /** Keys for its SecurityAccess; absent where the fleet file names none. */
  readonly keySource?: KeySource;

  /**
   * States how urgent this node's messages are on its bus.
   *
   * @param priority Lower goes first.
   */
  setPriority(priority: number): void;

  /** Gives the way up. */
  close(): void;
}
