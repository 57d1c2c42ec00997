import { defined } from "../core/mod.ts";
import type { DeviceDocument } from "./_device_schema.ts";
import type { IssueList } from "./_issue_list.ts";
import { attempt } from "./_resolve_buses.ts";
import { sizeBytes } from "./_size_text.ts";
import type { DeclaredDevice } from "../stm32/mod.ts";
import type { FleetDocument } from "./fleet_schema.ts";

const FLASH_START = 0x0800_0000;

/**
 * Reads the devices that a file declares, and has them checked, used or not.
 *
 * @param document The file.
 * @param check Throws a `CanvoyError` when the figures of a device do not fit together.
 * @param issues Takes their mistakes.
 * @returns The devices by name; those with mistakes are not among them.
 */
export function resolveDevices(
  document: FleetDocument,
  check: (device: DeclaredDevice) => void,
  issues: IssueList,
): ReadonlyMap<string, DeclaredDevice> {
  const devices = new Map<string, DeclaredDevice>();
  for (const [name, written] of Object.entries(document.devices ?? {})) {
    const device = toDevice(name, written);
    const before = issues.count;
    attempt(() => check(device), (message) => issues.report(["devices", name], message));
    if (issues.count === before) devices.set(name, device);
  }
  return devices;
}

function toDevice(name: string, written: DeviceDocument): DeclaredDevice {
  const { core, can, flash = FLASH_START, erase, program, ecc, erased = 0xFF } = written;
  const banks = typeof written.banks === "object" ? written.banks : { count: written.banks ?? 1 };
  return {
    name,
    core,
    can,
    flashStart: flash,
    eraseUnits: erase.map(({ size, count, ...times }) => ({
      sizeBytes: sizeBytes(size),
      count,
      ...times,
    })),
    programUnitBytes: program,
    hasEcc: ecc,
    erasedValue: erased,
    ram: written.ram.map(({ start, size }) => ({ start, end: start + sizeBytes(size) })),
    vectorCount: written.vectors,
    bankCount: banks.count,
    ...defined({
      secondBankStart: "second" in banks ? banks.second : undefined,
      swappedBy: "swappedBy" in banks ? banks.swappedBy : undefined,
    }),
  };
}
