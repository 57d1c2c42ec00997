import { hex } from "../../core/mod.ts";
import { eraseUnits, findDevice, type FlashGeometry } from "../../stm32/mod.ts";
import type { FoundNode } from "./sweep.ts";
import type { ScannedIdentity } from "./identify_node.ts";

/** A node that answered, and what it told. */
export interface ScannedNode extends FoundNode {
  /** What it is. */
  readonly identity: ScannedIdentity;
  /** What shows that two nodes answer on these identifiers; absent where one explains all. */
  readonly twins?: string;
}

const COLUMNS = [
  ["REQUEST", (node: ScannedNode) => formatId(node.tx)],
  ["RESPONSE", (node: ScannedNode) => formatId(node.rx)],
  ["PART", ({ identity }: ScannedNode) => identity.partNumber ?? "-"],
  ["HARDWARE", ({ identity }: ScannedNode) => identity.hardware ?? "-"],
  ["SOFTWARE", ({ identity }: ScannedNode) => identity.version ?? identity.software ?? "-"],
  ["BOOTLOADER", ({ identity }: ScannedNode) => identity.bootloader ?? "-"],
  ["SERIAL", ({ identity }: ScannedNode) => identity.serial ?? "-"],
] as const;

/**
 * Shows nodes as a table.
 *
 * @param nodes The nodes.
 * @returns The lines, the first of them the columns' names.
 */
export function scanTable(nodes: readonly ScannedNode[]): readonly string[] {
  const rows = [COLUMNS.map(([name]) => name as string), ...nodes.map(cellsOf)];
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd());
}

/**
 * Tells of identifiers on which two nodes answer.
 *
 * @param nodes The nodes.
 * @returns Lines; none where there are no such.
 */
export function scanTwinLines(nodes: readonly ScannedNode[]): readonly string[] {
  return nodes.flatMap(({ tx, rx, twins }) =>
    twins === undefined ? [] : [`two nodes answer on ${formatId(tx)}/${formatId(rx)}: ${twins}`]
  );
}

function cellsOf(node: ScannedNode): string[] {
  return COLUMNS.map(([, cell]) => cell(node));
}

/**
 * Formats an identifier as fleet files take it.
 *
 * @param canId The identifier.
 * @returns Three digits, or eight for 29 bits.
 */
export function formatId({ id, extended }: FoundNode["tx"]): string {
  return hex(id, extended ? 8 : 3);
}

/**
 * Writes a fleet file to start from: what a scan cannot know is marked MEND.
 *
 * @param nodes The nodes.
 * @param bus Where they are.
 * @returns The file's text.
 */
export function scanFleetText(
  nodes: readonly ScannedNode[],
  bus: { readonly url: string; readonly bitrateBps?: number; readonly dataBitrateBps?: number },
): string {
  return [
    "# Written by canvoy scan. Mend what is marked MEND: a scan sees neither flash layout nor image.",
    "",
    "buses:",
    "  bus:",
    `    url: ${JSON.stringify(bus.url)}`,
    ...(bus.bitrateBps === undefined ? [] : [`    bitrate: ${bus.bitrateBps}`]),
    ...(bus.dataBitrateBps === undefined ? [] : [`    dataBitrate: ${bus.dataBitrateBps}`]),
    "",
    "images:",
    "  app: app.hex # MEND: the firmware file, beneath this folder",
    "",
    "nodes:",
    ...nodes.flatMap(nodeText),
    "",
  ].join("\n");
}

function nodeText(node: ScannedNode, i: number): readonly string[] {
  const { hardware, version, bootloader } = node.identity;
  const told = [
    ...(version === undefined ? [] : [`software ${version}`]),
    ...(bootloader === undefined ? [] : [`bootloader ${bootloader}`]),
  ].join(", ");
  const geometry = hardware === undefined ? undefined : geometryNamed(hardware);
  const device = geometry === undefined ? "STM32F407VG # MEND: its part" : `${hardware} # MEND?`;
  return [
    `  - name: node-${i + 1}${told === "" ? "" : ` # ${told}`}`,
    "    bus: bus",
    ...(node.tx.extended ? ["    idBits: 29"] : []),
    `    request: ${formatId(node.tx)}`,
    `    response: ${formatId(node.rx)}`,
    `    device: ${device}`,
    ...(hardware === undefined ? [] : [`    hardware: ${JSON.stringify(hardware)}`]),
    "    layout: # MEND: as its bootloader divides the flash",
    ...layoutText(geometry ?? findDevice("STM32F407VG")),
    "    image: app",
    "    security: none # MEND: the key source, where its bootloader wants a key",
  ];
}

/** What many bootloaders keep for themselves, in bytes. */
const BOOTLOADER_BYTES = 32 * 1024;

function layoutText(geometry: FlashGeometry): readonly string[] {
  const units = eraseUnits(geometry);
  const { start } = units[0]!;
  const { end } = units.at(-1)!;
  const border = units.find((unit) => unit.end - start >= BOOTLOADER_BYTES)!.end;
  return [
    `      bootloader: { start: ${hex(start, 8)}, size: ${border - start} }`,
    `      application: { start: ${hex(border, 8)}, size: ${end - border} }`,
  ];
}

function geometryNamed(hardware: string): FlashGeometry | undefined {
  try {
    return findDevice(hardware);
  } catch {
    return undefined;
  }
}
