import type { GroupIdentifier } from "../group/mod.ts";
import type { FinalResult, ServerContext, ServerService } from "../uds/mod.ts";
import type { AddressRange } from "../core/mod.ts";
import type { ApplicationRecord, RecordStore } from "./application_record.ts";
import type { BankControl } from "./bank_control.ts";
import type { HeaderMark } from "./header_mark.ts";
import type { NodeBehaviour } from "./behaviours.ts";
import type { FlashWorker } from "./flash_worker.ts";
import type { NodeMemory } from "./node_memory.ts";
import type { VirtualNodeOptions } from "./node_options.ts";
import type { VirtualFlash } from "./virtual_flash.ts";

/** Services of one program on a node, by service identifier. */
export type NodeServices = ReadonlyMap<number, ServerService<ServerContext>>;

/** Who listens to a group's messages. */
export interface GroupListener {
  /** Takes each whole message. */
  take(message: Uint8Array): void;
  /** The node restarts, or has lost its power: nothing comes any more. */
  closed(): void;
}

/** What a program that runs on a node may do with it. */
export interface NodeHandle {
  /** How the node was made. */
  readonly options: VirtualNodeOptions;
  /** What it does otherwise. */
  readonly behaviour: NodeBehaviour;
  /** Its flash. */
  readonly flash: VirtualFlash;
  /** Erases and programs it, in time. */
  readonly worker: FlashWorker;
  /** Where the bootloader notes the application that it accepted and runs. */
  readonly store: { readonly record: ApplicationRecord | undefined };
  /** What an update may erase and write: the application, or its place in the inactive bank. */
  readonly target: AddressRange;
  /** Where the bootloader notes the application that it accepts there. */
  readonly targetStore: RecordStore;
  /** Where it notes it instead, in flash; `undefined` where it does not. */
  readonly mark: HeaderMark | undefined;
  /** What decides which of two banks runs; `undefined` where there is one. */
  readonly banks: BankControl | undefined;
  /** What else it remembers. */
  readonly memory: NodeMemory;
  /** Active session. */
  readonly session: number;
  /** Unlocked security level; 0: none. */
  readonly securityLevel: number;

  /** Enters a session, locked again. */
  enterSession(session: number): void;
  /** Unlocks a security level. */
  unlock(level: number): void;
  /** Stops or resumes what a tester can stop; a reset and the default session resume both. */
  setQuiet(what: "communication" | "dtcSetting", isQuiet: boolean): void;
  /** Counts a TransferData over the node's life, from 1. */
  countBlock(): number;
  /** Ends a request that its service answered with `later`. */
  answerLater(result: FinalResult): void;
  /** Drops that request: its response is lost. */
  loseAnswer(): void;
  /** Does something once the response to the request at hand is on the wire. */
  afterResponse(action: () => void): void;
  /**
   * Listens to a group's messages, besides its own, until it restarts.
   *
   * @param identifier Where they come.
   * @param listener Who listens.
   * @returns Ends it.
   */
  listenToGroup(identifier: GroupIdentifier, listener: GroupListener): () => void;
  /** A group's message was a sign of life of the tester, as a request is. */
  keepSession(): void;
  /** Its application was found good: it stays, and is no longer watched. */
  confirm(): void;
  /** Restarts; memory that survives a reset is kept. */
  reset(): void;
  /** Asks the request at hand for patience, restarts, and has the bootloader answer it. */
  answerAfterReset(session: number): void;
}

/**
 * Files services under their identifiers.
 *
 * @param services Each service once; a later one replaces an earlier one.
 * @returns By service identifier.
 */
export function toServices(services: readonly ServerService<ServerContext>[]): NodeServices {
  return new Map(services.map((service) => [service.sid, service]));
}

/**
 * Makes a negative result.
 *
 * @param nrc The negative response code.
 * @returns The result.
 */
export function refuse(nrc: number): FinalResult {
  return { type: "negative", nrc };
}
