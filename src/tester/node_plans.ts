import { CanvoyError, defined } from "../core/mod.ts";
import type { FleetFileNode, FleetNodeJob } from "../fleet/mod.ts";
import type { FirmwareImage } from "../image/mod.ts";
import {
  canSwapBanks,
  type FlashGeometry,
  type FlashPlan,
  geometryOf,
  planFlash,
  planInactiveBank,
  planOpaque,
  singleBankMode,
} from "../stm32/mod.ts";
import { segmentForProfile } from "../update/mod.ts";
import type { NodeImage } from "./node_image.ts";

/** The plans of a job. */
type NodePlans = Pick<
  FleetNodeJob["job"],
  "plan" | "inactivePlan" | "singleBankPlan" | "rollbackPlan"
>;

/**
 * Plans what is erased and written on a node, in the segments that its profile can handle: in place, or in the bank that does not run, where its
 * part and profile exchange banks. Where the device does not name the mode and option bits choose it,
 * one bank is planned for too, as far as the layout fits it.
 *
 * @param node The node.
 * @param images What it gets.
 * @returns The plans.
 * @throws {CanvoyError} If an image or the layout does not fit.
 */
export function nodePlans(node: FleetFileNode, images: NodeImage): NodePlans {
  const geometry = geometryOf(node.device, node.declaredDevice);
  const planOf = (image: FirmwareImage, what: string, on: FlashGeometry = geometry): FlashPlan => {
    const input = { image, geometry: on, layout: node.layout };
    const options = { title: `${what} ${images.name} of ${node.name}` };
    const plan = images.opaque === undefined
      ? planFlash(input, options)
      : planOpaque(input, images.opaque, options);
    return segmentForProfile(plan, node.profile);
  };
  const plan = planOf(images.image, "image");
  if (node.profile.banks === undefined || !canSwapBanks(geometry)) {
    return images.previous === undefined
      ? { plan }
      : { plan, rollbackPlan: planOf(images.previous, "image to roll back to for") };
  }
  const inactivePlan = planInactiveBank(plan);
  const other = node.device.includes("/") ? undefined : singleBankMode(geometry);
  const single = other && ifItFits(() => planOf(images.image, "image", other));
  return { plan, inactivePlan, ...defined({ singleBankPlan: single }) };
}

/** Pages are larger with one bank: a layout may not fit, and then the node is refused. */
function ifItFits(plan: () => FlashPlan): FlashPlan | undefined {
  try {
    return plan();
  } catch (error) {
    if (error instanceof CanvoyError) return undefined;
    throw error;
  }
}
