import { formatRange } from "../../core/mod.ts";
import { formatBytes } from "../../report/mod.ts";
import { describeRequest } from "../../trace/mod.ts";
import { type NodeJob, placeOfKey, type UpdateProfile, writtenPlan } from "../../update/mod.ts";
import type { Rehearsal, RehearsedRequest } from "./rehearse_node.ts";
import {
  boundsWords,
  goodAnswer,
  keptNames,
  type RequestBounds,
  requestBounds,
  requestBytes,
} from "./request_words.ts";

/** One line of a conversation, as `--json` has it. */
export interface ConversationRow extends RequestBounds {
  /** In which part of the conversation. */
  readonly part: RehearsedRequest["room"];
  /** Which segment it is about, from 0; absent where it is about none. */
  readonly segment?: number;
  /** Whom it goes to. */
  readonly to: "node" | "all";
  /** The bytes; `...` stands for data and keys, `{nonce}` for what the node tells before. */
  readonly request: string;
  /** How many blocks it stands for. */
  readonly count: number;
  /** What it is. */
  readonly words: string;
  /** Which answer is good. */
  readonly answer: string;
  /** How it is bounded, in words. */
  readonly bounds: string;
  /** What of the profile has it sent; absent: canvoy sends it by itself. */
  readonly key?: string;
  /** Where that stands; absent where it is built in. */
  readonly place?: string;
}

/**
 * Tells a rehearsed conversation request by request; the blocks of one download together.
 *
 * @param rehearsal The conversation.
 * @param profile The node's profile.
 * @returns A row for each.
 */
export function conversationRows(
  { requests }: Rehearsal,
  profile: UpdateProfile,
): readonly ConversationRow[] {
  const rows: (ConversationRow & { count: number })[] = [];
  const kept = keptNames(profile);
  let wasBlock = false;
  for (const request of requests) {
    const isBlock = request.source?.key === "download.block";
    if (isBlock && wasBlock) rows.at(-1)!.count++;
    else rows.push({ ...rowOf(request, profile, kept), count: 1 });
    wasBlock = isBlock;
  }
  return rows;
}

function rowOf(
  row: RehearsedRequest,
  profile: UpdateProfile,
  kept: ReadonlySet<string>,
): Omit<ConversationRow, "count"> {
  const { room: part, segment, request, source, isFunctional } = row;
  const place = source && placeOfKey(profile, source.key);
  const bounds = requestBounds(row, profile);
  return {
    part,
    ...(segment === undefined ? {} : { segment }),
    to: isFunctional ? "all" : "node",
    request: requestBytes(row, kept),
    words: describeRequest(request),
    answer: goodAnswer(row, profile),
    ...bounds,
    bounds: boundsWords(bounds, request),
    ...(source === undefined ? {} : { key: source.key }),
    ...(place === undefined ? {} : { place }),
  };
}

const TITLES: Readonly<Record<ConversationRow["part"], string>> = {
  before: "To all nodes of the bus, before they are entered",
  identity: "What it is",
  enter: "Into its bootloader",
  write: "Before the first erase",
  finish: "Start of what is new",
  after: "To all nodes of the bus, at the end",
};

/**
 * Writes a conversation for people. Segments that go as the first one goes, and questions of the same
 * kind, are told together.
 *
 * @param rows The conversation.
 * @param job What is done to the node.
 * @param options Whether everything is told.
 * @returns The lines.
 */
export function conversationLines(
  rows: readonly ConversationRow[],
  job: NodeJob,
  { isVerbose }: { readonly isVerbose: boolean },
): readonly string[] {
  const lines: string[] = [];
  let first: readonly ConversationRow[] | undefined;
  let alike: ConversationRow[] = [];
  const closeAlike = (): void => {
    if (alike.length > 0) lines.push("", alikeTitle(alike, job));
    alike = [];
  };
  for (const part of parts(rows)) {
    const isSegment = part[0]!.segment !== undefined;
    if (!isVerbose && isSegment && first !== undefined && isAlike(first, part)) {
      alike.push(part[0]!);
      continue;
    }
    closeAlike();
    if (isSegment) first ??= part;
    lines.push("", titleOf(part[0]!, job), ...partLines(part, isVerbose));
  }
  closeAlike();
  return lines;
}

/** What belongs together: one part of the conversation, one segment. */
function parts(rows: readonly ConversationRow[]): readonly (readonly ConversationRow[])[] {
  const found: ConversationRow[][] = [];
  for (const row of rows) {
    const last = found.at(-1)?.[0];
    const isSame = last?.part === row.part && last.segment === row.segment;
    if (isSame) found.at(-1)!.push(row);
    else found.push([row]);
  }
  return found;
}

function isAlike(left: readonly ConversationRow[], right: readonly ConversationRow[]): boolean {
  return left.length === right.length && left.every(({ key }, i) => key === right[i]!.key);
}

function partLines(part: readonly ConversationRow[], isVerbose: boolean): readonly string[] {
  const lines: string[] = [];
  let moreCount = 0;
  const closeMore = (): void => {
    if (moreCount > 0) lines.push(`  ... and ${moreCount} more like it`);
    moreCount = 0;
  };
  part.forEach((row, i) => {
    const before = part[i - 1];
    if (!isVerbose && row.key !== undefined && row.key === before?.key && isQuestion(row)) {
      moreCount++;
      return;
    }
    closeMore();
    lines.push(...rowLines(row));
  });
  closeMore();
  return lines;
}

/** What is there already is asked in halves. */
function isQuestion({ key, part, segment }: ConversationRow): boolean {
  return key === "check" && part === "write" && segment === undefined;
}

function rowLines(row: ConversationRow): readonly string[] {
  const { request, count, words, answer, bounds, key, place } = row;
  const more = count === 1 ? "" : `, and ${count - 1} more ${count === 2 ? "block" : "blocks"}`;
  const says = key === undefined ? "canvoy by itself" : key;
  return [
    `  ${request}${more}`,
    `      ${words}`,
    `      ${answer}; ${bounds}`,
    `      ${says}${place === undefined ? "" : ` (${place})`}`,
  ];
}

function titleOf({ part, segment }: ConversationRow, job: NodeJob): string {
  return segment === undefined ? TITLES[part] : segmentTitle(segment, job);
}

function segmentTitle(index: number, job: NodeJob): string {
  const { range, write } = writtenPlan(job).segments[index]!;
  const tries = job.profile.timing.segmentAttemptsMax;
  return `Segment ${index}, ${formatRange(range)}: ${formatBytes(write.data.length)}; ` +
    `tried at most ${tries} times`;
}

function alikeTitle(alike: readonly ConversationRow[], job: NodeJob): string {
  const indices = alike.map(({ segment }) => segment!);
  const { segments } = writtenPlan(job);
  const ranges = indices.map((index) => formatRange(segments[index]!.range));
  const what = indices.length === 1 ? "Segment" : "Segments";
  return `${what} ${indices.join(", ")} alike: ${ranges.join(", ")}`;
}
