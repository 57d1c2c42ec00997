import { defined, readUintBe } from "../../core/mod.ts";
import { concatMap, EMPTY, type Observable, of } from "rxjs";
import type { FlashSegment } from "../../stm32/mod.ts";
import {
  decodeRequestDownloadResponse,
  matchAnswer,
  type RequestFields,
  type RequestTemplate,
  SERVICE_ID,
  transferData,
  type TransferEvent,
  UdsTransferRestartError,
} from "../../uds/mod.ts";
import { judgeAnswer } from "../profiles/answer.ts";
import { requestUntilDone, verdictError } from "./request_until_done.ts";
import { NO_RESPONSE, type RequestOptions, sendRequest } from "./send_request.ts";
import { noticeAbsence } from "./bus_presence.ts";
import { stopAfterNext, stopPoint } from "./cancellation.ts";
import { summingWaits } from "./check.ts";
import { closeTransfer, EVERY_RUNG, fromKnownState, isStateRefusal } from "./close_first.ts";
import { eraseWaits, inEraseTurn, onRefusedErase } from "./erase_bounds.ts";
import { AnswerMismatchError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import { type Downloaded, downloadFields, expandWith, jobFields } from "./fields.ts";
import type { NodeContext } from "./node_context.ts";
import type { AnswerRule } from "../profiles/profile.ts";
import { offsetBase } from "../profiles/profile_fit.ts";
import { leavesSession, recoveryFor } from "./recovery.ts";
import { growingDelayMs, requestRetry, tryAgain } from "./retry.ts";
import type { SegmentLedger } from "./segment_ledger.ts";
import {
  act,
  andThen,
  deferStep,
  done,
  fail,
  inOrder,
  recover,
  type Step,
  stepOf,
  tell,
  watching,
} from "./step.ts";
import { takeSteps } from "./steps.ts";
import { sumOf } from "./sum_of.ts";
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
): Step<void> {
  const parts = writtenParts(context.job, segment);
  const progress = (writtenBytes: number): NodeEvent => ({
    type: "segmentProgress",
    segment: segment.index,
    writtenBytes,
  });
  const sentEnd = parts.reduce((_end, { offset, data }) => offset + data.length, 0);
  const allBytes = segment.write.data.length;
  const sent = inOrder(
    ...parts.map((part, i) => {
      const { address, offset, data } = part;
      return inOrder(
        i === 0 ? done() : stopPoint(context),
        transfer(context, ledger, {
          address,
          data,
          rungs: RUNGS_WITH_DRIVER,
          segment: segment.index,
          ...(context.job.profile.erase.request === undefined ? { erased: segment } : {}),
          progress: (bytes) => progress(offset + bytes),
        }),
      );
    }),
    sentEnd < allBytes ? tell(progress(allBytes)) : done(),
  );
  return recover(sent, (error) => {
    if (isStateRefusal(error)) ledger.refused(segment.index);
    return undefined;
  });
}

/**
 * What may close whatever is open, for requests that need the flash driver: a node that was entered
 * anew may have lost it.
 */
export const RUNGS_WITH_DRIVER: typeof EVERY_RUNG = EVERY_RUNG.map((rung) =>
  rung === closeTransfer
    ? rung
    : (context, ledger) => inOrder(rung(context, ledger), downloadDriver(context, ledger))
);

/**
 * Downloads the flash driver to RAM, for profiles that need one; again when that fails, as a segment.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param ledger Takes note of the open download.
 * @returns Its events; nothing where the job has no driver.
 */
export function downloadDriver(
  context: NodeContext,
  ledger: SegmentLedger,
): Step<void> {
  const { driver, profile } = context.job;
  if (driver === undefined || profile.driver === undefined) return done();
  const { driver: { check }, timing } = profile;
  return tryAgain(
    () =>
      inOrder(
        () => ledger.isTransferOpen ? closeTransfer(context, ledger) : done(),
        transfer(context, ledger, { ...driver, rungs: EVERY_RUNG }),
        check === undefined
          ? done()
          : takeSteps(context, [check], driverCheckFields(context, driver)),
      ),
    (error, attempt) => {
      const isFinal = recoveryFor(error) !== "segment" || attempt >= timing.segmentAttemptsMax ||
        context.cancellation.requested;
      if (isFinal) return undefined;
      const delayMs = growingDelayMs(attempt, timing);
      return { delayMs, events: [requestRetry(attempt + 1, delayMs, error)] };
    },
    context,
  );
}

