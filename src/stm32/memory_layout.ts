import {
  type AddressRange,
  CanvoyError,
  formatRange,
  hex,
  rangeContains,
  rangeIntersection,
} from "../core/mod.ts";
import { eraseUnits, flashHole, flashRange } from "./erase_units.ts";
import { deviceName } from "./devices.ts";
import type { FlashGeometry } from "./geometry.ts";

/** How an integrator divides the flash of a node. Ranges start and end on erase unit borders. */
export interface MemoryLayout {
  /** Never erased, never written. */
  readonly bootloader: AddressRange;
  /** What an update may erase and write. */
  readonly application: AddressRange;
  /** Survives updates: never erased, never written. */
  readonly configuration?: readonly AddressRange[];
  /** A header at the start of the application; the vector table follows it. */
  readonly applicationHeader?: { readonly sizeBytes: number };
  /**
   * Where the application's start lies once it runs, where the bootloader copies or maps it there: its
   * images are linked for that. Where it is written by default.
   */
  readonly linkedAt?: number;
}

/** A range of a layout with the name that messages give it. */
export interface LayoutRegion extends AddressRange {
  /** `bootloader`, `application`, `configuration`, or `configuration 2` and so on. */
  readonly name: string;
}

/** One thing wrong with a layout. */
export interface LayoutProblem {
  /** Stable code. */
  readonly code:
    | "LAYOUT_RANGE_EMPTY"
    | "LAYOUT_OUTSIDE_FLASH"
    | "LAYOUT_UNALIGNED"
    | "LAYOUT_OVERLAP"
    | "LAYOUT_OUTSIDE_BANK"
    | "LAYOUT_HEADER_SIZE"
    | "LAYOUT_LINKED_AT";
  /** Which region. */
  readonly region: string;
  /** The address it is about. */
  readonly address: number;
  /** In words. */
  readonly reason: string;
}

/** A layout that does not fit its device. */
export class MemoryLayoutError extends CanvoyError {
  /** Stable machine-readable name. */
  override readonly code = "MEMORY_LAYOUT";
  /** Everything wrong with it. */
  readonly problems: readonly LayoutProblem[];

  /**
   * Lists every reason in its message.
   *
   * @param device Name of the device.
   * @param problems Everything wrong; at least one.
   */
  constructor(device: string, problems: readonly LayoutProblem[]) {
    const reasons = problems.map((problem) => problem.reason).join("; ");
    super(`Cannot use memory layout on ${device}: ${reasons}`);
    this.problems = problems;
  }
}

/**
 * Finds the application's first word: at its start, or behind its header.
 *
 * @param layout The layout.
 * @returns Where the application's vector table lies.
 */
export function vectorTableAddress(layout: MemoryLayout): number {
  return layout.application.start + (layout.applicationHeader?.sizeBytes ?? 0);
}

/**
 * Finds the addresses for which images are linked.
 *
 * @param layout The layout.
 * @returns It with its application where that runs; as it is where it is written there.
 */
export function linkedLayout(layout: MemoryLayout): MemoryLayout {
  const { application, linkedAt } = layout;
  if (linkedAt === undefined) return layout;
  const sizeBytes = application.end - application.start;
  return { ...layout, application: { start: linkedAt, end: linkedAt + sizeBytes } };
}

/**
 * Lists the regions that planner and virtual node keep updates out of.
 *
 * @param layout The layout.
 * @returns What no update may touch, named.
 */
export function protectedRegions(layout: MemoryLayout): readonly LayoutRegion[] {
  return [
    { name: "bootloader", ...layout.bootloader },
    ...(layout.configuration ?? []).map((range, i) => ({
      name: i === 0 ? "configuration" : `configuration ${i + 1}`,
      ...range,
    })),
  ];
}

/**
 * Checks that a layout fits a device: every region in flash, on erase unit borders, apart from the
 * others.
 *
 * @param layout The layout.
 * @param geometry The part.
 * @throws {MemoryLayoutError} If it does not; the error lists everything wrong.
 */
export function checkMemoryLayout(layout: MemoryLayout, geometry: FlashGeometry): void {
  const regions = [
    ...protectedRegions(layout),
    { name: "application", ...layout.application },
  ];
  const borders = new Set(eraseUnits(geometry).flatMap((unit) => [unit.start, unit.end]));
  const problems = regions.flatMap((region) => checkRegion(region, geometry, borders));
  for (const [i, left] of regions.entries()) {
    for (const right of regions.slice(i + 1)) {
      const shared = rangeIntersection(left, right);
      if (shared === undefined) continue;
      problems.push({
        code: "LAYOUT_OVERLAP",
        region: right.name,
        address: shared.start,
        reason: `${left.name} and ${right.name} share ${formatRange(shared)}`,
      });
    }
  }
  problems.push(...checkHeader(layout), ...checkLinked(layout));
  if (problems.length > 0) throw new MemoryLayoutError(deviceName(geometry), problems);
}

function checkRegion(
  region: LayoutRegion,
  geometry: FlashGeometry,
  borders: ReadonlySet<number>,
): LayoutProblem[] {
  const about = { region: region.name, address: region.start };
  if (!(region.end > region.start)) {
    const reason = `${region.name} at ${hex(region.start, 8)} is empty`;
    return [{ ...about, code: "LAYOUT_RANGE_EMPTY", reason }];
  }
  const flash = flashRange(geometry);
  if (!rangeContains(flash, region)) {
    const reason = `${region.name} ${formatRange(region)} is not within the flash ${
      formatRange(flash)
    }`;
    return [{ ...about, code: "LAYOUT_OUTSIDE_FLASH", reason }];
  }
  const hole = flashHole(geometry);
  if (hole !== undefined && rangeIntersection(region, hole) !== undefined) {
    const reason = `${region.name} ${formatRange(region)} reaches into ${
      formatRange(hole)
    }, where there is no flash between the banks`;
    return [{ ...about, code: "LAYOUT_OUTSIDE_FLASH", reason }];
  }
  const problems: LayoutProblem[] = [];
  for (const border of ["start", "end"] as const) {
    const address = region[border];
    if (borders.has(address)) continue;
    const unit = eraseUnits(geometry).find((u) => u.start < address && address < u.end)!;
    problems.push({
      code: "LAYOUT_UNALIGNED",
      region: region.name,
      address,
      reason: `${region.name} ${border} ${hex(address, 8)} lies within the erase unit ${
        formatRange(unit)
      }; use ${hex(unit.start, 8)} or ${hex(unit.end, 8)}`,
    });
  }
  return problems;
}

function checkHeader({ application, applicationHeader }: MemoryLayout): LayoutProblem[] {
  if (applicationHeader === undefined) return [];
  const { sizeBytes } = applicationHeader;
  const roomBytes = application.end - application.start;
  if (Number.isInteger(sizeBytes) && sizeBytes >= 0 && sizeBytes % 4 === 0) {
    if (sizeBytes < roomBytes) return [];
  }
  return [{
    code: "LAYOUT_HEADER_SIZE",
    region: "application",
    address: application.start,
    reason: `the application header of ${sizeBytes} bytes must be whole words and smaller than ` +
      `the application`,
  }];
}

function checkLinked(layout: MemoryLayout): LayoutProblem[] {
  const { application: { start, end } } = linkedLayout(layout);
  if (end <= 2 ** 32) return [];
  const reason = `an application linked at ${hex(start, 8)} ends beyond 32 bits`;
  return [{ code: "LAYOUT_LINKED_AT", region: "application", address: start, reason }];
}
