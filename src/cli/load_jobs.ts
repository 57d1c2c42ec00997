import type { Host } from "../adapters/mod.ts";
import { sha256 } from "../codec/mod.ts";
import {
  type Fleet,
  type FleetFileNode,
  type FleetNodeJob,
  readFleetFile,
  selectNodes,
} from "../fleet/mod.ts";
import { bytesAt, type FirmwareImage, imageSpan } from "../image/mod.ts";
import type { NamedDigest } from "../journal/mod.ts";
import {
  canSwapBanks,
  findDevice,
  type FlashPlan,
  planFlash,
  planInactiveBank,
} from "../stm32/mod.ts";
import {
  BundleError,
  componentFor,
  encodeImagePayload,
  type Release,
  type ReleaseComponent,
} from "../bundle/mod.ts";
import { type CommandArguments, optionList } from "./command_spec.ts";
import { FLEET_LOOKUPS } from "./fleet_lookups.ts";
import { imageFiles, imageReader } from "./image_files.ts";
import { openRelease } from "./open_release.ts";
import { UsageError } from "./usage_error.ts";

/** A fleet file with everything that it names, read and planned: nothing was sent yet. */
export interface LoadedFleet extends ReadFleet {
  /** What is to be done to each of them, in the same order. */
  readonly jobs: readonly FleetNodeJob[];
}

/** A fleet file, and the images that it names. */
export interface ReadFleet {
  /** The file's content. */
  readonly fleet: Fleet;
  /** The nodes that are meant. */
  readonly nodes: readonly FleetFileNode[];
  /** Gives an image by its name; read once. */
  readonly image: (name: string) => FirmwareImage;
  /** What was read so far. */
  readonly digests: LoadedDigests;
}

/** SHA-256 of the files that a fleet was read from. */
export interface LoadedDigests {
  /** The fleet file's. */
  readonly fleet: Uint8Array;
  /** Those of the images that were read, drivers too, by name. */
  readonly images: readonly NamedDigest[];
  /** What the signers of the release signed, where there is one. */
  readonly release?: Uint8Array;
}

/**
 * Reads the fleet file alone: images when they are asked for, and nothing is planned.
 *
 * @param path The fleet file.
 * @param args The command line: selection and images.
 * @param host The outside.
 * @returns The fleet.
 * @throws {CanvoyError} Whatever is wrong with file or selection.
 */
export function readFleet(path: string, args: CommandArguments, host: Host): ReadFleet {
  const bytes = host.readFile(path);
  const text = new TextDecoder().decode(bytes);
  const fleet = readFleetFile({ name: path, text }, FLEET_LOOKUPS);
  const nodes = selectNodes(fleet, {
    only: optionList(args, "only"),
    except: optionList(args, "except"),
  });
  const images: NamedDigest[] = [];
  const files = imageFiles(args, fleet, nodes, "image");
  const image = imageReader({ path, fleet, files, host, digests: images });
  return { fleet, nodes, image, digests: { fleet: sha256(bytes), images } };
}

/**
 * Reads the fleet file and all that it names, and plans every node.
 *
 * @param path The fleet file.
 * @param args The command line: selection and images.
 * @param host The outside.
 * @returns The fleet.
 * @throws {CanvoyError} Whatever is wrong with file, images or plans.
 */
export function loadFleet(path: string, args: CommandArguments, host: Host): LoadedFleet {
  const read = readFleet(path, args, host);
  const { fleet, nodes } = read;
  const files = imageFiles(args, fleet, nodes, "rollback-to");
  const digests: NamedDigest[] = [];
  const previous = imageReader({ path, fleet, files, host, digests, isPrevious: true });
  const jobs = nodes.map((node) => {
    const before = files.has(node.image) ? { previous: previous(node.image) } : {};
    return toJob(node, { ...imageOfFile(fleet, node, read.image), ...before });
  });
  return withJobs(read, jobs, [...read.digests.images, ...digests]);
}

/**
 * As {@linkcode loadFleet}, with the images of the bundle that the command line names: verified, and
 * for each node the component that is for its hardware.
 *
 * @param path The fleet file.
 * @param args The command line: `--bundle` and `--trust` too.
 * @param host The outside.
 * @returns The fleet.
 * @throws {CanvoyError} Also when the fleet takes signed bundles only and none is named.
 */
