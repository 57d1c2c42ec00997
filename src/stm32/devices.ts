import { C0_DEVICES } from "./families/c0.ts";
import { F0_DEVICES } from "./families/f0.ts";
import { F1_DEVICES } from "./families/f1.ts";
import { F2_DEVICES } from "./families/f2.ts";
import { F3_DEVICES } from "./families/f3.ts";
import { F4_DEVICES } from "./families/f4.ts";
import { F7_DEVICES } from "./families/f7.ts";
import { G0_DEVICES } from "./families/g0.ts";
import { G4_DEVICES } from "./families/g4.ts";
import { H5_DEVICES } from "./families/h5.ts";
import { H7_DEVICES } from "./families/h7.ts";
import { L4_DEVICES } from "./families/l4.ts";
import { L5_DEVICES } from "./families/l5.ts";
import { U5_DEVICES } from "./families/u5.ts";
import type { FlashGeometry } from "./geometry.ts";

/**
 * Every part that canvoy knows, by family; of a part with two bank modes, the one it is shipped
 * in comes first.
 */
export const DEVICES: readonly FlashGeometry[] = [
  ...C0_DEVICES,
  ...F0_DEVICES,
  ...F1_DEVICES,
  ...F2_DEVICES,
  ...F3_DEVICES,
  ...F4_DEVICES,
  ...F7_DEVICES,
  ...G0_DEVICES,
  ...G4_DEVICES,
  ...H5_DEVICES,
  ...H7_DEVICES,
  ...L4_DEVICES,
  ...L5_DEVICES,
  ...U5_DEVICES,
];

/**
 * Names a row as `findDevice` understands it.
 *
 * @param geometry A row.
 * @returns Its name, unambiguous: `STM32F407xG`, `STM32G474xE/single-bank`.
 */
export function deviceName(geometry: FlashGeometry): string {
  return geometry.bankMode === undefined ? geometry.part : `${geometry.part}/${geometry.bankMode}`;
}
