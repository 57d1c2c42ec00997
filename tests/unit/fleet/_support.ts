import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { type Fleet, FleetFileError, readFleetFile } from "../../../src/fleet/mod.ts";

/** Reads a fleet file's text as the command line does. */
export function read(text: string): Fleet {
  return readFleetFile({ name: "fleet.yaml", text }, FLEET_LOOKUPS);
}

/** The mistakes of a text, as `line:column: path: message`; empty where there are none. */
export function mistakes(text: string): readonly string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (!(error instanceof FleetFileError)) throw error;
    return error.message.split("\n").slice(1).map((line) => line.replace("fleet.yaml:", ""));
  }
}

/** A good file of one node; each option replaces a line, or adds to the node or the file. */
export function fleetText(
  change: {
    readonly bus?: string;
    readonly image?: string;
    readonly node?: string;
    readonly device?: string;
    readonly layout?: string;
    readonly security?: string;
    readonly ids?: string;
    readonly file?: string;
  } = {},
): string {
  const lines = [
    `buses: { can: ${change.bus ?? '{ url: "virtual:can" }'} }`,
    `images: { app: ${change.image ?? "app.hex"} }`,
    "layouts:",
    "  f407:",
    "    bootloader: { start: 0x08000000, size: 32K }",
    "    application: { start: 0x08008000, size: 480K }",
    "nodes:",
    "  - name: one",
    "    bus: can",
    `    ${change.ids ?? "request: 0x7E0"}`,
    change.ids === undefined ? "    response: 0x7E8" : "",
    `    device: ${change.device ?? "STM32F407VG"}`,
    `    layout: ${change.layout ?? "f407"}`,
    "    image: app",
    `    security: ${change.security ?? "none"}`,
    `${change.node === undefined ? "" : `    ${change.node}`}`,
    change.file ?? "",
  ];
  return lines.join("\n") + "\n";
}
