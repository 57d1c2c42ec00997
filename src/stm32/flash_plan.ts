import type { AddressRange } from "../core/mod.ts";
import type { ImageRange, ImageWarning } from "../image/mod.ts";
import type { EraseUnit } from "./erase_units.ts";
import type { FlashGeometry } from "./geometry.ts";
import type { MemoryLayout } from "./memory_layout.ts";

/** The unit of work: whole erase units, and the bytes that go into them. */
export interface FlashSegment {
  /** 0-based, by address. */
  readonly index: number;
  /** What is erased: whole erase units. */
  readonly range: AddressRange;
  /** Those units, by address. */
  readonly eraseUnits: readonly EraseUnit[];
  /**
   * What is downloaded: one stretch within `range`, from the first used program unit to the last;
   * gaps between are filled with the erased value.
   */
  readonly write: ImageRange;
  /** Whether the application's vector table starts here: erased first and written last. */
  readonly holdsVectorTable: boolean;
}

/** Something a person should know, though the plan can be carried out. */
export interface PlanWarning {
  /** Stable code. */
  readonly code: "PLAN_STACK_NOT_8_ALIGNED" | "PLAN_STACK_LOW_BITS" | ImageWarning["code"];
  /** The address it is about. */
  readonly address: number;
  /** In words. */
  readonly reason: string;
}

/** What the first two words of the application say. */
export interface VectorTable {
  /** Where it starts. */
  readonly address: number;
  /** Word 0. */
  readonly initialStackPointer: number;
  /** Word 1, odd: the Thumb bit. */
  readonly resetVector: number;
}

/** What is stated of an image that the bootloader alone understands. */
export interface OpaqueImage {
  /** How many bytes it is once it is unpacked; absent where nobody says. */
  readonly uncompressedSizeBytes?: number;
}

/** What is erased and written on one node, before anything is. */
export interface FlashPlan {
  /** The part. */
  readonly geometry: FlashGeometry;
  /** How its flash is divided. */
  readonly layout: MemoryLayout;
  /** By address; no erase unit is in two of them. */
  readonly segments: readonly FlashSegment[];
  /** The application's vector table; absent where the image is opaque. */
  readonly vectorTable?: VectorTable;
  /** Present where the bootloader alone understands the image. */
  readonly opaque?: OpaqueImage;
  /** How many bytes of the image are written, fill not counted. */
  readonly imageSizeBytes: number;
  /** By address. */
  readonly warnings: readonly PlanWarning[];
}
