import type { FleetFileNode, FleetNodeJob } from "../fleet/mod.ts";
import { bytesAt, type FirmwareImage, imageSpan } from "../image/mod.ts";
import {
  canSwapBanks,
  findDevice,
  type FlashPlan,
  planFlash,
  planInactiveBank,
} from "../stm32/mod.ts";
import type { NodeImage } from "./node_image.ts";

/**
 * Plans what is to be done to a node; sends nothing.
 *
 * @param node The node.
 * @param given What it gets.
 * @returns Its job.
 * @throws {FlashPlanError} If the image does not fit it.
 */
export function planNodeJob(node: FleetFileNode, given: NodeImage): FleetNodeJob {
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