export async function loadSignedFleet(
  path: string,
  args: CommandArguments,
  host: Host,
): Promise<LoadedFleet> {
  const read = readFleet(path, args, host);
  const { fleet, nodes } = read;
  const trusted = await openRelease(args, host, fleet.requireSignature?.rootKeyIds);
  if (trusted === undefined) {
    if (fleet.requireSignature === undefined) return loadFleet(path, args, host);
    const state = `${fleet.file} takes signed bundles only`;
    throw new BundleError("BUNDLE_REQUIRED", `Cannot use images of files: ${state}`);
  }
  for (const option of ["image", "rollback-to"]) {
    if (!args.values.has(option)) continue;
    throw new UsageError(args.command, `--${option} and --bundle do not go together`);
  }
  const { release, digest } = trusted;
  checkSelection(release, fleet, nodes);
  const allowDowngrade = args.flags.has("allow-downgrade");
  const jobs = nodes.map((node) => toJob(node, imageOfRelease(release, node, allowDowngrade)));
  const images = [...release.images].map(([name, image]) => ({
    name,
    sha256: sha256(encodeImagePayload(image)),
  }));
  return withJobs({ ...read, digests: { ...read.digests, release: digest } }, jobs, images);
}

/** The images of the jobs alone: later those of virtual nodes are read too. */
function withJobs(
  read: ReadFleet,
  jobs: readonly FleetNodeJob[],
  images: readonly NamedDigest[],
): LoadedFleet {
  return { ...read, jobs, digests: { ...read.digests, images: [...images] } };
}

/** What a node gets, wherever it comes from. */
interface NodeImage {
  readonly name: string;
  readonly image: FirmwareImage;
  readonly version?: string;
  readonly driver?: FirmwareImage;
  /** What it gets when this one does not come up. */
  readonly previous?: FirmwareImage;
  readonly release?: NonNullable<FleetNodeJob["job"]["release"]>;
}

function imageOfFile(
  fleet: Fleet,
  node: FleetFileNode,
  image: (name: string) => FirmwareImage,
): NodeImage {
  const version = fleet.images.get(node.image)?.version;
  return {
    name: node.image,
    image: image(node.image),
    ...(version === undefined ? {} : { version }),
    ...(node.driver === undefined ? {} : { driver: image(node.driver) }),
  };
}

function imageOfRelease(
  release: Release,
  node: FleetFileNode,
  allowDowngrade: boolean,
): NodeImage {
  const { name, version } = componentOf(release, node, node.image);
  const driver = node.driver === undefined
    ? undefined
    : release.images.get(componentOf(release, node, node.driver).name)!;
  return {
    name,
    image: release.images.get(name)!,
    ...(version === undefined ? {} : { version }),
    ...(driver === undefined ? {} : { driver }),
    release: { sequenceNumber: release.sequenceNumber, allowDowngrade },
  };
}

function componentOf(release: Release, node: FleetFileNode, name: string): ReleaseComponent {
  const { hardware, part } = node;
  if (hardware === undefined) {
    throw new BundleError(
      "BUNDLE_HARDWARE_UNDECLARED",
      `Cannot use bundle: node "${node.name}" declares no hardware to compare it with`,
    );
  }
  return componentFor(release, { hardware, name, ...(part === undefined ? {} : { part }) });
}

/** What a component needs beside it must be updated with it. */
function checkSelection(
  release: Release,
  fleet: Fleet,
  nodes: readonly FleetFileNode[],
): void {
  for (const node of nodes) {
    const { name, requires } = componentOf(release, node, node.image);
    const needed = new Set(requires.map((required) => required.name));
    const left = fleet.nodes.find((other) => needed.has(other.image) && !nodes.includes(other));
    if (left === undefined) continue;
    throw new BundleError(
      "BUNDLE_DEPENDENCY",
      `Cannot use bundle: "${name}" on ${node.name} needs "${left.image}", ` +
        `but ${left.name} is not selected`,
    );
  }
}

function toJob(node: FleetFileNode, given: NodeImage): FleetNodeJob {
  const { name, bus, device, profile, hardware, part, blockNumber, fingerprint } = node;
  const { version, driver, release, previous } = given;
  const geometry = findDevice(device);
  const planOf = (image: FirmwareImage, what: string): FlashPlan =>
    planFlash({ image, geometry, layout: node.layout }, {
      title: `${what} ${given.name} of ${name}`,
    });
  const plan = planOf(given.image, "image");
  const isExchanged = profile.banks !== undefined && canSwapBanks(geometry);
  return {
    name,
    bus,
    device,
    image: given.name,
    job: {
      plan,
      ...(isExchanged ? { inactivePlan: planInactiveBank(plan) } : {}),
      ...(previous === undefined || isExchanged
        ? {}
        : { rollbackPlan: planOf(previous, "image to roll back to for") }),
      profile,
      blockNumber,
      fingerprint,
      ...(hardware === undefined ? {} : { expectedHardware: hardware }),
      ...(version === undefined ? {} : { expectedVersion: version }),
      ...(part === undefined ? {} : { expectedPart: part }),
      ...(driver === undefined ? {} : { driver: toDriver(driver) }),
      ...(release === undefined ? {} : { release }),
    },
  };
}

function toDriver(image: FirmwareImage): { readonly address: number; readonly data: Uint8Array } {
  const { start, end } = imageSpan(image);
  return { address: start, data: bytesAt(image, start, end - start)! };
}
