import { CanvoyError } from "../core/mod.ts";
import { DEVICES } from "./devices.ts";
import type { FlashGeometry } from "./geometry.ts";

/** A part that no geometry row describes. */
export class UnknownDeviceError extends CanvoyError {
  override readonly code = "DEVICE_UNKNOWN";
  /** What was asked for. */
  readonly device: string;

  /** @param device What was asked for. */
  constructor(device: string) {
    super(`Cannot find device "${device}": not known`);
    this.device = device;
  }
}

/**
 * @param name A part name as integrators write it: `STM32F407VGT6`, `stm32f407vg`, `F407`.
 * @returns Its row.
 * @throws {UnknownDeviceError} If no row describes it.
 */
export function findDevice(name: string): FlashGeometry {
  const match = /^(?:STM32)?([A-Z]\d[0-9A-Z]\d)(?:[A-Z]([A-Z0-9]).*)?$/i.exec(name.trim());
  const line = match?.[1]?.toUpperCase();
  const size = match?.[2]?.toUpperCase();
  const row = DEVICES.find((d) =>
    d.part.slice(5, 9) === line && (size === undefined || d.part.endsWith(`x${size}`))
  );
  if (row === undefined) throw new UnknownDeviceError(name);
  return row;
}
