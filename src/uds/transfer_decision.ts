import type { BlockBounds } from "./block_template.ts";
import { NRC } from "./negative_response_code.ts";

/** Which try of one block this was. */
export type BlockAttempt =
  /** The first. */
  | "first"
  /** The same counter again, as the whole block was sent and no answer came. */
  | "repeatAfterSilence"
  /** The same counter again, as the block could not be sent whole. */
  | "repeatAfterSendFailure";

/** What one try came to. */
export type BlockOutcome =
  | { readonly type: "positive" }
  /** The whole block was sent, and no answer came. */
  | { readonly type: "silence" }
  /** The block could not be sent whole: the node cannot have taken it. */
  | { readonly type: "sendFailed" }
  /** A positive response whose status says that it was not taken. */
  | { readonly type: "badStatus" }
  | { readonly type: "negative"; readonly nrc: number };

/** What is done next. */
export type BlockDecision =
  /** The block is on the node: go on with the next. */
  | "next"
  /** Not answered, but 0x73 to its repetition says that the node has counted on: go on. */
  | "assumeWritten"
  /** Send the same counter once more. */
  | "repeat"
  /** The transfer is lost: the segment begins again, from its erase and RequestDownload. */
  | "restart";

/**
 * What to do after one try of one block: the rule for a lost response, whatever the server.
 *
 * Servers differ when the last counter comes again: one answers positively and does not write
 * again; one takes it silently; one answers wrongBlockSequenceCounter (0x73) and keeps the transfer
 * open; one answers requestSequenceError (0x24) and forgets the transfer. So a block is sent again
 * while nothing is heard, a bounded number of times, and whatever is decided here, the segment's
 * checksum has the last word.
 *
 * Source: ISO 14229-1:2020, TransferData, "blockSequenceCounter"; behaviours as seen in the field.
 *
 * @param attempt Which try.
 * @param outcome What it came to.
 * @param options Whether a block that met silence is sent once more; by default, after the first
 * try only.
 * @returns What is done next.
 *
 * @example The answer to block 5 was lost
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { decideAfterBlock } from "./transfer_decision.ts";
 *
 * strictEqual(decideAfterBlock("first", { type: "silence" }), "repeat");
 * const wrongCounter = { type: "negative", nrc: 0x73 } as const;
 * strictEqual(decideAfterBlock("repeatAfterSilence", wrongCounter), "assumeWritten");
 * ```
 */
export function decideAfterBlock(
  attempt: BlockAttempt,
  outcome: BlockOutcome,
  { mayRepeat = attempt === "first" }: { readonly mayRepeat?: boolean } = {},
): BlockDecision {
  switch (outcome.type) {
    case "positive":
      return "next";
    case "silence":
    case "sendFailed":
      return mayRepeat ? "repeat" : "restart";
    case "badStatus":
      return "restart";
    case "negative":
      // Had the block never been sent whole, 0x73 would tell of a node that lost count.
      return attempt === "repeatAfterSilence" && outcome.nrc === NRC.wrongBlockSequenceCounter
        ? "assumeWritten"
        : "restart";
  }
}

/** What bounds the data of one block. */
export interface BlockLengthOptions {
  /** maxNumberOfBlockLength as the node stated it; `undefined` where it left it out. */
  readonly maxNumberOfBlockLength: number | undefined;
  /** Its upper bound: the profile's, in bytes with service identifier and counter. */
  readonly capBytes: number;
  /** Data bytes of a block are a multiple of it, where one fits; 1 and up. */
  readonly multipleBytes: number;
  /** What a message has beside its data, and what its form says of the data. */
  readonly bounds: BlockBounds;
}

/**
 * How many data bytes a block carries: maxNumberOfBlockLength counts all of the message, service
 * identifier and counter too. A node that states none, or less than one byte of data, gets the cap.
 *
 * Source: ISO 14229-1:2020, RequestDownload, "maxNumberOfBlockLength".
 *
 * @param options What bounds it.
 * @returns At least 1.
 * @throws {RangeError} If the cap leaves no data byte, or the multiple is less than 1.
 */
export function blockDataLengthBytes(options: BlockLengthOptions): number {
  const { maxNumberOfBlockLength: stated, capBytes, multipleBytes, bounds } = options;
  const { overheadBytes, dataBytesMax } = bounds;
  if (!(capBytes > overheadBytes) || !(multipleBytes >= 1)) {
    throw new RangeError(`Cannot cut blocks of ${capBytes} bytes by ${multipleBytes}`);
  }
  const isStated = stated !== undefined && stated > overheadBytes;
  const messageBytes = isStated ? Math.min(stated, capBytes) : capBytes;
  const dataBytes = Math.min(messageBytes - overheadBytes, dataBytesMax);
  const wholeBytes = dataBytes - dataBytes % multipleBytes;
  return wholeBytes > 0 ? wholeBytes : dataBytes;
}
