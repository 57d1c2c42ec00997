import { type AddressRange, rangeSizeBytes } from "../core/mod.ts";
import type { FlashGeometry } from "./geometry.ts";

/** Which time of the datasheet: what is usual, or what is allowed for. */
export type TimeBound = "typical" | "max";

/**
 * How long erasing takes, one unit after the other.
 *
 * @param geometry The part.
 * @param units The erase units, for example those of a segment.
 * @param bound Which time.
 * @returns The time, in ms.
 * @throws {RangeError} If a unit has a size that the part has not.
 */
export function eraseTimeMs(
  geometry: FlashGeometry,
  units: readonly AddressRange[],
  bound: TimeBound,
): number {
  let timeMs = 0;
  for (const unit of units) {
    const sizeBytes = rangeSizeBytes(unit);
    const time = geometry.eraseTimes.find((entry) => entry.sizeBytes === sizeBytes);
    if (time === undefined) {
      throw new RangeError(`Cannot time an erase unit of ${sizeBytes} bytes: not of this part`);
    }
    timeMs += bound === "typical" ? time.typicalMs : time.maxMs;
  }
  return timeMs;
}

/**
 * How long programming takes, one program unit after the other.
 *
 * @param geometry The part.
 * @param lengthBytes How many bytes; a unit begun counts whole.
 * @param bound Which time.
 * @returns The time, in ms.
 */
export function programTimeMs(
  geometry: FlashGeometry,
  lengthBytes: number,
  bound: TimeBound,
): number {
  const { unitBytes, typicalUs, maxUs } = geometry.program;
  return Math.ceil(lengthBytes / unitBytes) * (bound === "typical" ? typicalUs : maxUs) / 1000;
}
