import {
  assumedFigures,
  deviceName,
  type EraseUnitRun,
  type Figure,
  type FlashGeometry,
} from "../stm32/mod.ts";

/** One part as `--json` tells it. */
export interface DeviceFields {
  /** Its name, with the bank mode where option bits choose it. */
  readonly device: string;
  /** Size of the flash, in bytes. */
  readonly flashBytes: number;
  /** The erase units from the start of flash, run by run. */
  readonly eraseUnits: readonly EraseUnitRun[];
  /** What one write programs, in bytes. */
  readonly programUnitBytes: number;
  /** Whether each unit carries a check code, so that it is programmed once. */
  readonly hasEcc: boolean;
  /** Number of banks. */
  readonly banks: number;
  /** Where the second bank starts; absent with one bank. */
  readonly secondBankStart?: number;
  /** Which option bit decides the number of banks; absent where silicon does. */
  readonly bankBit?: string;
  /** Which option bit exchanges the banks; absent where none does. */
  readonly swapBit?: string;
  /** Kind of CAN controller. */
  readonly can: FlashGeometry["can"];
  /** Processor core. */
  readonly core: string;
  /** Number of vectors. */
  readonly vectors: number;
  /** RAM in which an initial stack pointer may lie. */
  readonly ram: FlashGeometry["ram"];
  /** Figures without a readable source. */
  readonly assumed: readonly Figure[];
}

/**
 * Tells a part for programs.
 *
 * @param geometry The part.
 * @param secondBankStart Where its second bank starts.
 * @returns Its fields.
 */
export function deviceFields(
  geometry: FlashGeometry,
  secondBankStart: number | undefined,
): DeviceFields {
  const { banks, program, vectorTable } = geometry;
  return {
    device: deviceName(geometry),
    flashBytes: geometry.flashSizeBytes,
    eraseUnits: geometry.eraseUnitRuns,
    programUnitBytes: program.unitBytes,
    hasEcc: program.hasEcc,
    banks: banks.count,
    ...(secondBankStart === undefined ? {} : { secondBankStart }),
    ...(banks.decidedBy === undefined ? {} : { bankBit: banks.decidedBy.name }),
    ...(banks.swappedBy === undefined ? {} : { swapBit: banks.swappedBy.name }),
    can: geometry.can,
    core: geometry.core,
    vectors: vectorTable.vectorCount,
    ram: geometry.ram,
    assumed: assumedFigures(geometry),
  };
}

/**
 * Tells parts for people, a line each, in columns.
 *
 * @param geometries The parts.
 * @returns The lines: name, flash, erase units, bytes a write, banks, CAN.
 */
export function deviceLines(geometries: readonly FlashGeometry[]): readonly string[] {
  const cells = geometries.map((geometry) => [
    deviceName(geometry),
    `${geometry.flashSizeBytes / 1024} KiB`,
    unitsText(geometry),
    `${geometry.program.unitBytes} B a write`,
    geometry.banks.count === 1 ? "1 bank" : "2 banks",
    geometry.can,
  ]);
  const widths = cells[0]?.map((_, i) => Math.max(...cells.map((row) => row[i]!.length))) ?? [];
  return cells.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd());
}

/** `4 x 16K, 1 x 64K, 7 x 128K`, and `2 x (...)` where both banks are laid out so. */
function unitsText({ eraseUnitRuns, banks }: FlashGeometry): string {
  const texts = eraseUnitRuns.map(({ count, sizeBytes }) => `${count} x ${sizeBytes / 1024}K`);
  if (banks.count === 1 || texts.length === 1) return texts.join(", ");
  return `2 x (${texts.slice(0, texts.length / 2).join(", ")})`;
}
