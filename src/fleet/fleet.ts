import type { AddressRange } from "../core/mod.ts";
import type { UpdateProfile } from "../update/mod.ts";
import type { DeclaredDevice } from "../stm32/mod.ts";
import type { BusFaults } from "../sim/mod.ts";
import type { FleetReport } from "./fleet_report.ts";
import type { FleetNodeSim } from "./fleet_sim.ts";

/** A fleet: read, checked and written out, so that nothing is left to look up. */
export interface Fleet {
  /** Name of the fleet file. */
  readonly file: string;
  /** The buses, by name, in the order of the file. */
  readonly buses: ReadonlyMap<string, FleetFileBus>;
  /** The images, by name, in the order of the file. */
  readonly images: ReadonlyMap<string, FleetFileImage>;
  /**
   * Whether nothing but signed bundles is accepted; beginnings of identifiers of root keys that must
   * have signed their trust file.
   */
  readonly requireSignature?: { readonly rootKeyIds: readonly string[] };
  /** Folder for journals, relative to the file's own; the user's state folder when absent. */
  readonly state?: string;
  /** What the report of a run says about itself; absent: nothing but the run. */
  readonly report?: FleetReport;
  /** The nodes, in the order of the file, those of a range one after the other. */
  readonly nodes: readonly FleetFileNode[];
}

/** A bus of a fleet. */
export interface FleetFileBus {
  /** Its name. */
  readonly name: string;
  /** Where it is, for example `socketcan:can0`. */
  readonly url: string;
  /** Its bit rates; a data bit rate makes it a CAN FD bus. */
  readonly bitRates: FleetBitRates;
  /** How all its nodes are addressed at once, seen from the tester; absent: they are not. */
  readonly functional?: FleetAddressing;
  /** On which group downloads go out. */
  readonly group: FleetCanId;
  /** How many of its nodes may erase at once, for the sake of their supply; absent: all. */
  readonly erasesMax?: number;
  /** What goes wrong on it when it is virtual. */
  readonly faults: BusFaults;
}

/** Bit rates of a bus. */
export interface FleetBitRates {
  /** Nominal bit rate, bit/s. */
  readonly bitrateBps: number;
  /** Data-phase bit rate, bit/s; absent on a classic bus. */
  readonly dataBitrateBps?: number;
}

/** A firmware file. */
export interface FleetFileImage {
  /** Its name in the fleet file. */
  readonly name: string;
  /** Path relative to the fleet file's folder; lexically beneath it, parts separated by `/`. */
  readonly path: string;
  /** Where a raw binary belongs. */
  readonly baseAddress?: number;
  /** Which addresses of the file are meant; absent: all of them. */
  readonly range?: AddressRange;
  /** Present where the bootloader alone understands it: it goes out as it is. */
  readonly opaque?: { readonly uncompressedSizeBytes?: number };
  /** What the application calls itself once it runs. */
  readonly version?: string;
  /** Images that must be as new as this in the same release. */
  readonly requires?: readonly { readonly name: string; readonly version: string }[];
}

/** A node of a fleet, complete. */
export interface FleetFileNode {
  /** Its name. */
  readonly name: string;
  /** Name of its bus. */
  readonly bus: string;
  /** Both ends' addresses, seen from the tester. */
  readonly addressing: FleetAddressing;
  /** Those of its bootloader, where they are others. */
  readonly bootloaderAddressing?: FleetAddressing;
  /** How PDUs are put into frames. */
  readonly frameFormat: FleetFrameFormat;
  /** Its part, as `findDevice` understands it, or the name of a declared one. */
  readonly device: string;
  /** What the file declares of its part; absent where canvoy knows it. */
  readonly declaredDevice?: DeclaredDevice;
  /** How its flash is divided. */
  readonly layout: FleetLayout;
  /** Name of its image. */
  readonly image: string;
  /** How it is talked to; without SecurityAccess where the file says `security: none`. */
  readonly profile: UpdateProfile;
  /** A key source for each security level that its profile unlocks. */
  readonly security: readonly FleetSecurity[];
  /** Files beneath the folder: who canvoy is to it. */
  readonly authentication?: { readonly certificate: string; readonly key: string };
  /** What its hardware number must be; unchecked when absent. */
  readonly hardware?: string;
  /** What its part number must be; unchecked when absent. */
  readonly part?: string;
  /** For profiles that address by block number. */
  readonly blockNumber: number;
  /** What `{fingerprint}` stands for. */
  readonly fingerprint: Uint8Array;
  /** Name of the image that is its flash driver, for profiles that need one. */
  readonly driver?: string;
  /** The groups it belongs to. */
  readonly groups: readonly string[];
  /** How it is played where it is virtual. */
  readonly sim: FleetNodeSim;
}

