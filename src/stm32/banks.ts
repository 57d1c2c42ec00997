import { type AddressRange, rangeContains } from "../core/mod.ts";
import { deviceName, DEVICES } from "./devices.ts";
import { type EraseUnit, eraseUnits, flashRange } from "./erase_units.ts";
import type { FlashPlan, FlashSegment } from "./flash_plan.ts";
import type { FlashGeometry } from "./geometry.ts";
import { type MemoryLayout, MemoryLayoutError, protectedRegions } from "./memory_layout.ts";

/** One bit of a record in which a node tells of its banks, and what it is when the thing holds. */
export interface BankBit {
  /** Counted from the last bit of the record, its least significant one. */
  readonly bit: number;
  /** Its value when it holds: 0 for bits such as nSWAP_BANK. */
  readonly value: 0 | 1;
}

/** Where a record of a node tells what, for example its option bytes as they stand in the register. */
export interface BankBits {
  /** Flash is divided in two banks: DBANK, DUALBANK, DB1M. */
  readonly twoBanks: BankBit;
  /** The second bank stands at the start of flash: BFB2, SWAP_BANK. */
  readonly swapped: BankBit;
  /** What runs was not confirmed yet; absent where the bootloader does not tell. */
  readonly trial?: BankBit;
}

/** What a node tells of its banks. */
export interface BankStatus {
  /** Whether flash is divided in two banks. */
  readonly hasTwoBanks: boolean;
  /** Whether the second bank stands at the start of flash. */
  readonly isSwapped: boolean;
  /** Whether what runs was not confirmed yet: the node goes back by itself. */
  readonly isOnTrial: boolean;
}

/** One bank, by its place in silicon and where code sees it now. */
export interface BankPlace {
  /** 0 or 1, as the reference manual counts from 1. */
  readonly bankIndex: 0 | 1;
  /** Where it stands now. */
  readonly range: AddressRange;
}

/**
 * Tells whether a part, in the mode that its row describes, can run one bank and exchange it for
 * the other, so that an update need not touch what runs.
 *
 * @param geometry The part.
 * @returns Whether it has two banks and an option bit that exchanges them.
 */
export function canSwapBanks({ banks }: FlashGeometry): boolean {
  return banks.count === 2 && banks.swappedBy !== undefined;
}

/**
 * Finds the same part with its option bits set to one bank.
 *
 * @param geometry A part in the mode of two banks.
 * @returns Its other row; `undefined` where silicon decides.
 */
export function singleBankMode({ part, isDeclared }: FlashGeometry): FlashGeometry | undefined {
  if (isDeclared) return undefined;
  return DEVICES.find((row) => row.part === part && row.bankMode === "single-bank");
}

/**
 * Finds the bank that may be written while the other one runs. Whichever of them it is in silicon,
 * it stands in the upper half of flash: the one that runs is always seen at the start.
 *
 * @param geometry A part with two banks.
 * @param isSwapped Whether the option bit has exchanged them.
 * @returns The inactive bank.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { findDevice } from "./find_device.ts";
 * import { inactiveBank } from "./banks.ts";
 *
 * const range = { start: 0x0804_0000, end: 0x0808_0000 };
 * deepStrictEqual(inactiveBank(findDevice("STM32G474RE"), true), { bankIndex: 0, range });
 * ```
 */
export function inactiveBank(geometry: FlashGeometry, isSwapped: boolean): BankPlace {
  const { end } = flashRange(geometry);
  return {
    bankIndex: isSwapped ? 0 : 1,
    range: { start: end - bankSizeBytes(geometry), end },
  };
}

/**
 * Tells how large a bank is.
 *
 * @param geometry A part.
 * @returns The size of each of its banks, in bytes.
 */
export function bankSizeBytes({ flashSizeBytes, banks }: FlashGeometry): number {
  return flashSizeBytes / banks.count;
}

/**
 * Moves a range of the bank that runs to the same place in the inactive one.
 *
 * @param geometry A part with two banks.
 * @param range A range in the lower half of flash.
 * @returns Its twin.
 */
