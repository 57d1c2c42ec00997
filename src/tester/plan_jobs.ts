import type { Release } from "../bundle/mod.ts";
import { defined } from "../core/mod.ts";
import type { Fleet, FleetFileNode, FleetNodeJob } from "../fleet/mod.ts";
import type { FirmwareImage } from "../image/mod.ts";
import { checkSelection, imageOfFile, imageOfRelease } from "./node_image.ts";
import { planNodeJob } from "./node_job.ts";

/**
 * Plans what is to be done to nodes that get the fleet file's images; sends nothing.
 *
 * @param fleet The fleet.
 * @param nodes The nodes that are meant.
 * @param images Gives images by their names: what a node gets, and, where there is one, what it is
 * given when that does not come up.
 * @returns Their jobs, in the same order.
 * @throws {FlashPlanError} If an image does not fit a node.
 */
export function planFromFiles(
  fleet: Fleet,
  nodes: readonly FleetFileNode[],
  images: {
    readonly image: (name: string) => FirmwareImage;
    readonly previous?: (name: string) => FirmwareImage | undefined;
  },
): readonly FleetNodeJob[] {
  return nodes.map((node) =>
    planNodeJob(node, {
      ...imageOfFile(fleet, node, images.image),
      ...defined({ previous: images.previous?.(node.image) }),
    })
  );
}

/**
 * Plans what is to be done to nodes that get their component of a release; sends nothing.
 *
 * @param fleet The fleet.
 * @param nodes The nodes that are meant.
 * @param given The release, verified, and whether a node that has a newer one gets it all the same.
 * @returns Their jobs, in the same order.
 * @throws {BundleError} If the release has nothing for a node, or a node that is left out has what
 * another's component needs.
 * @throws {FlashPlanError} If an image does not fit a node.
 */
export function planFromRelease(
  fleet: Fleet,
  nodes: readonly FleetFileNode[],
  given: { readonly release: Release; readonly allowDowngrade?: boolean },
): readonly FleetNodeJob[] {
  const { release, allowDowngrade = false } = given;
  checkSelection(release, fleet, nodes);
  return nodes.map((node) =>
    planNodeJob(node, {
      ...imageOfRelease(release, node, allowDowngrade),
      // A bundle holds its bytes; what they are is said by the fleet file.
      ...defined({ opaque: fleet.images.get(node.image)?.opaque }),
    })
  );
}
