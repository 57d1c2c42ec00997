import { parseBusUrl } from "../can/mod.ts";
import type { FleetLookups } from "../fleet/mod.ts";
import { checkMemoryLayout, findDevice } from "../stm32/mod.ts";

/** What a fleet file's words mean to the layers that own them. */
export const FLEET_LOOKUPS: FleetLookups = {
  device: (name) => ({ canFd: findDevice(name).can === "FDCAN" }),
  layout: (device, layout) => checkMemoryLayout(layout, findDevice(device)),
  busUrl: (url) => void parseBusUrl(url),
};
