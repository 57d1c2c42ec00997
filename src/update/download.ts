import { defined } from "../core/mod.ts";
import { catchError, concat, concatMap, defer, EMPTY, type Observable, of, throwError } from "rxjs";
import { checksum } from "../codec/mod.ts";
import type { FlashSegment } from "../stm32/mod.ts";
import {
  decodeRequestDownloadResponse,
  expandRequest,
  type RequestFields,
  SERVICE_ID,
  transferData,
  type TransferEvent,
} from "../uds/mod.ts";
import { judgeAnswer } from "./answer.ts";
import { ask } from "./ask.ts";
import { checkpoint, stopAfterNext } from "./cancellation.ts";
import { closeTransfer, EVERY_RUNG, fromKnownState, isStateRefusal } from "./close_first.ts";
import { toErrorReport } from "./error_report.ts";
import type { NodeEvent } from "./events.ts";
import { jobFields, writeFields } from "./fields.ts";
import type { NodeContext } from "./node_context.ts";
import type { AnswerRule } from "./profile.ts";
import { recoveryFor } from "./recovery.ts";
import { growingDelayMs, tryAgain } from "./retry.ts";
import type { SegmentLedger } from "./segment_ledger.ts";
import { takeSteps } from "./steps.ts";
import { writtenParts } from "./written_parts.ts";

/** How often one block is sent while only silence comes back; each try is one block's time. */
const BLOCK_TRIES_MAX = 16;

/**
 * Sends a segment's bytes: RequestDownload, TransferData block by block, RequestTransferExit, for
 * each part of it that must be sent.
 *
 * @param context The node, its segment erased.
 * @param ledger Takes note of the open download, and of the first data.
 * @param segment The segment.
 * @returns `segmentProgress` for each block; errors with the first failure, or when cancelled.
 */
export function download(
  context: NodeContext,
  ledger: SegmentLedger,
  segment: FlashSegment,
): Observable<NodeEvent> {
  const parts = writtenParts(context.job, segment);
  const beforeData = (): void => ledger.write(segment.index);
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
        transfer(context, ledger, request, {
          address,
          data,
          rungs: RUNGS_WITH_DRIVER,
          beforeData,
          progress: (bytes) => progress(offset + bytes),
        }),
      );
    }),
    sentEnd < allBytes ? of(progress(allBytes)) : EMPTY,
  ).pipe(
    catchError((error: unknown) => {
      if (isStateRefusal(error)) ledger.refused(segment.index);
      return throwError(() => error);
    }),
  );
}

/**
 * What may close whatever is open, for requests that need the flash driver: a node that was entered
 * anew may have lost it.
 */
export const RUNGS_WITH_DRIVER: typeof EVERY_RUNG = EVERY_RUNG.map((rung) =>
  rung === closeTransfer
    ? rung
    : (context, ledger) => concat(rung(context, ledger), downloadDriver(context, ledger))
);

/**
 * Downloads the flash driver to RAM, for profiles that need one; again when that fails, as a segment.
 *
 * @param context The node.
 * @param ledger Takes note of the open download.
 * @returns Its events; nothing where the job has no driver.
 */
export function downloadDriver(
  context: NodeContext,
  ledger: SegmentLedger,
): Observable<NodeEvent> {
  const { driver, profile } = context.job;
  if (driver === undefined || profile.driver === undefined) return EMPTY;
  const request = expandRequest(profile.download.request, {
    ...jobFields(context.job),
    segment: 0,
    address: driver.address,
    size: driver.data.length,
  });
  const { driver: { check }, timing } = profile;
  return tryAgain(
    () =>
      concat(
        defer(() => ledger.isTransferOpen ? closeTransfer(context, ledger) : EMPTY),
        transfer(context, ledger, request, { ...driver, rungs: EVERY_RUNG }),
        check === undefined
          ? EMPTY
          : takeSteps(context, [check], driverCheckFields(context.job, driver)),
      ),
    (error, attempt) => {
      const isFinal = recoveryFor(error) !== "segment" || attempt >= timing.segmentAttemptsMax ||
        context.cancellation.requested;
      if (isFinal) return undefined;
      const delayMs = growingDelayMs(attempt, timing);
      const report = toErrorReport(error);
      return {
        delayMs,
        events: [{ type: "retry", scope: "request", attempt: attempt + 1, delayMs, error: report }],
      };
    },
    context,
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

/** What one download carries. */
interface Download {
  /** What may close what another download left open. */
  readonly rungs: typeof EVERY_RUNG;
  readonly address: number;
  readonly data: Uint8Array;
  /** Called when the node has agreed, before the first block. */
  readonly beforeData?: () => void;
  /** Makes the event of a block. */
  readonly progress?: (writtenBytes: number) => NodeEvent;
}

function transfer(
  context: NodeContext,
  ledger: SegmentLedger,
  requestDownload: Uint8Array,
  { address, data, rungs, beforeData, progress }: Download,
): Observable<NodeEvent> {
  const { profile } = context.job;
  const { block, blockMultipleBytes, maxNumberOfBlockLengthCap } = profile.download;
  const { blockSizer } = context.connection;
  let maxNumberOfBlockLength: number | undefined;
  return concat(
    fromKnownState(
      context,
      ledger,
      rungs,
      defer(() => {
        // Also when its answer is lost.
        ledger.isTransferOpen = true;
        return ask(context, requestDownload, (response) => {
          ({ maxNumberOfBlockLength } = decodeRequestDownloadResponse(response));
          return EMPTY;
        });
      }),
    ),
    defer(() => {
      beforeData?.();
      return transferData(context.connection.client, {
        address,
        data,
        template: block,
        judge: (response) => blockFault(block.answer, response),
        maxNumberOfBlockLength,
        capBytes: maxNumberOfBlockLengthCap,
        multipleBytes: blockMultipleBytes,
        triesMax: BLOCK_TRIES_MAX,
        ...defined({ sizer: blockSizer }),
        exchange: { totalMsMax: profile.timing.requestMsMax },
      }).pipe(
        stopAfterNext(context.cancellation),
        concatMap((event) => toNodeEvents(event, progress)),
      );
    }),
    defer(() => exit(context)),
    defer(() => {
      ledger.isTransferOpen = false;
      return EMPTY;
    }),
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
        isStateRefusal(error)
        ? EMPTY
        : throwError(() => error)
    ),
  );
}
