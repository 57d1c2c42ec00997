import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  Observable,
  of,
  type Subscription,
  throwError,
} from "rxjs";
import { CanvoyError, defined, hex, retrying } from "../core/mod.ts";
import { IsoTpError } from "../isotp/mod.ts";
import type { BlockSizer } from "./block_sizer.ts";
import {
  blockAnswerHead,
  blockBounds,
  blockFields,
  blockSequenceCounterOf,
  type BlockTemplate,
  knowsRepeatedBlock,
  PLAIN_BLOCKS,
} from "./block_template.ts";
import type { ExchangeOptions, UdsClient } from "./client.ts";
import { isEndlessPatience, UdsNegativeResponseError, UdsTimeoutError } from "./errors.ts";
import { expandRequest, type RequestFields } from "./request_template.ts";
import {
  type BlockAttempt,
  blockDataLengthBytes,
  type BlockDecision,
  type BlockLengthOptions,
  type BlockOutcome,
  decideAfterBlock,
} from "./transfer_decision.ts";

/** What is told of a transfer. */
export type TransferEvent =
  /** A block is on the node, or is taken to be after 0x73 to its repetition. */
  | {
    readonly type: "blockWritten";
    /** The block's counter. */
    readonly blockSequenceCounter: number;
    /** Where in the data the block begins. */
    readonly offset: number;
    /** How many bytes it carried. */
    readonly lengthBytes: number;
    /** Whether it was sent twice. */
    readonly repeated: boolean;
  }
  /** A block is sent again, as its first try met silence. */
  | {
    readonly type: "blockRepeated";
    /** The block's counter. */
    readonly blockSequenceCounter: number;
    /** Where in the data the block begins. */
    readonly offset: number;
    /** What the first try came to. */
    readonly error: CanvoyError;
  }
  /** The node asked for patience (0x78) for the `count`th time within one block. */
  | { readonly type: "responsePending"; readonly count: number };

/** A transfer that the node no longer goes on with: begin again at RequestDownload. */
export class UdsTransferRestartError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "UDS_TRANSFER_RESTART";
  /** Counter of the block that failed. */
  readonly blockSequenceCounter: number;
  /** Where in the data that block begins. */
  readonly offset: number;
  /** What its last try came to: request, response or wait are there. */
  override readonly cause: CanvoyError;

  /**
   * Says which block failed.
   *
   * @param block The block.
   * @param cause What its last try came to.
   */
  constructor(
    block: { readonly blockSequenceCounter: number; readonly offset: number },
    cause: CanvoyError,
  ) {
    super(
      `Cannot go on with the transfer at byte ${block.offset} ` +
        `(block ${hex(block.blockSequenceCounter, 2)}): ${cause.message}`,
    );
    this.blockSequenceCounter = block.blockSequenceCounter;
    this.offset = block.offset;
    this.cause = cause;
  }
}

/** A block's positive response says that the node did not take it. */
export class UdsBlockStatusError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "UDS_BLOCK_STATUS";
  /** The response. */
  readonly response: Uint8Array;

  /**
   * Shows the response.
   *
   * @param response The response.
   * @param state What it says.
   */
  constructor(response: Uint8Array, state: string) {
    super(`Cannot take the block for written: the node answered ${state}`);
    this.response = response;
  }
}

/** What is transferred, and how it is cut. */
export interface TransferOptions extends Omit<BlockLengthOptions, "bounds"> {
  /** The segment's bytes, as they go over the wire. */
  readonly data: Uint8Array;
  /** Where they begin, for blocks that say where they belong; 0 by default. */
  readonly address?: number;
  /** The address that `{offset}` of a block counts from; absent where no block has one. */
  readonly offsetBase?: number;
  /** How a block is sent; bare data by default. */
  readonly template?: BlockTemplate;
  /** Says what is wrong with the positive response to a block of these fields; nothing by default. */
  readonly judge?: (response: Uint8Array, block: RequestFields) => string | undefined;
  /** Waits and bounds of each block. */
  readonly exchange?: ExchangeOptions;
  /** How long the messages should be; as long as they may be by default. */
  readonly sizer?: BlockSizer;
  /** How often one block is sent while nothing but silence comes back; 2 by default. */
  readonly triesMax?: number;
  /** How many blocks came before in this session, for a counter that goes on; 0 by default. */
  readonly blocksBefore?: number;
}

/** One block of a transfer. */
interface Block {
  readonly blockSequenceCounter: number;
  readonly offset: number;
  readonly data: Uint8Array;
}

/**
 * Transfers the bytes of one segment, block by block, after its RequestDownload was accepted.
 *
 * Cold; emits a `blockWritten` for each block in order, with `responsePending` and `blockRepeated`
 * between; completes when all are on the node. Errors with {@linkcode UdsTransferRestartError}, or
 * with what is no answer of the node (a queue that is full). Unsubscribing stops listening: the node
 * may still take the block under way.
 *
 * @param client The node's client.
 * @param options The bytes and how they are cut.
 * @returns What is told of it.
 * @throws {RangeError} As {@linkcode blockDataLengthBytes}.
 */
export function transferData(
  client: UdsClient,
  options: TransferOptions,
): Observable<TransferEvent> {
  const { data, template = PLAIN_BLOCKS, sizer } = options;
  const bounds = blockBounds(template);
  const mostBytes = blockDataLengthBytes({ ...options, bounds });

  /** Shorter ones are whole multiples too. */
  function nextBytes(): number {
    if (sizer === undefined) return mostBytes;
    const wantedBytes = sizer.messageBytes(mostBytes + bounds.overheadBytes);
    const lengthBytes = wantedBytes - bounds.overheadBytes;
    return Math.min(
      mostBytes,
      Math.max(1, Math.ceil(lengthBytes / options.multipleBytes)) *
        options.multipleBytes,
    );
  }

  return defer(() => {
    let blockIndex = options.blocksBefore ?? 0;
    let offset = 0;
    return inTurn(() => {
      if (offset >= data.length) return undefined;
      const block: Block = {
        blockSequenceCounter: blockSequenceCounterOf(blockIndex++, template.counter),
        offset,
        data: data.subarray(offset, offset + nextBytes()),
      };
      offset += block.data.length;
      return sendBlock(client, block, options);
    });
  });
}

