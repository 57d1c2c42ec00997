import { parseBusUrl } from "../can/mod.ts";
import { hex } from "../core/mod.ts";
import type { FleetLookups } from "../fleet/mod.ts";
import {
  checkMemoryLayout,
  deviceName,
  eraseUnits,
  type FlashGeometry,
  geometryOf,
  type LayoutProblem,
  type MemoryLayout,
  MemoryLayoutError,
} from "../stm32/mod.ts";

/** What a fleet file's words mean to the layers that own them. */
export const FLEET_LOOKUPS: FleetLookups = {
  device: (name, declared) => ({ canFd: geometryOf(name, declared).can === "FDCAN" }),
  layout: (device, layout, declared) => {
    const geometry = geometryOf(device, declared);
    try {
      checkMemoryLayout(layout, geometry);
      return [];
    } catch (error) {
      if (!(error instanceof MemoryLayoutError)) throw error;
      return error.problems.map(({ region, code, reason }) => ({
        region: code === "LAYOUT_OVERLAP" && region === "bootloader" ? "application" : region,
        message: `Cannot use memory layout on ${deviceName(geometry)}: ${reason}` +
          meantLayout(code, region, layout, geometry),
      }));
    }
  },
  busUrl: (url) => void parseBusUrl(url),
};

/** The border that was probably meant: the bootloader's end, or the end of flash. */
function meantLayout(
  code: LayoutProblem["code"],
  region: string,
  { bootloader, application }: MemoryLayout,
  geometry: FlashGeometry,
): string {
  const { flashStart, flashSizeBytes } = geometry;
  const isOverlap = code === "LAYOUT_OVERLAP" && application.start > bootloader.start;
  if (isOverlap && bootloader.end < application.end) {
    return `; did you mean start: ${hex(bootloader.end, 8)}?`;
  }
  const flashEnd = flashStart + flashSizeBytes;
  const { start } = application;
  const isTooLong = code === "LAYOUT_OUTSIDE_FLASH" && region === "application" &&
    (flashEnd - start) % 1024 === 0 && eraseUnits(geometry).some((unit) => unit.start === start);
  return isTooLong ? `; did you mean size: ${(flashEnd - start) / 1024}K?` : "";
}
