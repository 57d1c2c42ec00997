/** One node that is updated by a group of its own, request by request. */
import { from } from "rxjs";
import type { FirmwareImage } from "../../../src/image/mod.ts";
import { bytesToHex } from "../../../src/core/mod.ts";
import {
  encodeGroupOpened,
  encodeMapResponse,
  evenGenerations,
  GROUP_ROUTINE_ID,
  type GroupMap,
} from "../../../src/group/mod.ts";
import {
  groupRuns,
  type GroupSendProgress,
  GroupTransfer,
  type NodeContext,
  updateNode,
} from "../../../src/update/mod.ts";
import { G474, imageFor } from "../../support/host_bench.ts";
import {
  type Answers,
  asked,
  type Conversation,
  type ConversationOptions,
  converse,
  SEGMENT_BYTES,
  told,
} from "./_conversation.ts";

/** Its name in the group. */
export const NAME = "node";
/** How requests begin. */
export const OPEN = "31 01 47 52";
export const MAP = "31 03 47 52";
const CLOSE = "31 02 47 52";
export const CHECK = "31 01 02 02";
export const ERASE = "31 01 FF 00";
/** What a node answers to its opening. */
export const OPENED = bytesToHex(
  encodeGroupOpened(GROUP_ROUTINE_ID, { bufferBlocks: 64, programMs: 1 }),
);
const BLOCK_BYTES = 512;

/** A map of a region of so many bytes, as it is cut into generations; nothing is missing by default. */
export function mapOf(
  sizeBytes: number,
  generations: Readonly<Record<number, readonly number[]>> = {},
  more: Partial<GroupMap> & { readonly generationBlocks?: number } = {},
): string {
  const { generationBlocks = 96, ...changed } = more;
  const plain = { address: 0x0800_8000, sizeBytes, blockBytes: BLOCK_BYTES, generationBlocks };
  const answer: GroupMap = {
    isBusy: false,
    hasFailed: false,
    hasMore: false,
    mendedShare: 0,
    programMs: 1,
    generations: Object.entries(generations).map(([generation, missing]) => (
      { generation: Number(generation), heldParity: 0, isWrong: false, missing }
    )),
    ...changed,
  };
  const region = { ...plain, ...evenGenerations(plain) };
  return bytesToHex(encodeMapResponse(GROUP_ROUTINE_ID, answer, region));
}

const ALL_THERE = "71 03 47 52 00 00 64";

/** A good node: it holds another image until the group is through. */
const GOOD: Answers = {
  [CHECK]: (i) => i === 0 ? "71 01 02 02 01" : "71 01 02 02 00",
  [OPEN]: () => OPENED,
  [MAP]: () => ALL_THERE,
  [CLOSE]: () => "71 02 47 52",
};

/** What became of it. */
export interface GroupConversation extends Conversation {
  readonly transfers: readonly GroupTransfer[];
  /** Messages that went out to the group. */
  readonly messageCount: number;
}

/** How it differs from one run of one segment. */
export interface GroupOptions extends ConversationOptions {
  readonly generationBlocks?: number;
  /** What of its context is another one; its group is made already. */
  readonly context?: (context: NodeContext) => Partial<NodeContext>;
  /** What of its context is another one before its group is made. */
  readonly change?: (context: NodeContext) => Partial<NodeContext>;
}

/** Two runs of 10 KiB, with a segment between them that nothing belongs to. */
export function twoRuns(): FirmwareImage {
  const { start, data } = imageFor(G474, 3 * SEGMENT_BYTES, 1).ranges[0]!;
  const part = (from: number) => ({
    start: start + from,
    end: start + from + 10 * 1024,
    data: data.subarray(from, from + 10 * 1024),
  });
  return { ranges: [part(0), part(2 * SEGMENT_BYTES)] };
}

/** Updates one node by groups of its own, one for each run of its plan. */
export function inGroup(options: GroupOptions = {}): GroupConversation {
  const { answers = {}, generationBlocks = 96, context: other, change, ...more } = options;
  const group = { routineIdentifier: GROUP_ROUTINE_ID, blockBytes: BLOCK_BYTES, generationBlocks };
  let transfers: readonly GroupTransfer[] = [];
  let messageCount = 0;
  const talk = (given: NodeContext) => {
    const changed = { ...given, ...change?.(given) };
    const { clock } = changed;
    const send = () => {
      messageCount++;
      const progress = [{ type: "started", atMs: clock.now() }, {
        type: "sent",
        atMs: clock.now(),
      }];
      return from(progress as GroupSendProgress[]);
    };
    transfers = groupRuns(changed.job.plan).map(({ whole: { write } }) =>
      new GroupTransfer({
        channel: { identifier: { id: 0x7FF, extended: false }, frameBytes: 7, send },
        clock,
        newKey: () => Uint8Array.of(1, 2, 3, 4),
        region: {
          address: write.start,
          sizeBytes: write.data.length,
          blockBytes: BLOCK_BYTES,
          generationBlocks,
        },
        data: write.data,
      })
    );
    const context = { ...changed, group: { name: NAME, transfers } };
    return updateNode({ ...context, ...other?.(context) });
  };
  const good: Answers = Object.fromEntries(
    Object.entries(GOOD).map(([begin, usual]) => [
      begin,
      (i: number, request: string) => answers[begin]?.(i, request) ?? usual(i, request),
    ]),
  );
  const profile = { group, ...more.profile };
  const conversation = converse({ ...more, profile, answers: { ...answers, ...good }, talk });
  return { ...conversation, transfers, messageCount };
}

const SHORT: readonly (readonly [RegExp, string])[] = [
  [/extended session, DTCs off, others silent, programming session, seed, fingerprint/g, "enter"],
  [/hardware\?, serial\?, version\?, bootloader\?/g, "who?"],
  [/31 01 47 52[ 0-9A-F]*/g, "open"],
  [/31 03 47 52 00 00 00/g, "map"],
  [/31 03 47 52 00 00 01/g, "sample"],
  [/31 02 47 52/g, "close"],
  [/22 47 52/g, "versions?"],
  [/, dependencies, reset, version\?$/g, ""],
];

/** What it was asked, until it is told to start. */
export function steps(conversation: Conversation): string {
  return SHORT.reduce((text, [long, short]) => text.replace(long, short), asked(conversation));
}

/** `told`, with the reasons for which it left its group, from `updating` to `imageVerified`. */
export function story(conversation: Conversation): string {
  const reasons = conversation.events.flatMap((event) =>
    event.type === "nodeLeftGroup" ? [event.reason] : []
  );
  return told(conversation).replaceAll("nodeLeftGroup", () => `left: ${reasons.shift()}`)
    .replace(/^updating, /, "").replace(/, imageVerified, activating, (done|up to date)$/, "");
}
