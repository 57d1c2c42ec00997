import { VirtualFlash, type VirtualFlashOptions } from "../../../src/sim/mod.ts";
import { deviceName, findDevice, type FlashGeometry } from "../../../src/stm32/mod.ts";
import { DISTINCT_PARTS } from "../../support/distinct_parts.ts";

/** An unlocked flash. */
export function unlockedFlash(
  device: string,
  options: Partial<VirtualFlashOptions> = {},
): VirtualFlash {
  const flash = new VirtualFlash({ geometry: findDevice(device), seed: 1, ...options });
  flash.unlock();
  return flash;
}

/** One part for each way of programming that the tables know, and two sector layouts. */
export const PARTS_BY_RULE: readonly FlashGeometry[] = [
  ...new Map(DISTINCT_PARTS.map((geometry) => {
    const { unitBytes, hasEcc, secondProgram } = geometry.program;
    return [`${unitBytes} ${hasEcc} ${secondProgram} ${geometry.eraseUnitRuns.length}`, geometry];
  })).values(),
];

/** Its name, for names of tests. */
export function nameOf(geometry: FlashGeometry): string {
  return deviceName(geometry);
}

/** Bytes that count up from 1, never 0xFF and 0x00 throughout. */
export function counting(lengthBytes: number, first = 1): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, i) => (first + i) % 251 + 1);
}
