import { parseBusUrl } from "../can/mod.ts";
import type { FleetLookups } from "../fleet/mod.ts";
import { checkMemoryLayout, geometryOf } from "../stm32/mod.ts";

/** What a fleet file's words mean to the layers that own them. */
export const FLEET_LOOKUPS: FleetLookups = {
  device: (name, declared) => ({ canFd: geometryOf(name, declared).can === "FDCAN" }),
  layout: (device, layout, declared) => checkMemoryLayout(layout, geometryOf(device, declared)),
  busUrl: (url) => void parseBusUrl(url),
};
