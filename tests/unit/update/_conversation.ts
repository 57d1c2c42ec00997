import { EMPTY, type Observable, ReplaySubject } from "rxjs";
import { bytesToHex, VirtualClock } from "../../../src/core/mod.ts";
import { findDevice, type FlashPlan, planFlash } from "../../../src/stm32/mod.ts";
import { createUdsClient, createXorKeySource } from "../../../src/uds/mod.ts";
import type { FirmwareImage } from "../../../src/image/mod.ts";
import {
  type NodeContext,
  type NodeEvent,
  type NodeJob,
  segmentForProfile,
  updateNode,
  type UpdateProfile,
} from "../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../support/host_bench.ts";
import { ScriptedLink, type ScriptStep } from "../uds/scripted_link.ts";

/** Bytes of one segment of the part. */
export const SEGMENT_BYTES = 16 * 1024;

/** What a node answers to requests that begin so, by how often such a one came before; else as usual. */
export type Answers = Readonly<
  Record<string, (count: number, request: string) => string | undefined>
>;

/** A conversation. */
export interface Conversation {
  /** Requests in hexadecimal; data of blocks is left out. */
  readonly requests: readonly string[];
  readonly events: readonly NodeEvent[];
  /** When each request was begun. */
  readonly times: readonly number[];
  /** How often it was told that the node's session is over. */
  readonly diedCount: number;
}

/** How it differs from an update of one segment by a node that does all at once. */
export interface ConversationOptions {
  readonly answers?: Answers;
  readonly profile?: Partial<UpdateProfile>;
  readonly job?: Partial<NodeJob>;
  readonly imageBytes?: number;
  /** What the node gets; an image of `imageBytes` by default. */
  readonly image?: FirmwareImage;
  /** The operator stops as this request is sent, counted from 0. */
  readonly stopAtRequest?: number;
  /** What is done; an update by default. */
  readonly talk?: (context: NodeContext) => Observable<NodeEvent>;
}

/** A good node: it lies unlocked, and holds another image until it is written. */
const USUAL: Readonly<Record<string, string>> = {
  "10 02": "50 02 00 32 01 F4",
  "10 01": "50 01 00 32 01 F4",
  "11 01": "51 01",
  "22 F1 89": "62 F1 89 32",
  "22": "7F 22 31",
  "27 01": "67 01 00 00",
  "2E F1 5A": "6E F1 5A",
  "31 01 FF 00": "71 01 FF 00 00",
  "31 01 FF 01": "71 01 FF 01 00",
  "34": "74 20 0F FF",
  "37": "77",
  "3E 00": "7E 00",
};

function planFor(profile: UpdateProfile, image: FirmwareImage): FlashPlan {
  const { layout } = G474;
  const geometry = findDevice(G474.device);
  return segmentForProfile(planFlash({ image, geometry, layout }), profile);
}