/** One stream after the other; the next is made when the one before has completed. */
function inTurn<T>(next: () => Observable<T> | undefined): Observable<T> {
  return new Observable((subscriber) => {
    let subscription: Subscription | undefined;
    let isTurning = false;
    let isDue = false;
    function turn(): void {
      isDue = true;
      if (isTurning) return;
      isTurning = true;
      while (isDue && !subscriber.closed) {
        isDue = false;
        const work$ = next();
        if (work$ === undefined) subscriber.complete();
        else {
          subscription = work$.subscribe({
            next: (value) => subscriber.next(value),
            error: (error: unknown) => subscriber.error(error),
            complete: turn,
          });
        }
      }
      isTurning = false;
    }
    turn();
    return () => subscription?.unsubscribe();
  });
}

/** One block, once more after silence; what it remembers is of one subscription. */
function sendBlock(
  client: UdsClient,
  block: Block,
  options: TransferOptions,
): Observable<TransferEvent> {
  const { triesMax = 2, sizer } = options;
  const { blockSequenceCounter, offset, data } = block;
  const { address = 0, offsetBase, template = PLAIN_BLOCKS, judge } = options;
  const at = address + offset;
  const fields = blockFields(template, {
    blockSequenceCounter,
    address: at,
    ...(offsetBase === undefined ? {} : { offset: at - offsetBase }),
    data,
  });
  const request = expandRequest(template.request, fields);
  const exchange = exchangeOf(options, fields);
  const isKnownAgain = knowsRepeatedBlock(template);
  let attempt: BlockAttempt = "first";
  let isSent = false;
  let decision: BlockDecision | undefined;

  const written = (): TransferEvent => ({
    type: "blockWritten",
    blockSequenceCounter,
    offset,
    lengthBytes: data.length,
    repeated: attempt !== "first",
  });

  function sendOnce(): Observable<TransferEvent> {
    isSent = false;
    return client.exchange(request, exchange).pipe(
      concatMap((event): Observable<TransferEvent> => {
        // A busy node has thrown the block away: it will be sent anew.
        if (event.type === "sent" || event.type === "busy") isSent = event.type === "sent";
        if (event.type === "responsePending") return of(event);
        if (event.type !== "response") return EMPTY;
        sizer?.ended(request.length, true);
        const state = judge?.(event.data, fields);
        return state === undefined
          ? of(written())
          : throwError(() => new UdsBlockStatusError(event.data, state));
      }),
    );
  }

  const tried$ = retrying<TransferEvent>(sendOnce, (error, number) => {
    const outcome = toOutcome(error, isSent);
    decision = undefined;
    if (outcome === undefined) return undefined;
    const isSilence = outcome.type === "silence" || outcome.type === "sendFailed";
    if (isSilence) sizer?.ended(request.length, false);
    const mayRepeat = number < triesMax && !isEndlessPatience(error) &&
      (isKnownAgain || outcome.type === "sendFailed");
    decision = decideAfterBlock(attempt, outcome, { mayRepeat });
    if (decision !== "repeat") return undefined;
    attempt = repetitionOf(attempt, outcome);
    const cause = error as CanvoyError;
    return { before$: of({ type: "blockRepeated", blockSequenceCounter, offset, error: cause }) };
  });
  return tried$.pipe(catchError((error: unknown) => {
    if (decision === "next" || decision === "assumeWritten") return of(written());
    const isLost = decision === "restart";
    return throwError(() =>
      isLost ? new UdsTransferRestartError(block, error as CanvoyError) : error
    );
  }));
}

/** Where silence cannot be followed by the same block, it is waited for longer than P2, in ms. */
const ONLY_TRY_P2_MS = 1000;

function exchangeOf(
  { exchange = {}, template = PLAIN_BLOCKS }: TransferOptions,
  fields: RequestFields,
): ExchangeOptions {
  const answerHead = blockAnswerHead(template, fields);
  return {
    ...exchange,
    ...defined({ answerHead }),
    ...(knowsRepeatedBlock(template) ? {} : { p2Ms: Math.max(exchange.p2Ms ?? 0, ONLY_TRY_P2_MS) }),
  };
}

/** Once a block was sent whole and met silence, the node may have it, whatever comes later. */
function repetitionOf(attempt: BlockAttempt, outcome: BlockOutcome): BlockAttempt {
  return outcome.type === "sendFailed" && attempt !== "repeatAfterSilence"
    ? "repeatAfterSendFailure"
    : "repeatAfterSilence";
}

/** `undefined` for what is neither an answer of the node nor its silence. */
function toOutcome(error: unknown, isSent: boolean): BlockOutcome | undefined {
  if (error instanceof UdsNegativeResponseError) return { type: "negative", nrc: error.nrc };
  if (error instanceof UdsBlockStatusError) return { type: "badStatus" };
  if (error instanceof UdsTimeoutError) return { type: "silence" };
  if (!(error instanceof IsoTpError)) return undefined;
  // A frame that was not confirmed in time may have been on the wire all the same.
  return isSent || error.nResult === "N_TIMEOUT_A" ? { type: "silence" } : { type: "sendFailed" };
}
