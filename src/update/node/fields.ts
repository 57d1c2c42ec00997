import { checksum, checksumSizeBytes } from "../../codec/mod.ts";
import type { FlashSegment } from "../../stm32/mod.ts";
import type { RequestFields } from "../../uds/mod.ts";
import { placeFields } from "../profiles/profile_fit.ts";
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
    ...placeFields(job, segment.range),
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
    ...placeFields(job, segment.write),
  };
}

/** What one RequestDownload brings. */
export interface Downloaded {
  /** Index of the segment that it is of; absent for what goes to RAM. */
  readonly segment?: number;
  /** Where its first byte goes. */
  readonly address: number;
  /** Its bytes. */
  readonly data: Uint8Array;
}

/**
 * @param job What is to be done.
 * @param downloaded What one RequestDownload brings.
 * @returns What that request and its RequestTransferExit may name, and what their answers repeat.
 */
export function downloadFields(
  job: NodeJob,
  { segment, address, data }: Downloaded,
): RequestFields {
  const place = placeFields(job, { start: address, end: address + data.length });
  const fields = {
    ...jobFields(job),
    segment: segment ?? 0,
    ...place,
    // What goes to RAM is no image.
    ...(segment === undefined ? { uncompressedSize: data.length } : {}),
  };
  const { exitAlgorithm } = job.profile.download;
  if (exitAlgorithm === undefined) return fields;
  return {
    ...fields,
    checksum: checksum(exitAlgorithm, data),
    checksumSize: checksumSizeBytes(exitAlgorithm),
  };
}

/**
 * @param job What is to be done.
 * @returns What a RequestTransferExit names that ends what nobody knows, or what was cut short.
 */
export function closingFields(job: NodeJob): RequestFields {
  const { start } = job.plan.layout.application;
  const { exitAlgorithm } = job.profile.download;
  const place = { ...placeFields(job, { start, end: start + 1 }), size: 0, uncompressedSize: 0 };
  const fields = { page: 0, pages: 0, ...jobFields(job), segment: 0, ...place };
  if (exitAlgorithm === undefined) return fields;
  const checksumSize = checksumSizeBytes(exitAlgorithm);
  return { ...fields, checksum: new Uint8Array(checksumSize), checksumSize };
}
