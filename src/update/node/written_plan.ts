import type { FlashPlan } from "../../stm32/mod.ts";
import type { NodeJob } from "./node_context.ts";

/**
 * Says what a job writes where.
 *
 * @param job What is to be done to a node.
 * @returns What is erased and written: in the inactive bank, where it has two.
 */
export function writtenPlan(job: Pick<NodeJob, "plan" | "inactivePlan">): FlashPlan {
  return job.inactivePlan ?? job.plan;
}
