/** A hall of sixty virtual nodes on two buses, some of them broken on purpose. */
import { copyFileSync, mkdirSync } from "node:fs";

const CONFIGS = new URL("../../configs/", import.meta.url);
const IMAGES = ["f103_v2.hex", "f407_v2.hex", "f407_v1.elf"];

/** What is wrong with which nodes, by name. */
const FAULTS: Readonly<Record<string, string>> = {
  "valve-05": "sim: { behaviour: { isDead: true } }",
  "valve-11": "sim: { flashFaults: { failEraseRatio: 1 } }",
  "valve-17": "sim: { hardware: VALVE-103-A }",
  "valve-23": "sim: { faults: { lossRatio: 0.02 } }",
  "drive-04": "sim: { behaviour: { powerLossAtOperation: 40, powerLossMs: 400 } }",
  "drive-09": "sim: { behaviour: { unansweredServices: [0x36] } }",
  "drive-13": "sim: { behaviour: { flashTimeScale: 3, flashTimeBound: max } }",
};

/**
 * Writes the fleet and its images into a folder.
 *
 * @param folder The folder.
 * @returns The fleet file.
 */
export function writeSixtyNodes(folder: string): string {
  mkdirSync(`${folder}/images`, { recursive: true });
  for (const image of IMAGES) {
    copyFileSync(new URL(`images/${image}`, CONFIGS), `${folder}/images/${image}`);
  }
  const nodes = [
    ...Array.from({ length: 40 }, (_, i) => valve(i + 1)),
    ...Array.from({ length: 20 }, (_, i) => drive(i + 1)),
  ];
  Deno.writeTextFileSync(`${folder}/hall.yaml`, HEAD + nodes.join(""));
  return `${folder}/hall.yaml`;
}

const HEAD = `buses:
  hall-a: { url: "virtual:hall-a", bitrate: 1000000, sim: { faults: { lossRatio: 0.0003 } } }
  hall-b: { url: "virtual:hall-b", bitrate: 1000000, sim: { faults: { lossRatio: 0.0003 } } }
images:
  valve: { file: images/f103_v2.hex, version: 2.0.0 }
  drive: { file: images/f407_v2.hex, version: 2.0.0 }
  drive-old: { file: images/f407_v1.elf, version: 1.4.2 }
templates:
  valve:
    bus: hall-a
    device: STM32F103VE
    layout:
      bootloader: { start: 0x08000000, size: 16K }
      application: { start: 0x08004000, size: 494K }
    image: valve
    hardware: VALVE-103-B
    security: { xor: "A5 5A 12 34" }
  drive:
    bus: hall-b
    device: STM32F407VG
    layout:
      bootloader: { start: 0x08000000, size: 32K }
      application: { start: 0x08008000, size: 864K }
    image: drive
    security: { xor: "7B 1E 90 C4" }
    sim: { image: drive-old }
nodes:
`;

function valve(number: number): string {
  return node("valve", number, 0x600 + number, 0x580 + number);
}

function drive(number: number): string {
  return node("drive", number, 0x660 + number, 0x5D0 + number);
}

function node(template: string, number: number, request: number, response: number): string {
  const name = `${template}-${String(number).padStart(2, "0")}`;
  const faults = FAULTS[name] ?? "";
  return `  - name: ${name}\n    template: ${template}\n    request: ${request}\n` +
    `    response: ${response}\n${faults === "" ? "" : `    ${faults}\n`}`;
}
