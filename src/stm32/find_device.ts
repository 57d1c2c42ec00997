import { CanvoyError } from "../core/mod.ts";
import { deviceName, DEVICES } from "./devices.ts";
import { inactiveBank } from "./banks.ts";
import type { FlashGeometry } from "./geometry.ts";
import { leftOutReason } from "./left_out.ts";

/** A part name that fits no geometry row, or more than one. */
export class DeviceNameError extends CanvoyError {
  /** `DEVICE_UNKNOWN`: no row. `DEVICE_AMBIGUOUS`: the name leaves open which. */
  override readonly code: "DEVICE_UNKNOWN" | "DEVICE_AMBIGUOUS";
  /** What was asked for. */
  readonly device: string;
  /** Names of the same line that would be understood; none where the line is not known. */
  readonly suggestions: readonly string[];

  /**
   * Says what was asked for and what would have been understood.
   *
   * @param code Which of the two.
   * @param device What was asked for.
   * @param state What is wrong with it, and what to do, in words.
   * @param suggestions Names of the same line that would be understood.
   */
  constructor(
    code: "DEVICE_UNKNOWN" | "DEVICE_AMBIGUOUS",
    device: string,
    state: string,
    suggestions: readonly string[],
  ) {
    super(`Cannot find device "${device}": ${state}`);
    this.code = code;
    this.device = device;
    this.suggestions = suggestions;
  }
}

/** `STM32` or not, line, pins and size or not, package and grade or not, bank mode or not. */
const NAME =
  /^(?:STM32)?([A-Z]\d[0-9A-Z]\d)(?:[A-Z]([4-9A-Z])(?:[A-Z]\w*)?)?(?:\/(SINGLE-BANK|DUAL-BANK))?$/;

/** What a name says of a part. */
interface PartName {
  /** Line: `F407`. */
  readonly line: string;
  /** Letter of the flash size, where the name goes so far. */
  readonly size?: string | undefined;
  /** Bank mode in capitals, where the name says one. */
  readonly mode?: string | undefined;
}

/**
 * Finds what is known of a part by its name as integrators write it, in capitals or not:
 * `STM32F407VGT6`, `stm32f407vg`, `STM32F407xG`, `F407`.
 *
 * Without a bank mode (`STM32G474RE/single-bank`) it is the one that the part is shipped in.
 * Without a flash size it is the smallest part of the line, so that nothing is planned that
 * another may not have; lines whose parts are erased differently need the size.
 *
 * @param name The name.
 * @returns Its row.
 * @throws {DeviceNameError} If no row fits, or rows that differ; it names parts of the same line.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { findDevice } from "./find_device.ts";
 *
 * strictEqual(findDevice("stm32f407vgt6").part, "STM32F407xG");
 * ```
 */
export function findDevice(name: string): FlashGeometry {
  const rows = fittingRows(name);
  const [smallest] = rows;
  if (smallest === undefined) throw unknownDevice(name);
  const shipped = rows.filter((row, i) => rows[i - 1]?.part !== row.part);
  if (!shipped.every((row) => startsLike(row, smallest))) {
    const names = rows.map(deviceName);
    throw new DeviceNameError(
      "DEVICE_AMBIGUOUS",
      name,
      `parts of this line differ, the name must say which flash size: ${names.join(", ")}`,
      names,
    );
  }
  return smallest;
}

/**
 * Lists what a name or a pattern means.
 *
 * @param pattern A name as `findDevice` reads it, or the beginning of one; `*` stands for any
 * letters, `?` for one.
 * @returns The rows, in the order of the table; none when nothing fits.
 */
export function matchDevices(pattern: string): readonly FlashGeometry[] {
  const named = fittingRows(pattern);
  if (named.length > 0) return named;
  const wanted = pattern.trim().toUpperCase().replace(/^STM32/, "");
  const form = new RegExp(
    "^" + wanted.replace(/[^A-Z0-9]/g, (c) => c === "*" ? ".*" : c === "?" ? "." : `\\${c}`),
  );
  return DEVICES.filter((row) => form.test(deviceName(row).toUpperCase().slice("STM32".length)));
}

function readName(name: string): PartName | undefined {
  const match = NAME.exec(name.trim().toUpperCase());
  return match === null ? undefined : { line: match[1]!, size: match[2], mode: match[3] };
}

function fittingRows(name: string): readonly FlashGeometry[] {
  const wanted = readName(name);
  if (wanted === undefined) return [];
  const { line, size, mode } = wanted;
  return DEVICES.filter((row) =>
    row.part.startsWith(`STM32${line}x`) &&
    (size === undefined || row.part.endsWith(`x${size}`)) &&
    (mode === undefined || row.bankMode?.toUpperCase() === mode)
  );
}

/** Whether a plan for the smaller part can be carried out on the larger one too. */
function startsLike(larger: FlashGeometry, smaller: FlashGeometry): boolean {
  return larger.flashSizeBytes >= smaller.flashSizeBytes &&
    larger.banks.count === smaller.banks.count &&
    (larger.banks.count === 1 ||
      inactiveBank(larger, false).range.start === inactiveBank(smaller, false).range.start) &&
    larger.eraseUnitRuns.length === smaller.eraseUnitRuns.length &&
    smaller.eraseUnitRuns.every((run, i) => {
      const other = larger.eraseUnitRuns[i]!;
      return other.sizeBytes === run.sizeBytes && other.count >= run.count;
    });
}

/** The same letters, with digits for the letters that look like them and without marks between. */
function meantName(name: string): string | undefined {
  const plain = name.trim().toUpperCase().replaceAll(/[\s_-]+/g, "").slice(0, 64);
  const digits = plain.replaceAll("O", "0").replaceAll("I", "1");
  // An I behind the line is a size: only the first letters are made digits of.
  const mended = digits.slice(0, 9) + plain.slice(9);
  return mended !== name && fittingRows(mended).length > 0 ? mended : undefined;
}

/** Another line's table erases what it should not: only parts of the same line are named. */
function unknownDevice(name: string): DeviceNameError {
  const wanted = readName(name);
  const meant = meantName(name);
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  if (wanted === undefined) {
    const state = `expected the name of an STM32 part, for example STM32F407VG${hint}`;
    return new DeviceNameError("DEVICE_UNKNOWN", name.slice(0, 64), state, []);
  }
  const { line, size } = wanted;
  if (meant !== undefined) {
    const state = `there is no line STM32${line}${hint}`;
    return new DeviceNameError("DEVICE_UNKNOWN", name.slice(0, 64), state, []);
  }
  const names = fittingRows(line).map(deviceName);
  const known = names.length === 0
    ? `canvoy does not know the line STM32${line}`
    : `of the line STM32${line} canvoy knows ${names.join(", ")}`;
  const reason = leftOutReason(size === undefined ? line : `${line}x${size}`);
  const why = reason === undefined ? "" : `; left out: ${reason}`;
  return new DeviceNameError(
    "DEVICE_UNKNOWN",
    name.slice(0, 64),
    `${known}${why}; the table of another part must not be used, declare this one under "devices:"`,
    names,
  );
}
