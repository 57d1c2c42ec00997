import {
  eraseTimeMs,
  type EraseUnit,
  eraseUnitsTouching,
  type FlashSegment,
} from "../../stm32/mod.ts";
import { NRC, UdsNegativeResponseError } from "../../uds/mod.ts";
import { noticeAbsence } from "./bus_presence.ts";
import type { RequestOptions } from "./send_request.ts";
import type { NodeContext, NodeJob } from "./node_context.ts";
import { deferStep, recover, type Step, through, watching } from "./step.ts";

/** What an erase may take beyond the datasheet's longest time, in ms: the node's own processing. */
const ERASE_MARGIN_MS = 100;

/**
 * Waits until no more nodes erase at once than may.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param erase Its erase, announcement included.
 * @returns The same, begun when it is the node's turn.
 */
export function inEraseTurn<T>({ eraseTurns }: NodeContext, erase: Step<T>): Step<T> {
  return eraseTurns === undefined ? erase : through(erase, (erase$) => eraseTurns.take(erase$));
}

/** Negative responses by which an erase may end that has begun. */
const BROKEN_OFF: ReadonlySet<number> = new Set([
  NRC.generalReject,
  NRC.noResponseFromSubnetComponent,
  NRC.failurePreventsExecutionOfRequestedAction,
  NRC.transferDataSuspended,
  NRC.generalProgrammingFailure,
]);

/**
 * An erase that the node refused at once, sent once, was never begun: its old image is intact. After
 * silence or 0x78 nobody knows, nor behind an absence of the bus, nor where the routine is asked about.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param erase Its erase.
 * @param untouch Called when it was never begun.
 * @returns The erase as it is.
 */
export function onRefusedErase<T>(
  { job, bus }: NodeContext,
  erase: Step<T>,
  untouch: () => void,
): Step<T> {
  return deferStep(() => {
    const wasAway = noticeAbsence(bus);
    let mayHaveBegun = job.profile.erase.answer.poll !== undefined;
    const watched = watching(
      erase,
      ({ type }) => mayHaveBegun ||= type === "retry" || type === "responsePending",
    );
    return recover(watched, (error) => {
      const isRefusal = error instanceof UdsNegativeResponseError && !BROKEN_OFF.has(error.nrc);
      if (isRefusal && !mayHaveBegun && !wasAway()) untouch();
      return undefined;
    });
  });
}

/**
 * @param job What is done to the node.
 * @param segment A segment.
 * @returns How long its erase may take, in ms.
 */
export function longestEraseMs(
  job: Pick<NodeJob, "plan" | "profile">,
  segment: FlashSegment,
): number {
  const units = unitsErasedFor(job, segment);
  return eraseTimeMs(job.plan.geometry, units, "max") + ERASE_MARGIN_MS;
}

/**
 * What a node erases when it is asked to erase a segment: a request that names no range has the whole
 * application region erased.
 *
 * @param job What is done to the node.
 * @param segment The segment.
 * @returns The units.
 */
export function unitsErasedFor(
  job: Pick<NodeJob, "plan" | "profile">,
  segment: FlashSegment,
): readonly EraseUnit[] {
  const { plan, profile } = job;
  const { parts } = (profile.erase.request ?? profile.download.request)!;
  const namesRange = parts.some((part) =>
    part.kind === "field" && ["address", "offset", "size", "page", "pages"].includes(part.name)
  );
  return namesRange
    ? segment.eraseUnits
    : eraseUnitsTouching(plan.geometry, plan.layout.application);
}

/**
 * @param context The node: its connection, its job, and what is known of it.
 * @param segment A segment that it erases.
 * @returns How long each wait of the request may be that has it erased.
 */
export function eraseWaits({ job }: NodeContext, segment: FlashSegment): RequestOptions {
  const p2Ms = longestEraseMs(job, segment);
  return { p2Ms, p2StarMs: p2Ms, timeoutMs: Math.max(p2Ms, job.profile.timing.requestMsMax) };
}
