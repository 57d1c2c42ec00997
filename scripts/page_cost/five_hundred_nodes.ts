/** Five hundred virtual nodes on ten buses of 1 Mbit/s, all of which are full while they are written. */
import { copyFileSync, mkdirSync } from "node:fs";

const IMAGE = "images/f103_v2.hex";
const BUSES = 10;
const NODES_PER_BUS = 50;

/** How many nodes there are. */
export const NODES: number = BUSES * NODES_PER_BUS;

/**
 * Writes the fleet and its image into a folder.
 *
 * @param folder The folder.
 * @returns The fleet file.
 */
export function writeFiveHundredNodes(folder: string): string {
  mkdirSync(`${folder}/images`, { recursive: true });
  copyFileSync(new URL(`../../configs/${IMAGE}`, import.meta.url), `${folder}/${IMAGE}`);
  const numbers = Array.from({ length: BUSES }, (_, i) => i + 1);
  const path = `${folder}/hall.yaml`;
  Deno.writeTextFileSync(
    path,
    `buses:\n${numbers.map(bus).join("")}${SHARED}nodes:\n${numbers.map(nodes).join("")}`,
  );
  return path;
}

const SHARED = `images:
  valve: { file: ${IMAGE}, version: 2.0.0 }
defaults:
  device: STM32F103VE
  layout:
    bootloader: { start: 0x08000000, size: 16K }
    application: { start: 0x08004000, size: 496K }
  image: valve
  security: none
`;

function bus(number: number): string {
  return `  hall-${number}: { url: "virtual:hall-${number}", bitrate: 1000000 }\n`;
}

function nodes(number: number): string {
  return `  - name: valve-${number}-{i:2}\n    count: ${NODES_PER_BUS}\n    first: 1\n` +
    `    bus: hall-${number}\n    request: 0x100 + {i}\n    response: 0x180 + {i}\n`;
}
