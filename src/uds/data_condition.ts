import { readUintBe, uintToBytesBe } from "../core/mod.ts";
import { dataPart } from "./data_format.ts";

/** A number in a data identifier's record, and what it must be. */
export interface DataCondition {
  /** What it is called, for people; absent: by its data identifier. */
  readonly name?: string;
  /** The data identifier. */
  readonly did: number;
  /** Bytes in front of it. */
  readonly from: number;
  /** Its length in bytes, 1 to 6. */
  readonly bytes: number;
  /** `number`: most significant byte first; `number-le`: least significant first. */
  readonly format: "number" | "number-le";
  /** Which of its bits count, shifted down to the lowest of them; absent: all. */
  readonly mask?: number;
  /** What one step of it is worth. */
  readonly scale: number;
  /** What is added then. */
  readonly offset: number;
  /** Its unit, for people. */
  readonly unit?: string;
  /** The least that it may be. */
  readonly min?: number;
  /** The most that it may be. */
  readonly max?: number;
  /** What it may be; absent: any number within the others. */
  readonly is?: readonly number[];
  /** Whether a node that does not tell it is passed. */
  readonly optional: boolean;
}

/** So many digits of a scaled number are meant. */
const DIGITS = 12;

/**
 * Reads a number out of a record.
 *
 * @param condition Where it is.
 * @param record The record.
 * @returns The number; `undefined` where the record is too short to hold it.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { conditionValue } from "./data_condition.ts";
 *
 * const voltage = {
 *   did: 0xF442, from: 0, bytes: 2, format: "number", scale: 0.001, offset: 0, optional: false,
 * } as const;
 * strictEqual(conditionValue(voltage, Uint8Array.of(0x2E, 0xE0)), 12);
 * const ignition = { ...voltage, bytes: 1, mask: 0x0C, scale: 1 };
 * strictEqual(conditionValue(ignition, Uint8Array.of(0x08)), 2);
 * ```
 */
export function conditionValue(condition: DataCondition, record: Uint8Array): number | undefined {
  const { format, mask, scale, offset } = condition;
  const part = dataPart({ ...condition, format }, record);
  if (part === undefined) return undefined;
  const raw = readUintBe(format === "number" ? part : part.toReversed(), 0, part.length);
  const masked = mask === undefined ? raw : Math.floor(bitsOf(raw, mask) / lowestBit(mask));
  return Number((masked * scale + offset).toPrecision(DIGITS));
}

/**
 * Tells whether a number is what it must be.
 *
 * @param condition What it must be.
 * @param value The number.
 * @returns Whether it is.
 */
export function conditionHolds({ min, max, is }: DataCondition, value: number): boolean {
  return value >= (min ?? -Infinity) && value <= (max ?? Infinity) &&
    (is === undefined || is.includes(value));
}

/**
 * Says what a number must be.
 *
 * @param condition The condition.
 * @returns For example `11.5 to 15 V`, `at most 0`, `1 or 2`.
 */
export function conditionWords({ min, max, is, unit }: DataCondition): string {
  const range = min !== undefined && max !== undefined
    ? `${min} to ${max}`
    : min !== undefined
    ? `at least ${min}`
    : max !== undefined
    ? `at most ${max}`
    : is?.join(" or ") ?? "any";
  return unit === undefined ? range : `${range} ${unit}`;
}

/**
 * Makes a record for which conditions hold, or do not: the node's side of it.
 *
 * @param conditions Conditions on one data identifier.
 * @param isHeld Whether they are to hold.
 * @returns The record.
 */
export function conditionRecord(
  conditions: readonly DataCondition[],
  isHeld = true,
): Uint8Array {
  const record = new Uint8Array(Math.max(...conditions.map(({ from, bytes }) => from + bytes)));
  for (const condition of conditions) {
    const { from, bytes, format, mask = 2 ** (8 * bytes) - 1 } = condition;
    const raw = rawFor(condition, mask, isHeld) * lowestBit(mask);
    const written = uintToBytesBe(raw, bytes);
    (format === "number" ? written : written.reverse()).forEach((byte, i) =>
      record[from + i]! |= byte
    );
  }
  return record;
}

/** The first of what the bits can say that is right: one of the bounds, or beside them. */
function rawFor(condition: DataCondition, mask: number, isHeld: boolean): number {
  const { min, max, is, scale, offset } = condition;
  const most = Math.floor(mask / lowestBit(mask));
  const stepsTo = (value: number): number => (value - offset) / scale;
  const bounds = [min, max, ...is ?? []].filter((bound) => bound !== undefined).map(stepsTo);
  const candidates = [0, most, ...bounds.flatMap((at) => [Math.ceil(at), Math.floor(at)])]
    .flatMap((at) => [at, at + 1, at - 1]);
  return candidates.find((raw) => {
    const value = Number((raw * scale + offset).toPrecision(DIGITS));
    return raw >= 0 && raw <= most && conditionHolds(condition, value) === isHeld;
  }) ?? 0;
}

/** Both may have more than 32 bits. */
function bitsOf(raw: number, mask: number): number {
  return Number(BigInt(raw) & BigInt(mask));
}

function lowestBit(mask: number): number {
  const bits = BigInt(mask);
  return Number(bits & -bits);
}