/** A driver is checked with the algorithm that the image is checked with. */
function driverCheckFields(
  context: NodeContext,
  driver: { readonly data: Uint8Array },
): RequestFields {
  const { check } = context.job.profile;
  if (check === undefined) return jobFields(context);
  const expected = sumOf(context, check.algorithm, driver.data);
  return { ...jobFields(context), checksum: expected, checksumSize: expected.length };
}

/** What one download carries; its segment is no longer blank from the first block on. */
interface Download extends Downloaded {
  /** What may close what another download left open. */
  readonly rungs: typeof EVERY_RUNG;
  /** What RequestDownload erases, where nothing else does. */
  readonly erased?: FlashSegment;
  /** Makes the event of a block. */
  readonly progress?: (writtenBytes: number) => NodeEvent;
}

function transfer(context: NodeContext, ledger: SegmentLedger, download: Download): Step<void> {
  const { request, exit } = context.job.profile.download;
  const fields = downloadFields(context, download);
  const begun = request === undefined
    ? done(NO_RESPONSE)
    : begin(context, ledger, { download, request, fields });
  return inOrder(
    andThen(begun, (response) => sendBlocks(context, ledger, download, response)),
    exit === undefined
      ? done()
      : end(context, ledger, { exit, fields, sizeBytes: download.data.length }),
    act(() => ledger.isTransferOpen = false),
  );
}

/** What a download begins with. */
interface Beginning {
  readonly download: Download;
  readonly request: RequestTemplate;
  readonly fields: RequestFields;
}

function begin(
  context: NodeContext,
  ledger: SegmentLedger,
  { download: { erased, rungs }, request, fields }: Beginning,
): Step<Uint8Array> {
  const { answer, exit } = context.job.profile.download;
  let requestDownload: Uint8Array;
  const options = defined({ response: answer?.response });
  const agreed = deferStep(() => {
    requestDownload = expandWith(context, request, fields);
    // Also when its answer is lost.
    ledger.isTransferOpen = exit !== undefined;
    return erased === undefined
      ? sendRequest(context, requestDownload, options)
      : askErasing(context, ledger, requestDownload, { segment: erased, options });
  });
  return andThen(fromKnownState(context, ledger, rungs, agreed), (response) => {
    const verdict = answer && judgeAnswer(answer, response, fields);
    const error = verdict && verdictError(requestDownload, response, verdict);
    return error === undefined ? done(response) : fail(() => error);
  });
}

/** RequestDownload of a node that erases within it, and has no other way to: no erase before its answer. */
function askErasing(
  context: NodeContext,
  ledger: SegmentLedger,
  request: Uint8Array,
  { segment, options }: { readonly segment: FlashSegment; readonly options: RequestOptions },
): Step<Uint8Array> {
  const untouch = ledger.touch(segment.index);
  const asked = sendRequest(context, request, { ...options, ...eraseWaits(context, segment) });
  return andThen(
    inEraseTurn(context, onRefusedErase(context, asked, untouch)),
    (response) => {
      ledger.confirmErase();
      return done(response);
    },
  );
}

