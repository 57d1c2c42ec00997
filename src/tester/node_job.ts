import { defined } from "../core/mod.ts";
import type { FleetFileNode, FleetNodeJob } from "../fleet/mod.ts";
import { bytesAt, type FirmwareImage, imageSpan } from "../image/mod.ts";
import { opaqueProfile } from "../update/mod.ts";
import type { NodeImage } from "./node_image.ts";
import { nodePlans } from "./node_plans.ts";

/**
 * Plans what is to be done to a node; sends nothing.
 *
 * @param node The node.
 * @param given What it gets.
 * @returns Its job.
 * @throws {FlashPlanError} If the image does not fit it.
 */
export function planNodeJob(node: FleetFileNode, given: NodeImage): FleetNodeJob {
  const { name, bus, device, hardware, part, blockNumber, fingerprint } = node;
  const { version, driver, release, opaque } = given;
  const profile = opaque === undefined ? node.profile : opaqueProfile(node.profile);
  return {
    name,
    bus,
    device,
    image: given.name,
    job: {
      ...nodePlans(node, given),
      profile,
      blockNumber,
      fingerprint,
      ...defined({ expectedHardware: hardware, expectedVersion: version, expectedPart: part }),
      ...(driver === undefined ? {} : { driver: toDriver(driver) }),
      ...defined({ release }),
    },
  };
}

function toDriver(image: FirmwareImage): { readonly address: number; readonly data: Uint8Array } {
  const { start, end } = imageSpan(image);
  return { address: start, data: bytesAt(image, start, end - start)! };
}
