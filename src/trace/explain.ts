import { bytesToHex, hex } from "../core/mod.ts";
import { hasSubFunction } from "../uds/mod.ts";
import type { Conversation, Exchange } from "./conversation.ts";
import { describeRequest, describeResponse } from "./describe_request.ts";

const TRANSFER_DATA = 0x36;
const TESTER_PRESENT = 0x3E;

/** How much is told. */
export interface ExplainOptions {
  /** Whether each block is told by itself, and TesterPresent too. */
  readonly isVerbose: boolean;
  /** When the trace begins, in ms: times are told from there. */
  readonly startMs: number;
}

/**
 * Tells a conversation in plain words, a line an exchange: when, what was asked, what came back and
 * how long that took. Blocks of one transfer that went well are told together.
 *
 * @param exchanges The conversation.
 * @param options How much is told.
 * @returns The lines.
 */
export function explainConversation(
  exchanges: readonly Exchange[],
  options: ExplainOptions,
): readonly string[] {
  const lines: string[] = [];
  for (let i = 0; i < exchanges.length;) {
    const blocks = options.isVerbose ? 0 : countBlocks(exchanges, i);
    if (blocks > 1) {
      lines.push(blocksLine(exchanges.slice(i, i + blocks), options.startMs));
      i += blocks;
      continue;
    }
    const exchange = exchanges[i++]!;
    for (const reason of exchange.broken) {
      lines.push(`${timeText(exchange.request.startMs - options.startMs)}  broke off: ${reason}`);
    }
    if (options.isVerbose || exchange.request.data[0] !== TESTER_PRESENT) {
      lines.push(exchangeLine(exchange, options.startMs));
    }
  }
  return lines;
}

/** Lines of one conversation that are shown; a whole update is fewer. */
const LINES_MAX = 2000;

/**
 * Leaves out the middle of what is too long to be read, and says so.
 *
 * @param lines The lines of a conversation.
 * @returns At most 2001 of them, the first and the last.
 */
export function shortenLines(lines: readonly string[]): readonly string[] {
  const leftOut = lines.length - LINES_MAX;
  if (leftOut <= 0) return lines;
  const half = LINES_MAX / 2;
  return [
    ...lines.slice(0, half),
    `  ${leftOut} lines are left out here; --verbose shows them`,
    ...lines.slice(-half),
  ];
}

/**
 * Sums a conversation up.
 *
 * @param conversation The conversation.
 * @returns Counts in words.
 */
export function conversationSummary({ exchanges, leftOutCount }: Conversation): string {
  const negative = exchanges.filter(({ response }) => response?.data[0] === 0x7F).length;
  const silent = exchanges.filter((exchange) => isSilent(exchange)).length;
  const pending = exchanges.reduce((sum, { pendingCount }) => sum + pendingCount, 0);
  const broken = exchanges.reduce((sum, one) => sum + one.broken.length, 0);
  return [
    `${exchanges.length} ${exchanges.length === 1 ? "request" : "requests"}`,
    ...(negative > 0 ? [`${negative} negative`] : []),
    ...(silent > 0 ? [`${silent} unanswered`] : []),
    ...(pending > 0 ? [`${pending} times 0x78`] : []),
    ...(broken > 0 ? [`${broken} broken off`] : []),
    ...(leftOutCount > 0 ? [`${leftOutCount} more requests are left out`] : []),
  ].join(", ");
}

/**
 * Tells whether a request was not answered though it should have been.
 *
 * @param exchange The exchange.
 * @returns False also where the request asked for no positive response.
 */
export function isSilent({ request, response }: Exchange): boolean {
  if (response !== undefined) return false;
  const [sid = 0, second = 0] = request.data;
  return !hasSubFunction(sid) || (second & 0x80) === 0;
}

function exchangeLine(exchange: Exchange, startMs: number): string {
  const { request, response, pendingCount } = exchange;
  const asked = describeRequest(request.data);
  const frames = request.frames > 1
    ? ` in ${request.frames} frames, ${duration(request.endMs - request.startMs)}`
    : "";
  const patience = pendingCount > 0 ? `, after ${pendingCount} times 0x78` : "";
  const came = response === undefined
    ? isSilent(exchange) ? "NO RESPONSE" : "no response wanted"
    : `${describeResponse(response.data)} in ${
      duration(response.endMs - request.endMs)
    }${patience}`;
  const quote = response?.data[0] === 0x7F ? ` [${bytesToHex(request.data.subarray(0, 16))}]` : "";
  return `${timeText(request.startMs - startMs)}  ${asked}${frames} -> ${came}${quote}`;
}

/** How many blocks in a row were taken at once, from an exchange on. */
function countBlocks(exchanges: readonly Exchange[], from: number): number {
  let count = 0;
  for (let i = from; i < exchanges.length; i++) {
    const { request, response, broken } = exchanges[i]!;
    const isGood = request.data[0] === TRANSFER_DATA && response?.data[0] === 0x76;
    if (!isGood || broken.length > 0) break;
    count++;
  }
  return count;
}

function blocksLine(blocks: readonly Exchange[], startMs: number): string {
  const first = blocks[0]!;
  const last = blocks.at(-1)!;
  const bytes = blocks.reduce((sum, { request }) => sum + request.data.length - 2, 0);
  const tookMs = last.response!.endMs - first.request.startMs;
  const slowest = blocks.reduce(
    (most, { request, response }) => Math.max(most, response!.endMs - request.endMs),
    0,
  );
  const pending = blocks.reduce((sum, { pendingCount }) => sum + pendingCount, 0);
  const rate = tookMs > 0 ? `, ${(bytes / 1024 / (tookMs / 1000)).toFixed(1)} KiB/s` : "";
  return `${timeText(first.request.startMs - startMs)}  TransferData: ${blocks.length} blocks ` +
    `${hex(first.request.data[1]!, 2)}..${hex(last.request.data[1]!, 2)}, ${bytes} bytes in ` +
    `${duration(tookMs)}${rate} -> all positive, slowest in ${duration(slowest)}` +
    (pending > 0 ? `, ${pending} times 0x78` : "");
}

function timeText(ms: number): string {
  return (ms / 1000).toFixed(3).padStart(10);
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