function sendBlocks(
  context: NodeContext,
  ledger: SegmentLedger,
  { address, data, segment, progress }: Download,
  response: Uint8Array,
): Step<void> {
  const { client, blockSizer } = context.connection;
  const { profile } = context.job;
  const { block, blockMultipleBytes, maxNumberOfBlockLengthCap } = profile.download;
  const maxNumberOfBlockLength = blockLengthOf(profile.download.answer, response);
  const wasBlank = segment !== undefined && ledger.isBlank(segment);
  const wasAway = noticeAbsence(context.bus);
  let mayBeWritten = false;
  if (segment !== undefined) ledger.write(segment);
  const goesOn = block.counter?.goesOn === true;
  const sent = stepOf(
    transferData(client, {
      address,
      offsetBase: offsetBase(context.job),
      data,
      template: block,
      judge: (answer, fields) => blockFault(block.answer, answer, fields),
      maxNumberOfBlockLength,
      capBytes: maxNumberOfBlockLengthCap,
      multipleBytes: blockMultipleBytes,
      triesMax: BLOCK_TRIES_MAX,
      blocksBefore: goesOn ? ledger.blocksTaken : 0,
      ...defined({ sizer: blockSizer }),
      exchange: { totalMsMax: profile.timing.requestMsMax },
    }).pipe(
      stopAfterNext(context.cancellation),
      concatMap((event) => {
        if (event.type === "blockWritten") ledger.blocksTaken++;
        mayBeWritten ||= event.type !== "responsePending";
        return toNodeEvents(event, progress);
      }),
    ),
  );
  return recover(sent, (error) => {
    ledger.isCounterUnknown = goesOn;
    if (wasBlank && !mayBeWritten && !wasAway() && isSessionOver(error)) ledger.blank(segment);
    return undefined;
  });
}

/** Whether a node said to its first block that it is in another session: it has written nothing. */
function isSessionOver(error: unknown): boolean {
  return error instanceof UdsTransferRestartError && leavesSession(error.cause);
}

/** Where the profile says what 74 looks like, it says where the length is; else as ISO 14229-1 has it. */
function blockLengthOf(rule: AnswerRule | undefined, response: Uint8Array): number | undefined {
  if (response === NO_RESPONSE) return undefined;
  const fields = rule?.response && matchAnswer(rule.response, response);
  if (fields === undefined) return decodeRequestDownloadResponse(response).maxNumberOfBlockLength;
  const length = fields.get("maxNumberOfBlockLength");
  return length && readUintBe(length, 0, length.length);
}

function blockFault(
  rule: AnswerRule | undefined,
  response: Uint8Array,
  block: RequestFields,
): string | undefined {
  if (rule === undefined) return undefined;
  const verdict = judgeAnswer(rule, response, block);
  return "state" in verdict ? verdict.state : undefined;
}

function toNodeEvents(
  event: TransferEvent,
  progress: ((writtenBytes: number) => NodeEvent) | undefined,
): Observable<NodeEvent> {
  switch (event.type) {
    case "blockWritten":
      return progress === undefined ? EMPTY : of(progress(event.offset + event.lengthBytes));
    case "blockRepeated":
      return of(requestRetry(2, 0, event.error));
    case "responsePending":
      return of({ type: "responsePending", service: SERVICE_ID.transferData, count: event.count });
  }
}

/**
 * Ends a transfer. When its response was lost and it is sent again, a node answers that there is no
 * transfer to end: the checksum then tells whether all is well.
 */
function end(
  context: NodeContext,
  ledger: SegmentLedger,
  { exit, fields, sizeBytes }: {
    readonly exit: RequestTemplate;
    readonly fields: RequestFields;
    readonly sizeBytes: number;
  },
): Step<void> {
  const { check, download } = context.job.profile;
  const { exitAnswer, exitAlgorithm } = download;
  const waits = exitAlgorithm === undefined ? {} : summingWaits(context, sizeBytes);
  return deferStep(() => {
    const request = expandWith(context, exit, fields);
    const wasAway = noticeAbsence(context.bus);
    let wasRepeated = false;
    const answered = exitAnswer === undefined
      ? sendRequest(context, request, waits)
      : requestUntilDone(context, request, exitAnswer, { ...waits, expected: fields });
    const asked = watching(answered, ({ type }) => wasRepeated ||= type === "retry");
    return recover(
      inOrder(asked),
      (error) => {
        // It has ended the transfer all the same.
        if (error instanceof AnswerMismatchError) ledger.isTransferOpen = false;
        return (wasRepeated || wasAway()) && check !== undefined && isStateRefusal(error)
          ? done()
          : undefined;
      },
    );
  });
}