/** Updates a node that answers by a table, in virtual time, and tells what was said. */
export function converse(options: ConversationOptions = {}): Conversation {
  const { answers = {}, imageBytes = SEGMENT_BYTES, stopAtRequest = Infinity } = options;
  const stop = new ReplaySubject<void>(1);
  const cancellation = { requested: false, requested$: stop.asObservable() };
  const clock = new VirtualClock();
  const counts = new Map<string, number>();
  let isWritten = false;
  let diedCount = 0;
  const usual = (request: string): string => {
    if (request.startsWith("36")) return `76 ${request.slice(3, 5)}`;
    if (request.startsWith("31 01 02 02")) return `71 01 02 02 0${isWritten ? 0 : 1}`;
    // Longer ones first: what is told of an identifier counts before what is told of all.
    const key = Object.keys(USUAL).toSorted((a, b) => b.length - a.length)
      .find((begin) => request.startsWith(begin));
    return key === undefined ? `7F ${request.slice(0, 2)} 11` : USUAL[key]!;
  };
  const link: ScriptedLink = new ScriptedLink(clock, (bytes): ScriptStep[] => {
    const request = bytesToHex(bytes);
    if (link.sent.length >= stopAtRequest && !cancellation.requested) {
      cancellation.requested = true;
      stop.next();
    }
    if (request.startsWith("31 01 FF 00")) isWritten = false;
    if (request.startsWith("36")) isWritten = true;
    const key = Object.keys(answers).find((begin) => request.startsWith(begin));
    const count = key === undefined ? 0 : counts.get(key) ?? 0;
    if (key !== undefined) counts.set(key, count + 1);
    const said = (key === undefined ? undefined : answers[key]!(count, request)) ?? usual(request);
    if (said === "silence") return [];
    return said.split(", ").map((step) => {
      const [message, afterMs] = step.split(" after ");
      return { afterMs: Number(afterMs ?? 1), message: message! };
    });
  });
  const profile = { ...ISO14229_PROFILE, ...options.profile };
  const plan = planFor(profile, options.image ?? imageFor(G474, imageBytes, 1));
  const events: NodeEvent[] = [];
  const { talk = updateNode } = options;
  talk({
    clock,
    cancellation,
    begin$: EMPTY,
    hold$: EMPTY,
    announced$: EMPTY,
    connection: {
      client: createUdsClient({ link, clock, timing: { p2Ms: 100 } }),
      keySource: createXorKeySource(Uint8Array.of(1, 2)),
      session: { findings$: EMPTY, fellSilent: () => {}, sessionDied: () => void diedCount++ },
      setPriority: () => {},
      close: () => {},
    },
    job: {
      plan,
      profile,
      blockNumber: 1,
      fingerprint: new Uint8Array(4),
      ...options.job,
    },
  }).subscribe((event) => events.push(event));
  clock.run({ untilMs: 3_600_000 });
  const requests = link.sent.map(({ request }) =>
    bytesToHex(request[0] === 0x36 ? request.subarray(0, 2) : request)
  );
  return { requests, events, times: link.sent.map(({ atMs }) => atMs), diedCount };
}

/** Events in few words, from where the node is entered; equal ones in a row are counted. */
export function told({ events }: Conversation): string {
  const words = events.filter(({ type }) => type !== "segmentProgress").map(wordsOf);
  return counted(words.slice(words.indexOf("unlocked") + 1));
}

function wordsOf(event: NodeEvent): string {
  switch (event.type) {
    case "nodePhase":
      return event.phase;
    case "segmentPhase":
      return `${event.segment} ${event.phase} ${event.attempt}`;
    case "retry":
      return `retry ${event.scope} ${event.attempt} after ${event.delayMs}: ${event.error.code}`;
    case "nodeFailed":
      return `failed ${event.state}: ${event.error.message}`;
    case "nodeCancelled":
      return `cancelled ${event.state}`;
    case "nodeDone":
      return event.upToDate ? "up to date" : "done";
    default:
      return event.type;
  }
}

function counted(words: readonly string[]): string {
  const groups: { word: string; count: number }[] = [];
  for (const word of words) {
    const last = groups.at(-1);
    if (last?.word === word) last.count++;
    else groups.push({ word, count: 1 });
  }
  return groups.map(({ word, count }) => count === 1 ? word : `${count} ${word}`).join(", ");
}

const NAMES: Readonly<Record<string, string>> = {
  "10 01": "default session",
  "10 02": "programming session",
  "10 03": "extended session",
  "11 01": "reset",
  "22 F1 80": "bootloader?",
  "22 F1 86": "session?",
  "22 F1 89": "version?",
  "22 F1 8C": "serial?",
  "22 F1 91": "hardware?",
  "27 01": "seed",
  "28 03 01": "others silent",
  "2E F1 5A": "fingerprint",
  "31 01 02 02": "check",
  "31 01 FF 00": "erase",
  "31 01 FF 01": "dependencies",
  "34": "download",
  "36": "block",
  "37": "exit",
  "3E 00": "present",
  "85 02": "DTCs off",
};

/** Requests by their names, one text, from where the node is entered; equal ones in a row are counted. */
export function asked({ requests }: Conversation): string {
  const names = requests.map((request) => {
    const key = Object.keys(NAMES).find((begin) => request.startsWith(begin));
    return key === undefined ? request : NAMES[key]!;
  });
  // How a node is entered is the same each time.
  return counted(names.slice(names.indexOf("fingerprint") + 1));
}
