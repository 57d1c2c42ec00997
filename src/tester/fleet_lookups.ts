import { parseBusUrl } from "../can/mod.ts";
import type { FleetLookups } from "../fleet/mod.ts";
import { checkMemoryLayout, deviceName, geometryOf, MemoryLayoutError } from "../stm32/mod.ts";

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
      return error.problems.map(({ region, reason }) => ({
        region,
        message: `Cannot use memory layout on ${deviceName(geometry)}: ${reason}`,
      }));
    }
  },
  busUrl: (url) => void parseBusUrl(url),
};
