import { catchError, concat, concatMap, defer, EMPTY, type Observable, of, throwError } from "rxjs";
import { checksum } from "../codec/mod.ts";
import type { FlashSegment } from "../stm32/mod.ts";
import {
  decodeRequestDownloadResponse,
  expandRequest,
  NRC,
  type RequestFields,
  SERVICE_ID,
  transferData,
  type TransferEvent,
  UdsNegativeResponseError,
} from "../uds/mod.ts";
import { judgeAnswer } from "./answer.ts";
import { ask } from "./ask.ts";
import { checkpoint, stopAfterNext } from "./cancellation.ts";
import { toErrorReport } from "./error_report.ts";
import type { NodeEvent } from "./events.ts";
import { jobFields, writeFields } from "./fields.ts";
import type { NodeContext } from "./node_context.ts";
import type { AnswerRule } from "./profile.ts";
import { takeSteps } from "./steps.ts";
import { writtenParts } from "./written_parts.ts";

/** How often one block is sent while only silence comes back; each try is one block's time. */
const BLOCK_TRIES_MAX = 16;

/**
 * Sends a segment's bytes: RequestDownload, TransferData block by block, RequestTransferExit, for
 * each part of it that must be sent.
 *
 * @param context The node, its segment erased.
 * @param segment The segment.
 * @returns `segmentProgress` for each block; errors with the first failure, or when cancelled.
 */
export function download(context: NodeContext, segment: FlashSegment): Observable<NodeEvent> {
  const parts = writtenParts(context.job, segment);
  const progress = (writtenBytes: number): NodeEvent => ({
    type: "segmentProgress",
    segment: segment.index,
    writtenBytes,
  });
  const sentEnd = parts.reduce((_end, { offset, data }) => offset + data.length, 0);
  const allBytes = segment.write.data.length;
  return concat(
    ...parts.map((part, i) => {
      const { address, offset, data } = part;
      const fields = { ...writeFields(context.job, segment), address, size: data.length };
      const request = expandRequest(context.job.profile.download.request, fields);
      return concat(
        i === 0 ? EMPTY : checkpoint(context.cancellation),
        transfer(context, request, { address, data }, (bytes) => progress(offset + bytes)),
      );
    }),
    sentEnd < allBytes ? of(progress(allBytes)) : EMPTY,
  );
}

/**
 * Downloads the flash driver to RAM, for profiles that need one.
 *
 * @param context The node.
 * @returns Its events; nothing where the job has no driver.
 */
export function downloadDriver(context: NodeContext): Observable<NodeEvent> {
  const { driver, profile } = context.job;
  if (driver === undefined || profile.driver === undefined) return EMPTY;
  const request = expandRequest(profile.download.request, {
    ...jobFields(context.job),
    segment: 0,
    address: driver.address,
    size: driver.data.length,
  });
  const { check } = profile.driver;
  return concat(
    transfer(context, request, driver, undefined),
    check === undefined
      ? EMPTY
      : takeSteps(context, [check], driverCheckFields(context.job, driver)),
  );
}

/** A driver is checked with the algorithm that the image is checked with. */
function driverCheckFields(
  job: NodeContext["job"],
  driver: { readonly data: Uint8Array },
): RequestFields {
  const { check } = job.profile;
  if (check === undefined) return jobFields(job);
  const expected = checksum(check.algorithm, driver.data);
  return { ...jobFields(job), checksum: expected, checksumSize: expected.length };
}

function transfer(
  context: NodeContext,
  requestDownload: Uint8Array,
  bytes: { readonly address: number; readonly data: Uint8Array },
  progress: ((writtenBytes: number) => NodeEvent) | undefined,
): Observable<NodeEvent> {
  const { profile } = context.job;
  const { block, blockMultipleBytes, maxNumberOfBlockLengthCap } = profile.download;
  const { blockSizer } = context.connection;
  return concat(
    ask(context, requestDownload, (response) => {
      const { maxNumberOfBlockLength } = decodeRequestDownloadResponse(response);
      return transferData(context.connection.client, {
        ...bytes,
        template: block,
        judge: (response) => blockFault(block.answer, response),
        maxNumberOfBlockLength,
        capBytes: maxNumberOfBlockLengthCap,
        multipleBytes: blockMultipleBytes,
        triesMax: BLOCK_TRIES_MAX,
        ...(blockSizer === undefined ? {} : { sizer: blockSizer }),
        exchange: { totalMsMax: profile.timing.requestMsMax },
      }).pipe(
        stopAfterNext(context.cancellation),
        concatMap((event) => toNodeEvents(event, progress)),
      );
    }),
    defer(() => exit(context)),
  );
}

function blockFault(rule: AnswerRule | undefined, response: Uint8Array): string | undefined {
  if (rule === undefined) return undefined;
  const verdict = judgeAnswer(rule, response);
  return verdict.kind === "bad" ? verdict.state : undefined;
}

function toNodeEvents(
  event: TransferEvent,
  progress: ((writtenBytes: number) => NodeEvent) | undefined,
): Observable<NodeEvent> {
  switch (event.type) {
    case "blockWritten":
      return progress === undefined ? EMPTY : of(progress(event.offset + event.lengthBytes));
    case "blockRepeated":
      return of({
        type: "retry",
        scope: "request",
        attempt: 2,
        delayMs: 0,
        error: toErrorReport(event.error),
      });
    case "responsePending":
      return of({ type: "responsePending", service: SERVICE_ID.transferData, count: event.count });
  }
}

/**
 * Ends a transfer. When its response was lost and it is sent again, a node answers that there is no
 * transfer to end: the checksum then tells whether all is well.
 */
function exit(context: NodeContext): Observable<NodeEvent> {
  const request = expandRequest(context.job.profile.download.exit, jobFields(context.job));
  let wasRepeated = false;
  return ask(context, request).pipe(
    concatMap((event) => {
      wasRepeated ||= event.type === "retry";
      return of(event);
    }),
    catchError((error: unknown) =>
      wasRepeated && context.job.profile.check !== undefined &&
        error instanceof UdsNegativeResponseError && error.nrc === NRC.requestSequenceError
        ? EMPTY
        : throwError(() => error)
    ),
  );
}
