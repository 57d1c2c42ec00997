import { answeredRequest, expandRequest, suppressesPositiveResponse } from "../../uds/mod.ts";
import type { UpdateProfile } from "./profile.ts";

/**
 * Lists what a profile sends to all nodes of a bus.
 *
 * @param profile The profile.
 * @param when Before the nodes are entered, or at the end of the job.
 * @returns The requests, in order; each fits one frame.
 */
export function functionalRequests(
  profile: UpdateProfile,
  when: "before" | "after",
): readonly Uint8Array[] {
  return profile[when].map(({ request }) => expandRequest(request, {}));
}

/**
 * Whether nodes answer such a request positively.
 *
 * @param request The request.
 * @returns Whether it leaves suppressPosRspMsgIndicationBit clear.
 */
export function isAnswered(request: Uint8Array): boolean {
  return !suppressesPositiveResponse(request);
}

/**
 * Lists the same for one node by itself: each asks for an answer, so that the next one follows it.
 *
 * @param profile The profile.
 * @param when Before the node is entered, or at the end of the job.
 * @returns The requests, in order.
 */
export function physicalRequests(
  profile: UpdateProfile,
  when: "before" | "after",
): readonly Uint8Array[] {
  return functionalRequests(profile, when).map(answeredRequest);
}
