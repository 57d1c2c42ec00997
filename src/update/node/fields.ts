import { summedSizeBytes } from "../../codec/mod.ts";
import type { FlashSegment } from "../../stm32/mod.ts";
import { expandRequest, type RequestFields, type RequestTemplate } from "../../uds/mod.ts";
import { placeFields } from "../profiles/profile_fit.ts";
import type { NodeContext } from "./node_context.ts";
import { sumOf } from "./sum_of.ts";

/** What templates are filled from: what is to be done, and what the node told. */
type Filled = Pick<NodeContext, "job" | "kept">;

/**
 * @param context The node: its connection, its job, and what is known of it.
 * @returns What every template of a profile may name.
 */
export function jobFields({ job, kept }: Filled): RequestFields {
  return {
    ...kept?.fields,
    block: job.blockNumber,
    fingerprint: job.fingerprint,
    sequence: job.release?.sequenceNumber ?? 0,
    ...(job.driver === undefined
      ? {}
      : { driverAddress: job.driver.address, driverSize: job.driver.data.length }),
  };
}

/**
 * @param context The node: its connection, its job, and what is known of it.
 * @param segment The segment at hand.
 * @returns What an erase request may name: `address` and `size` are whole erase units.
 */
export function eraseFields(context: Filled, segment: FlashSegment): RequestFields {
  return {
    ...jobFields(context),
    segment: segment.index,
    ...placeFields(context.job, segment.range),
  };
}

/**
 * @param context The node: its connection, its job, and what is known of it.
 * @param segment The segment at hand.
 * @returns What a download request may name: `address` and `size` are the bytes that are sent.
 */
export function writeFields(context: Filled, segment: FlashSegment): RequestFields {
  return {
    ...jobFields(context),
    segment: segment.index,
    ...placeFields(context.job, segment.write),
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
 * @param context The node: its connection, its job, and what is known of it.
 * @param downloaded What one RequestDownload brings.
 * @returns What that request and its RequestTransferExit may name, and what their answers repeat.
 */
export function downloadFields(
  context: Filled & Pick<NodeContext, "connection">,
  { segment, address, data }: Downloaded,
): RequestFields {
  const { job } = context;
  const place = placeFields(job, { start: address, end: address + data.length });
  const fields = {
    ...jobFields(context),
    segment: segment ?? 0,
    ...place,
    // What goes to RAM is no image.
    ...(segment === undefined ? { uncompressedSize: data.length } : {}),
  };
  const { exitAlgorithm } = job.profile.download;
  if (exitAlgorithm === undefined) return fields;
  return {
    ...fields,
    checksum: sumOf(context, exitAlgorithm, data),
    checksumSize: summedSizeBytes(exitAlgorithm),
  };
}

/**
 * @param context The node: its connection, its job, and what is known of it.
 * @param exit The request.
 * @returns What a RequestTransferExit names that ends what nobody knows, or what was cut short.
 */
export function closingFields(context: Filled, exit: RequestTemplate): RequestFields {
  const { job } = context;
  const { start } = job.plan.layout.application;
  const { exitAlgorithm } = job.profile.download;
  const place = { ...placeFields(job, { start, end: start + 1 }), size: 0, uncompressedSize: 0 };
  const unknown = { ...zeros(exit), page: 0, pages: 0 };
  const fields = { ...unknown, ...jobFields(context), segment: 0, ...place };
  if (exitAlgorithm === undefined) return fields;
  const checksumSize = summedSizeBytes(exitAlgorithm);
  return { ...fields, checksum: new Uint8Array(checksumSize), checksumSize };
}

/**
 * Fills a template at the moment at which it is sent: what the node told may be newer than the fields.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param template The request.
 * @param fields What else it may name.
 * @returns The request.
 */
export function expandWith(
  { kept }: Filled,
  template: RequestTemplate,
  fields: RequestFields,
): Uint8Array {
  return expandRequest(template, { ...fields, ...kept?.fields });
}

/** What the node has not told yet. */
function zeros({ parts }: RequestTemplate): RequestFields {
  return Object.fromEntries(
    parts.flatMap((part) =>
      part.kind === "field" ? [[part.name, new Uint8Array(part.sizeBytes ?? 0)]] : []
    ),
  );
}
