import type { CanPort } from "../can/mod.ts";
import type { Clock } from "../core/mod.ts";
import type { FrameFormat, IsoTpAddressing } from "../isotp/mod.ts";
import type { FlashGeometry, MemoryLayout } from "../stm32/mod.ts";
import type { KeySource } from "../uds/mod.ts";
import type { NodeAuthority } from "./node_authority.ts";
import type { NodeBehaviour } from "./behaviours.ts";
import type { NodeDialect } from "./dialect.ts";
import type { FlashFaults } from "./flash_faults.ts";
import type { VirtualPort } from "./virtual_port.ts";

/**
 * A node's controller. On a port that can do neither, a node without power is silent all the same,
 * and a deaf one hears late what it should have lost.
 */
export type NodePort =
  & CanPort
  & Partial<Pick<VirtualPort, "connect" | "disconnect" | "stall" | "release">>;

/** A security level of a node. */
export interface NodeSecurity {
  /** The odd sub-function of requestSeed. */
  readonly level: number;
  /** Makes the key that it expects. */
  readonly keySource: KeySource;
}

/** Bytes at an address. */
export interface PlacedBytes {
  /** Address of the first. */
  readonly start: number;
  /** The bytes. */
  readonly data: Uint8Array;
}

/** An application that is recognised by its bytes. */
export interface KnownApplication {
  /** What it calls itself; `undefined`: nobody said. */
  readonly version: string | undefined;
  /** Gives all its bytes, each time the node starts an application; `undefined`: nobody has them. */
  readonly ranges: () => readonly PlacedBytes[] | undefined;
}

/** How a virtual node is made. */
export interface VirtualNodeOptions {
  /** Shown in messages and traces; nothing on the bus depends on it. */
  readonly name: string;
  /** Its place on the bus. */
  readonly port: NodePort;
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
  /** Those of its bootloader, where they are others. */
  readonly bootloaderAddressing?: IsoTpAddressing;
  /** How all nodes are addressed at once, seen from the node: it listens to `rx`. */
  readonly functional: IsoTpAddressing;
  /** How it puts PDUs into frames. */
  readonly format: FrameFormat;
  /** The requests that it understands: the tester's profile. */
  readonly dialect: NodeDialect;
  /** Makes checksums that take a key; absent: the dialect has none. */
  readonly checksumKey?: (data: Uint8Array) => Uint8Array;
  /**
   * Security levels of which one must be unlocked to touch flash, the last one of those that the way
   * in goes through; unguarded when empty.
   */
  readonly security: readonly NodeSecurity[];
  /** ECU hardware number that it tells. */
  readonly hardware: string;
  /** Its serial number; it tells none when absent. */
  readonly serial?: string;
  /** Whose certificates it believes; it asks for none by default. */
  readonly authority?: NodeAuthority;
  /** Part number that it tells; none by default. */
  readonly part?: string;
  /** Sequence number of the release that it has, 4 bytes; none by default. */
  readonly sequence?: number;
  /** What its bootloader calls itself. */
  readonly bootloaderVersion?: string;
  /**
   * The applications that it may come to hold: the node tells the version of the first one whose
   * bytes it holds. Where some have a version, what has none is "unknown". Images of canvoy's own
   * fixtures tell their version themselves, as do those with a text behind `CANVOY-VERSION:`.
   */
  readonly knownApplications?: readonly KnownApplication[];
  /** The application that it was delivered with, accepted by its bootloader; none by default. */
  readonly application?: readonly PlacedBytes[];
  /** Set where its images are containers: what it holds of them is an application as it is. */
  readonly isOpaque?: boolean;
  /** What is wrong with its flash. */
  readonly flashFaults?: FlashFaults;
  /** What it does otherwise. */
  readonly behaviour?: NodeBehaviour;
}