/** An identifier with its kind. */
export interface FleetCanId {
  /** The number. */
  readonly id: number;
  /** Whether it has 29 bits. */
  readonly extended: boolean;
}

/** How two ends are addressed: the same shapes as ISO-TP's, of which this layer knows nothing. */
export type FleetAddressing =
  /** The identifier alone tells both ends. */
  | { readonly mode: "normal"; readonly tx: FleetCanId; readonly rx: FleetCanId }
  /** 29 bits that hold both addresses. */
  | {
    readonly mode: "normalFixed";
    readonly source: number;
    readonly target: number;
    readonly functional?: boolean;
  }
  /** The first data byte is the target address. */
  | {
    readonly mode: "extended";
    readonly tx: FleetCanId;
    readonly rx: FleetCanId;
    readonly source: number;
    readonly target: number;
  }
  /** The first data byte is an address extension. */
  | {
    readonly mode: "mixed11";
    readonly tx: FleetCanId;
    readonly rx: FleetCanId;
    readonly addressExtension: number;
  }
  /** 29 bits that hold both addresses, and an address extension as first data byte. */
  | {
    readonly mode: "mixed29";
    readonly source: number;
    readonly target: number;
    readonly addressExtension: number;
    readonly functional?: boolean;
  };

/** How PDUs are put into frames. */
export interface FleetFrameFormat {
  /** Whether CAN FD frames are sent. */
  readonly fd: boolean;
  /** FD only: whether their data phase is fast. */
  readonly bitRateSwitch: boolean;
  /** The most payload bytes of a frame. */
  readonly txDlBytes: number;
  /** The byte that fills frames up; absent: frames are as short as they can be. */
  readonly padding?: number;
}

/** How a node's flash is divided. */
export interface FleetLayout {
  /** Never erased, never written. */
  readonly bootloader: AddressRange;
  /** What an update may erase and write. */
  readonly application: AddressRange;
  /** Survives updates. */
  readonly configuration?: readonly AddressRange[];
  /** A header in front of the vector table. */
  readonly applicationHeader?: { readonly sizeBytes: number };
  /** Where the application lies once it runs, if not where it is written. */
  readonly linkedAt?: number;
}

/** Where the keys of one security level come from. */
export interface FleetSecurity {
  /** The odd sub-function of requestSeed. */
  readonly level: number;
  /** The key source. */
  readonly key: FleetKeySource;
}

/** How keys are made. */
export type FleetKeySource =
  /** Each byte of the seed XOR a byte of the mask, which is repeated. */
  | { readonly kind: "xor"; readonly mask: Uint8Array }
  /** The seed plus a constant, both big-endian. */
  | { readonly kind: "add"; readonly addend: Uint8Array }
  /** AES-CMAC of the seed; the secret is in a file beneath the fleet file's folder. */
  | { readonly kind: "cmac"; readonly file: string }
  /** A program beneath the folder, with what it is given before level and seed. */
  | { readonly kind: "command"; readonly words: readonly string[] }
  /** A JavaScript module beneath the folder. */
  | { readonly kind: "module"; readonly file: string }
  /** A shared library beneath the folder, with `GenerateKeyEx` or `GenerateKeyExOpt`. */
  | {
    readonly kind: "library";
    readonly file: string;
    readonly variant?: string;
    readonly options?: string;
  };
