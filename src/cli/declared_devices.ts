import type { FleetNodeJob } from "../fleet/mod.ts";
import { deviceName, findDevice, type FlashGeometry, inactiveBank } from "../stm32/mod.ts";
import { type DeviceFields, deviceFields, deviceLines } from "./device_text.ts";

/** A part whose figures are the user's own. */
export interface DeclaredDeviceText {
  /** Its figures, for `--json`. */
  readonly fields: DeviceFields;
  /** One line for people. */
  readonly text: string;
}

/**
 * Tells which parts a plan rests on that the fleet file itself declares.
 *
 * @param jobs The plan.
 * @returns Each such part once.
 */
export function declaredDevices(jobs: readonly FleetNodeJob[]): readonly DeclaredDeviceText[] {
  const geometries = new Map(
    jobs.map(({ job }) => job.plan.geometry)
      .filter(({ isDeclared }) => isDeclared)
      .map((geometry) => [geometry.part, geometry]),
  );
  return [...geometries.values()].map((geometry) => {
    const second = geometry.banks.count === 1
      ? undefined
      : inactiveBank(geometry, false).range.start;
    const [line = ""] = deviceLines([geometry]);
    return {
      fields: deviceFields(geometry, second),
      text: `${line}  your own figures, declared under devices:${instead(geometry)}`,
    };
  });
}

/** Whoever declares a part that canvoy knows is told so. */
function instead({ part }: FlashGeometry): string {
  try {
    return `, in place of canvoy's own of ${deviceName(findDevice(part))}`;
  } catch {
    return "";
  }
}
