import { formatRange, hex } from "../core/mod.ts";
import { type FirmwareImage, readMcubootHeader } from "../image/mod.ts";
import type { PlanWarning, VectorTable } from "./flash_plan.ts";
import type { PlanProblem } from "./flash_plan_error.ts";
import type { FlashGeometry } from "./geometry.ts";
import { type MemoryLayout, vectorTableAddress } from "./memory_layout.ts";

/** The vector table, if it is there, and what is to be said of it. */
export interface VectorTableFindings {
  /** `undefined` when its bytes are not in the image. */
  readonly vectorTable: VectorTable | undefined;
  /** By address. */
  readonly problems: readonly PlanProblem[];
  /** By address. */
  readonly warnings: readonly PlanWarning[];
}

/**
 * Reads the first two words of the application as the core will, and doubts them.
 *
 * @returns What was found.
 */
export function checkVectorTable(
  image: FirmwareImage,
  geometry: FlashGeometry,
  layout: MemoryLayout,
): VectorTableFindings {
  const address = vectorTableAddress(layout);
  const problems: PlanProblem[] = [];
  const { alignmentBytes, vectorCount } = geometry.vectorTable;
  if (address % alignmentBytes !== 0) {
    problems.push({
      code: "PLAN_VECTOR_TABLE_UNALIGNED",
      address,
      reason: `the vector table at ${hex(address, 8)} is not at a multiple of ${
        hex(alignmentBytes, 3)
      }, as VTOR demands for ${vectorCount} vectors; change the application header's size`,
    });
  }
  const header = hintMcuboot(image, layout);
  if (header !== undefined) {
    problems.push({ code: "PLAN_VECTOR_TABLE_MISSING", address, reason: header });
    return { vectorTable: undefined, problems, warnings: [] };
  }
  const words = readWords(image, address);
  if (words === undefined) {
    problems.push({
      code: "PLAN_VECTOR_TABLE_MISSING",
      address,
      reason: `the image has no vector table at ${hex(address, 8)}, where the application starts` +
        (layout.applicationHeader === undefined ? "" : " behind its header"),
    });
    return { vectorTable: undefined, problems, warnings: [] };
  }
  const [initialStackPointer, resetVector] = words;
  problems.push(
    ...checkStackPointer(initialStackPointer, address, geometry),
    ...checkResetVector(resetVector, address + 4, layout),
  );
  const warnings = stackWarnings(initialStackPointer, address);
  return { vectorTable: { address, initialStackPointer, resetVector }, problems, warnings };
}

/** What stands there instead of a vector table, where the layout knows of no header. */
function hintMcuboot(image: FirmwareImage, layout: MemoryLayout): string | undefined {
  const address = vectorTableAddress(layout);
  const header = readMcubootHeader(image, address);
  if (header === undefined) return undefined;
  const headerBytes = address - layout.application.start + header.headerBytes;
  return `a header of MCUboot (${header.headerBytes} bytes, version ${header.version}) stands at ` +
    `${
      hex(address, 8)
    }, where the vector table is expected; state headerBytes: ${headerBytes} in ` +
    "the layout";
}

function readWords(
  { ranges }: FirmwareImage,
  address: number,
): readonly [number, number] | undefined {
  const range = ranges.find((r) => r.start <= address && address + 8 <= r.end);
  if (range === undefined) return undefined;
  const { buffer, byteOffset, byteLength } = range.data;
  const view = new DataView(buffer, byteOffset, byteLength);
  const offset = address - range.start;
  return [view.getUint32(offset, true), view.getUint32(offset + 4, true)];
}

/** Bits 1:0 of the stack pointer are always zero: whatever stands there is ignored. */
function stackPointerOf(value: number): number {
  return value - value % 4;
}

function stackWarnings(value: number, address: number): readonly PlanWarning[] {
  const start = stackPointerOf(value);
  if (start !== value) {
    const alignment = start % 8 === 0 ? "" : ", which is not 8-byte aligned";
    return [{
      code: "PLAN_STACK_LOW_BITS",
      address,
      reason: `initial stack pointer ${hex(value, 8)}: the core ignores bits 1:0 and begins at ` +
        hex(start, 8) + alignment,
    }];
  }
  return start % 8 === 0 ? [] : [{
    code: "PLAN_STACK_NOT_8_ALIGNED",
    address,
    reason: `initial stack pointer ${hex(value, 8)} is not 8-byte aligned, as the procedure call ` +
      "standard asks",
  }];
}

function checkStackPointer(
  value: number,
  address: number,
  { ram }: FlashGeometry,
): readonly PlanProblem[] {
  const complain = (state: string): readonly PlanProblem[] => [{
    code: "PLAN_STACK_POINTER",
    address,
    reason: `initial stack pointer ${hex(value, 8)} at ${hex(address, 8)} ${state}`,
  }];
  if (value === 0xffffffff) return complain("is erased flash: there is no vector table");
  const start = stackPointerOf(value);
  // One past the end is where linkers put it: the first push goes below.
  if (ram.some((region) => region.start < start && start <= region.end)) return [];
  return complain(
    `is in no RAM of the device: ${
      ram.map((region) => `${region.name} ${formatRange(region)}`).join(", ")
    }`,
  );
}

function checkResetVector(
  value: number,
  address: number,
  { application }: MemoryLayout,
): readonly PlanProblem[] {
  const complain = (state: string): readonly PlanProblem[] => [{
    code: "PLAN_RESET_VECTOR",
    address,
    reason: `reset vector ${hex(value, 8)} at ${hex(address, 8)} ${state}`,
  }];
  if (value === 0xffffffff) return complain("is erased flash: there is no vector table");
  if (value % 2 === 0) return complain("is even: the core runs Thumb code only");
  const target = value - 1;
  if (application.start <= target && target < application.end) return [];
  return complain(
    `leads out of the application ${formatRange(application)}` +
      (target < application.start ? ": the image was linked for a lower address" : ""),
  );
}