export function inInactiveBank(geometry: FlashGeometry, range: AddressRange): AddressRange {
  const offset = inactiveBank(geometry, false).range.start - geometry.flashStart;
  return { start: range.start + offset, end: range.end + offset };
}

/**
 * Checks that a layout leaves the inactive bank alone: a swap moves all of it.
 *
 * @param layout The layout.
 * @param geometry A part with two banks.
 * @throws {MemoryLayoutError} If a region reaches beyond the first bank.
 */
export function checkBankLayout(layout: MemoryLayout, geometry: FlashGeometry): void {
  const { flashStart } = geometry;
  const bank = { start: flashStart, end: flashStart + bankSizeBytes(geometry) };
  const regions = [...protectedRegions(layout), { name: "application", ...layout.application }];
  const outside = regions.filter((region) => !rangeContains(bank, region));
  if (outside.length === 0) return;
  throw new MemoryLayoutError(
    deviceName(geometry),
    outside.map(({ name, start }) => ({
      code: "LAYOUT_OUTSIDE_BANK",
      region: name,
      address: start,
      reason: `${name} is not within the first bank of ${bankSizeBytes(geometry) / 1024} KiB, ` +
        "and banks are exchanged as a whole",
    })),
  );
}

/**
 * Moves a plan to the inactive bank: the same bytes, linked for the addresses at which they will
 * run once the banks are exchanged, are erased and written one bank higher.
 *
 * @param plan The plan as the image is linked; its part has two banks.
 * @returns The plan that leaves what runs alone.
 * @throws {MemoryLayoutError} If the layout reaches beyond the first bank.
 */
export function planInactiveBank(plan: FlashPlan): FlashPlan {
  const { geometry, layout } = plan;
  checkBankLayout(layout, geometry);
  const units = eraseUnits(geometry);
  const twinOf = ({ index }: EraseUnit): EraseUnit => units[index + units.length / 2]!;
  const segments = plan.segments.map((segment): FlashSegment => ({
    ...segment,
    range: inInactiveBank(geometry, segment.range),
    eraseUnits: segment.eraseUnits.map(twinOf),
    write: { ...inInactiveBank(geometry, segment.write), data: segment.write.data },
  }));
  return { ...plan, segments };
}

/**
 * Reads what a node tells of its banks.
 *
 * @param bits Where it tells what.
 * @param record What it told.
 * @returns The status; `undefined` when the record is too short to tell.
 */
export function decodeBankStatus(bits: BankBits, record: Uint8Array): BankStatus | undefined {
  const { twoBanks, swapped, trial } = bits;
  const all = trial === undefined ? [twoBanks, swapped] : [twoBanks, swapped, trial];
  if (all.some(({ bit }) => byteOf(bit) >= record.length)) return undefined;
  const holds = ({ bit, value }: BankBit): boolean =>
    (record[record.length - 1 - byteOf(bit)]! >> (bit % 8) & 1) === value;
  return {
    hasTwoBanks: holds(twoBanks),
    isSwapped: holds(swapped),
    isOnTrial: trial !== undefined && holds(trial),
  };
}

/**
 * Writes what a node tells of its banks.
 *
 * @param bits Where it tells what.
 * @param status What it tells.
 * @returns The shortest record that holds it.
 */
export function encodeBankStatus(bits: BankBits, status: BankStatus): Uint8Array {
  const { twoBanks, swapped, trial } = bits;
  const told: [BankBit, boolean][] = [
    [twoBanks, status.hasTwoBanks],
    [swapped, status.isSwapped],
  ];
  if (trial !== undefined) told.push([trial, status.isOnTrial]);
  const record = new Uint8Array(Math.max(...told.map(([{ bit }]) => byteOf(bit))) + 1);
  for (const [{ bit, value }, holds] of told) {
    const isSet = holds ? value === 1 : value === 0;
    if (isSet) record[record.length - 1 - byteOf(bit)]! |= 1 << (bit % 8);
  }
  return record;
}

function byteOf(bit: number): number {
  return Math.floor(bit / 8);
}
