import type { FlashGeometry } from "./geometry.ts";
import { F4_DEVICES } from "./families/f4.ts";
import { G4_DEVICES } from "./families/g4.ts";

/** Every part that canvoy knows. */
export const DEVICES: readonly FlashGeometry[] = [...F4_DEVICES, ...G4_DEVICES];
