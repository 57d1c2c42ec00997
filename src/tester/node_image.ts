import { defined } from "../core/mod.ts";
import { BundleError, componentFor, type Release, type ReleaseComponent } from "../bundle/mod.ts";
import type { Fleet, FleetFileNode, FleetNodeJob } from "../fleet/mod.ts";
import type { FirmwareImage } from "../image/mod.ts";
import type { OpaqueImage } from "../stm32/mod.ts";

/** What a node gets, wherever it comes from. */
export interface NodeImage {
  /** The image's name. */
  readonly name: string;
  /** Its bytes. */
  readonly image: FirmwareImage;
  /** What is stated of it where the bootloader alone understands it. */
  readonly opaque?: OpaqueImage;
  /** What the application calls itself once it runs. */
  readonly version?: string;
  /** The flash driver that goes to the node's RAM first. */
  readonly driver?: FirmwareImage;
  /** What it gets when this one does not come up. */
  readonly previous?: FirmwareImage;
  /** The release that it is part of. */
  readonly release?: NonNullable<FleetNodeJob["job"]["release"]>;
}

/**
 * Finds what the fleet file says that a node gets.
 *
 * @param fleet The fleet.
 * @param node One of its nodes.
 * @param image Gives an image by its name.
 * @returns The image.
 */
export function imageOfFile(
  fleet: Fleet,
  node: FleetFileNode,
  image: (name: string) => FirmwareImage,
): NodeImage {
  const { version, opaque } = fleet.images.get(node.image) ?? {};
  return {
    name: node.image,
    image: image(node.image),
    ...defined({ version, opaque }),
    ...(node.driver === undefined ? {} : { driver: image(node.driver) }),
  };
}

/**
 * Finds what a release has for a node: the component of its hardware.
 *
 * @param release The release, verified.
 * @param node The node.
 * @param allowDowngrade Whether a node that has a newer release gets this one all the same.
 * @returns The image.
 * @throws {BundleError} If the release has nothing for it.
 */
export function imageOfRelease(
  release: Release,
  node: FleetFileNode,
  allowDowngrade: boolean,
): NodeImage {
  const { name, version } = componentOf(release, node, { name: node.image });
  const driver = node.driver === undefined
    ? undefined
    : release.images.get(componentOf(release, node, { name: node.driver, isDriver: true }).name)!;
  return {
    name,
    image: release.images.get(name)!,
    ...defined({ version, driver }),
    release: { sequenceNumber: release.sequenceNumber, allowDowngrade },
  };
}

/**
 * Makes sure that what a component needs beside it is updated with it.
 *
 * @param release The release.
 * @param fleet The fleet.
 * @param nodes The nodes that are meant.
 * @throws {BundleError} If a node that is left out has what another's component needs.
 */
export function checkSelection(
  release: Release,
  fleet: Fleet,
  nodes: readonly FleetFileNode[],
): void {
  for (const node of nodes) {
    const { name, requires } = componentOf(release, node, { name: node.image });
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

/**
 * Makes sure that a fleet which takes signed releases only is given one.
 *
 * @param fleet The fleet.
 * @throws {BundleError} If it does.
 */
export function checkTakesFiles(fleet: Fleet): void {
  if (fleet.requireSignature === undefined) return;
  const state = `${fleet.file} takes signed bundles only`;
  throw new BundleError("BUNDLE_REQUIRED", `Cannot use images of files: ${state}`);
}

function componentOf(
  release: Release,
  node: FleetFileNode,
  wanted: { readonly name: string; readonly isDriver?: boolean },
): ReleaseComponent {
  const { hardware, part } = node;
  if (hardware === undefined) {
    throw new BundleError(
      "BUNDLE_HARDWARE_UNDECLARED",
      `Cannot use bundle: node "${node.name}" declares no hardware to compare it with`,
    );
  }
  return componentFor(release, { hardware, ...wanted, ...defined({ part }) });
}
