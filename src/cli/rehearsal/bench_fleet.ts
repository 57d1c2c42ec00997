import { Prng } from "../../core/mod.ts";
import type { Fleet, FleetFileNode, FleetLayout } from "../../fleet/mod.ts";
import { createImage, type FirmwareImage } from "../../image/mod.ts";
import { CHECKSUM_KEY_LEVEL, type NodeStep, type UpdateProfile } from "../../update/mod.ts";

const BUS = "bench";
const IMAGE = "generated";
const DRIVER = "driver";
const VERSION = "2.0.0";

/** A part with one bank, and one whose banks can be exchanged. */
const PARTS = { one: "STM32F407VG", two: "STM32F429ZI" } as const;
const LAYOUT: FleetLayout = {
  bootloader: { start: 0x0800_0000, end: 0x0800_8000 },
  application: { start: 0x0800_8000, end: 0x080E_0000 },
  configuration: [],
};
/** Two erase units of 16 KiB, the second one in part. */
const IMAGE_BYTES = 24 * 1024;
const DRIVER_ADDRESS = 0x2000_0010;
const DRIVER_BYTES = 700;
const FINGERPRINT_BYTES = 6;
/** Within the SRAM of every part. */
const STACK_END = 0x2000_1000;
const VECTOR_COUNT = 98;
const CODE_OFFSET = 0x200;

/**
 * Makes a fleet of one node for a profile: a bench that no file describes.
 *
 * @param file The profile's file.
 * @param profile The profile.
 * @returns The fleet.
 */
export function benchFleet(file: string, profile: UpdateProfile): Fleet {
  const id = (number: number): { readonly id: number; readonly extended: boolean } => ({
    id: number,
    extended: false,
  });
  const bitRates = { bitrateBps: 500_000 };
  const functional = { mode: "normal", tx: id(0x7DF), rx: id(0x7DF) } as const;
  const node: FleetFileNode = {
    name: "node",
    bus: BUS,
    addressing: { mode: "normal", tx: id(0x7E0), rx: id(0x7E8) },
    ...(stepsOf(profile).some(({ kind }) => kind === "talkTo")
      ? { bootloaderAddressing: { mode: "normal", tx: id(0x7E1), rx: id(0x7E9) } }
      : {}),
    frameFormat: { txDlBytes: 8, fd: false, bitRateSwitch: false, padding: 0xCC },
    device: profile.banks === undefined ? PARTS.one : PARTS.two,
    layout: LAYOUT,
    image: IMAGE,
    profile,
    security: [...levelsOf(profile), ...sumLevels(profile)].map((level) => ({
      level,
      key: { kind: "xor", mask: Uint8Array.of(0xA5, 0x5A) },
    })),
    blockNumber: 1,
    fingerprint: new Prng(1).bytes(fingerprintBytes(profile)),
    ...(profile.driver === undefined ? {} : { driver: DRIVER }),
    groups: [],
    sim: { behaviour: {} },
  };
  const images = [{ name: IMAGE, path: IMAGE, version: VERSION }, { name: DRIVER, path: DRIVER }];
  return {
    file,
    buses: new Map([[BUS, {
      ...{ name: BUS, url: `virtual:${BUS}`, bitRates, functional },
      ...{ group: id(0x7FF), faults: {} },
    }]]),
    images: new Map(images.map((image) => [image.name, image])),
    nodes: [node],
  };
}

/**
 * Gives images that no file holds: a vector table and bytes behind it for a node, bytes alone for a
 * flash driver.
 *
 * @param node The node.
 * @returns Gives an image by its name.
 */
export function generatedImages(node: FleetFileNode): (name: string) => FirmwareImage {
  const { application, applicationHeader } = node.layout;
  const start = application.start;
  const data = new Prng(start).bytes(
    Math.min(IMAGE_BYTES, application.end - start),
  );
  const view = new DataView(data.buffer, data.byteOffset + (applicationHeader?.sizeBytes ?? 0));
  const tableAt = start + (applicationHeader?.sizeBytes ?? 0);
  view.setUint32(0, STACK_END, true);
  for (let i = 1; i < VECTOR_COUNT; i++) {
    view.setUint32(4 * i, tableAt + CODE_OFFSET + 4 * i + 1, true);
  }
  const image = createImage([{ address: start, data }]);
  const driver = createImage([{ address: DRIVER_ADDRESS, data: new Prng(7).bytes(DRIVER_BYTES) }]);
  return (name) => name === node.driver ? driver : image;
}

/** A key for checksums that take one; it is asked for by a level of its own. */
function sumLevels({ check, download }: UpdateProfile): readonly number[] {
  const isKeyed = [check?.algorithm, download.exitAlgorithm]
    .some((one) => typeof one === "object" && "keyed" in one);
  return isKeyed ? [CHECKSUM_KEY_LEVEL] : [];
}

function levelsOf(profile: UpdateProfile): readonly number[] {
  const levels = stepsOf(profile).flatMap((step) =>
    step.kind === "securityAccess" ? [step.level] : []
  );
  return [...new Set(levels)];
}

function fingerprintBytes(profile: UpdateProfile): number {
  const parts = stepsOf(profile).flatMap((step) =>
    step.kind === "request"
      ? step.request.parts
      : step.kind === "securityAccess"
      ? step.seedRequest?.parts ?? []
      : []
  );
  const field = parts.find((part) => part.kind === "field" && part.name === "fingerprint");
  return field?.kind === "field" ? field.sizeBytes ?? FINGERPRINT_BYTES : FINGERPRINT_BYTES;
}

function stepsOf({ enter, finish }: UpdateProfile): readonly NodeStep[] {
  return [...enter, ...finish];
}
