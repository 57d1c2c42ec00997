import type { ServerContext } from "../uds/mod.ts";
import type { BootDecision } from "./boot.ts";
import type { FlashOperation } from "./flash_worker.ts";
import type { FlashResult } from "./virtual_flash.ts";

/** What runs on a node. */
export type NodeMode = "off" | "booting" | "bootloader" | "application";

/** What happens on a node: for tests and checkers. Times are those of its clock, in ms. */
export type VirtualNodeEvent =
  /** It runs, and decided what. */
  | { readonly type: "booted"; readonly atMs: number; readonly decision: BootDecision }
  /** It restarts by itself or because it was told to. */
  | { readonly type: "reset"; readonly atMs: number }
  /** It has lost its power. */
  | { readonly type: "powerLost"; readonly atMs: number }
  /** A whole request came in. */
  | {
    readonly type: "request";
    readonly atMs: number;
    readonly addressing: ServerContext["addressing"];
    readonly data: Uint8Array;
  }
  /** It hands a response, 0x78 included, to its controller. */
  | { readonly type: "response"; readonly atMs: number; readonly data: Uint8Array }
  /** A memory operation has ended. */
  | {
    readonly type: "operationEnded";
    readonly atMs: number;
    readonly operation: FlashOperation;
    readonly result: FlashResult;
  };

/** What a node has done so far. */
export interface VirtualNodeStatistics {
  /** Requests that came in whole. */
  readonly requests: number;
  /** Responses handed to its controller, 0x78 included. */
  readonly responses: number;
  /** TransferData requests that reached its bootloader. */
  readonly blocks: number;
  /** How often it was started, by power or reset. */
  readonly boots: number;
  /** Memory operations begun: erase units, program units, records. */
  readonly operations: number;
}
