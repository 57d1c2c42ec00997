import { rangeSizeBytes } from "../../core/mod.ts";
import type { FlashSegment } from "../../stm32/mod.ts";
import type { RequestFields } from "../../uds/mod.ts";
import type { NodeJob } from "./node_context.ts";

/**
 * @param job What is to be done.
 * @returns What every template of a profile may name.
 */
export function jobFields(job: NodeJob): RequestFields {
  return {
    block: job.blockNumber,
    fingerprint: job.fingerprint,
    sequence: job.release?.sequenceNumber ?? 0,
    ...(job.driver === undefined
      ? {}
      : { driverAddress: job.driver.address, driverSize: job.driver.data.length }),
  };
}

/**
 * @param job What is to be done.
 * @param segment The segment at hand.
 * @returns What an erase request may name: `address` and `size` are whole erase units.
 */
export function eraseFields(job: NodeJob, segment: FlashSegment): RequestFields {
  return {
    ...jobFields(job),
    segment: segment.index,
    address: segment.range.start,
    size: rangeSizeBytes(segment.range),
  };
}

/**
 * @param job What is to be done.
 * @param segment The segment at hand.
 * @returns What a download request may name: `address` and `size` are the bytes that are sent.
 */
export function writeFields(job: NodeJob, segment: FlashSegment): RequestFields {
  return {
    ...jobFields(job),
    segment: segment.index,
    address: segment.write.start,
    size: segment.write.data.length,
  };
}
