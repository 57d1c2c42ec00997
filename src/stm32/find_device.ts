import { CanvoyError, editDistance } from "../core/mod.ts";
import { deviceName, DEVICES } from "./devices.ts";
import type { FlashGeometry } from "./geometry.ts";

/** A part name that fits no geometry row, or more than one. */
export class DeviceNameError extends CanvoyError {
  /** `DEVICE_UNKNOWN`: no row. `DEVICE_AMBIGUOUS`: the name leaves open which. */
  override readonly code: "DEVICE_UNKNOWN" | "DEVICE_AMBIGUOUS";
  /** What was asked for. */
  readonly device: string;
  /** Names that would be understood, nearest first. */
  readonly suggestions: readonly string[];

  /**
   * Says what was asked for and what would have been understood.
   *
   * @param code Which of the two.
   * @param device What was asked for.
   * @param suggestions Names that would be understood, nearest first.
   */
  constructor(
    code: "DEVICE_UNKNOWN" | "DEVICE_AMBIGUOUS",
    device: string,
    suggestions: readonly string[],
  ) {
    const state = code === "DEVICE_UNKNOWN"
      ? "canvoy has no flash geometry for it; the nearest it knows are"
      : "parts of this line differ, the name must say which flash size:";
    super(`Cannot find device "${device}": ${state} ${suggestions.join(", ")}`);
    this.code = code;
    this.device = device;
    this.suggestions = suggestions;
  }
}

/** `STM32` or not, line, pins and size or not, package and grade or not, bank mode or not. */
const NAME =
  /^(?:STM32)?([A-Z]\d[0-9A-Z]\d)(?:[A-Z]([4-9A-Z])(?:[A-Z]\w*)?)?(?:\/(SINGLE-BANK|DUAL-BANK))?$/;

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
 * @throws {DeviceNameError} If no row fits, or rows that differ; it suggests names.
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
  const match = NAME.exec(name.trim().toUpperCase());
  if (match === null) throw unknownDevice(name);
  const [, line, size, mode] = match;
  const rows = DEVICES.filter((row) =>
    row.part.startsWith(`STM32${line}x`) &&
    (size === undefined || row.part.endsWith(`x${size}`)) &&
    (mode === undefined || row.bankMode?.toUpperCase() === mode)
  );
  const smallest = rows[0];
  if (smallest === undefined) throw unknownDevice(name);
  if (!rows.every((row) => row.part === smallest.part || startsLike(row, smallest))) {
    throw new DeviceNameError("DEVICE_AMBIGUOUS", name, rows.map(deviceName));
  }
  return smallest;
}

/** Whether a plan for the smaller part can be carried out on the larger one too. */
function startsLike(larger: FlashGeometry, smaller: FlashGeometry): boolean {
  return larger.flashSizeBytes >= smaller.flashSizeBytes &&
    larger.banks.count === smaller.banks.count &&
    larger.eraseUnitRuns.length === smaller.eraseUnitRuns.length &&
    smaller.eraseUnitRuns.every((run, i) => {
      const other = larger.eraseUnitRuns[i]!;
      return other.sizeBytes === run.sizeBytes && other.count >= run.count;
    });
}

function unknownDevice(name: string): DeviceNameError {
  const wanted = name.trim().toUpperCase().replace(/^(?:STM32)?/, "STM32");
  const ranked = DEVICES
    .map((row) => ({
      name: deviceName(row),
      distance: editDistance(wanted.slice(0, 32), deviceName(row).toUpperCase()),
    }))
    .sort((left, right) => left.distance - right.distance);
  return new DeviceNameError(
    "DEVICE_UNKNOWN",
    name.slice(0, 64),
    ranked.slice(0, 3).map((entry) => entry.name),
  );
}
