import type { ChecksumName } from "../codec/mod.ts";
import type { CanId } from "../can/mod.ts";
import type { Clock } from "../core/mod.ts";
import type { FrameFormat, IsoTpAddressing } from "../isotp/mod.ts";
import type { FlashGeometry, MemoryLayout } from "../stm32/mod.ts";
import type { KeySource, RequestTemplate } from "../uds/mod.ts";
import type { VirtualPort } from "./virtual_port.ts";

/** The requests that a virtual bootloader understands, as data: the server's side of a profile. */
export interface NodeDialect {
  /** Erases `{address}` and `{size}`. */
  readonly erase: RequestTemplate;
  /** Begins a download of `{size}` bytes to `{address}`. */
  readonly download: RequestTemplate;
  /** Compares `{size}` bytes at `{address}` with `{checksum}`. */
  readonly check: RequestTemplate;
  /** What `{checksum}` is made with. */
  readonly checkAlgorithm: ChecksumName;
  /** Checks the whole application and marks it valid. */
  readonly finish: RequestTemplate;
  /** Status of a routine that went well. */
  readonly goodStatus: number;
  /** Status of a routine that did not. */
  readonly badStatus: number;
}

/** What a virtual node may do wrong or otherwise; a good node unless told. */
export interface NodeBehaviour {
  /** When the first 0x78 goes out, in ms after a request that takes longer; `Infinity`: never. */
  readonly responsePendingAfterMs?: number;
  /** Pause between two 0x78, in ms; small: a storm. */
  readonly responsePendingEveryMs?: number;
  /** What it takes to think before each response, in ms. */
  readonly responseDelayMs?: number;
  /** maxNumberOfBlockLength that it states. */
  readonly maxNumberOfBlockLength?: number;
  /** BS of its flow control. */
  readonly blockSize?: number;
  /** STmin of its flow control, as encoded. */
  readonly stMin?: number;
  /** What it does when the last TransferData comes again (FIELD: four kinds of server). */
  readonly repeatedBlock?: "positive" | "wrongCounter" | "sequenceError" | "sequenceErrorAndReset";
  /** Whether it hears and says nothing while its flash is busy, with room for three frames. */
  readonly isDeafWhileBusy?: boolean;
  /** Power goes in the middle of the n-th flash operation (from 1), once. */
  readonly powerLossAtOperation?: number;
  /** How long it then stays away, in ms. */
  readonly powerLossMs?: number;
  /** The n-th TransferData (from 1) gets no response, once, though it is carried out. */
  readonly lostBlockResponse?: number;
  /** The first program of this address fails, once. */
  readonly failProgramAt?: number;
  /** Never answers at all. */
  readonly isDead?: boolean;
}

/** How a virtual node is made. */
export interface VirtualNodeOptions {
  /** For people. */
  readonly name: string;
  /** Its place on the bus. */
  readonly port: VirtualPort;
  /** The time it lives in. */
  readonly clock: Clock;
  /** What seeds, noise and chance are drawn from. */
  readonly seed: number;
  /** The part. */
  readonly geometry: FlashGeometry;
  /** How its flash is divided. */
  readonly layout: MemoryLayout;
  /** Both ends' addresses, seen from the node. */
  readonly addressing: IsoTpAddressing;
  /** The identifier that all nodes hear. */
  readonly functionalId: CanId;
  /** How it puts PDUs into frames. */
  readonly format: FrameFormat;
  /** The requests that it understands. */
  readonly dialect: NodeDialect;
  /** Security level that guards the flash, and its keys; unguarded when absent. */
  readonly security?: { readonly level: number; readonly keySource: KeySource };
  /** ECU hardware number that it tells. */
  readonly hardware: string;
  /** What it does otherwise. */
  readonly behaviour?: NodeBehaviour;
}
