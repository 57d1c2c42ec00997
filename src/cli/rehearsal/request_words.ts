import { bytesToHex, hex } from "../../core/mod.ts";
import { formatDuration } from "../../report/mod.ts";
import {
  conditionWords,
  positiveHead,
  type RequestTemplate,
  SERVICE_ID,
  suppressesPositiveResponse,
} from "../../uds/mod.ts";
import {
  type AnswerRule,
  type PollRule,
  profileRequests,
  type SeedRule,
  type UpdateProfile,
} from "../../update/mod.ts";
import type { RehearsedRequest } from "./rehearse_node.ts";

/** What stands for bytes that are the image's, or a key's. */
const LEFT_OUT = "...";
/** Bytes of a request without a template that are shown. */
const SHOWN_BYTES = 24;
/** Every status byte. */
const STATUS_COUNT = 256;

/**
 * Lists what a profile keeps of a node's answers.
 *
 * @param profile The profile.
 * @returns The names.
 */
export function keptNames(profile: UpdateProfile): ReadonlySet<string> {
  return new Set(profileRequests(profile).flatMap(({ keep = [] }) => keep));
}

/**
 * Shows a request as bytes: fields as they are filled in, `...` for what differs from run to run.
 *
 * @param row The request.
 * @param kept Names of what the node tells before: shown by them.
 * @returns For example `36 01 ...`.
 */
export function requestBytes(
  { request, source }: RehearsedRequest,
  kept: ReadonlySet<string>,
): string {
  const sid = request[0]!;
  const isKey = sid === SERVICE_ID.securityAccess && request[1]! % 2 === 0;
  if (isKey || sid === SERVICE_ID.authentication) {
    return `${bytesToHex(request.subarray(0, 2))} ${LEFT_OUT}`;
  }
  const template = source?.template ?? source?.seed?.seedRequest;
  if (template !== undefined) return templateBytes(template, request, kept);
  const more = request.length > SHOWN_BYTES ? ` ${LEFT_OUT}` : "";
  return bytesToHex(request.subarray(0, SHOWN_BYTES)) + more;
}

/** Only data is left out, and the checksum over it. */
function templateBytes(
  { parts }: RequestTemplate,
  request: Uint8Array,
  kept: ReadonlySet<string>,
): string {
  const sizeOf = (part: RequestTemplate["parts"][number]): number =>
    part.kind === "bytes" ? part.bytes.length : part.sizeBytes ?? 0;
  const openBytes = request.length - parts.reduce((sum, part) => sum + sizeOf(part), 0);
  let offset = 0;
  return parts.map((part) => {
    const isOpen = part.kind === "field" && part.sizeBytes === undefined;
    const end = offset + (isOpen ? openBytes : sizeOf(part));
    const bytes = request.subarray(offset, end);
    offset = end;
    if (part.kind === "field" && kept.has(part.name)) return `{${part.name}}`;
    return part.kind === "field" && part.name === "data" ? LEFT_OUT : bytesToHex(bytes);
  }).join(" ");
}

/**
 * Says which answer is good.
 *
 * @param row The request.
 * @param profile The node's profile.
 * @returns The words, without the times.
 */
export function goodAnswer(row: RehearsedRequest, profile: UpdateProfile): string {
  const { request, room, source, isFunctional } = row;
  if (suppressesPositiveResponse(request)) return "no answer is asked for";
  if (isFunctional) return "nobody's answer is waited for";
  const answer = source?.answer;
  const head = answer?.response?.text ?? bytesToHex(positiveHead(request));
  const words = [`good: ${head}${answerRest(row, profile)}`, ...statusWords(request, answer)];
  const busyMsMax = answer?.waits?.busyMsMax ?? profile.timing.busyMsMax;
  if (busyMsMax !== undefined) words.push(`21 is borne for ${formatDuration(busyMsMax)}`);
  if (source?.keep !== undefined) {
    words.push(`${source.keep.map((name) => `{${name}}`).join(" and ")} is kept`);
  }
  if (source?.isOptional === true) words.push("or a refusal");
  const { condition } = source ?? {};
  if (condition !== undefined) {
    const { name = "it" } = condition;
    const { decidesOver } = source!;
    if (decidesOver !== undefined) {
      words.push(`where ${name} is ${conditionWords(condition)}, ${decidesOver} follows`);
      words.push(`else ${decidesOver} is left out`);
    } else words.push(`${name} must be ${conditionWords(condition)}, or the node is refused`);
    if (condition.optional) {
      words.push(`or a refusal: then it is ${decidesOver === undefined ? "passed" : "left out"}`);
    }
  } else if (room === "identity") words.push("or a refusal: then it tells none");
  return words.join(", ");
}

function answerRest({ request, source }: RehearsedRequest, { check }: UpdateProfile): string {
  const [sid, subFunction = 0] = request;
  if (source?.key === "check" && check?.mode === "report") {
    return " and the checksum of these bytes";
  }
  if (sid === SERVICE_ID.readDataByIdentifier) return " and what it is";
  if (sid === SERVICE_ID.securityAccess && subFunction % 2 === 1) {
    return ` and the seed${seedWords(source?.seed)}`;
  }
  return sid === SERVICE_ID.requestDownload ? " and how long blocks may be" : "";
}

/** When its key goes out, and what is waited out. */
function seedWords({ keyAfterMs, seedMsMax, delayMs, delaysMax = 2 }: SeedRule = {}): string {
  return [
    ...(keyAfterMs === undefined ? [] : [`its key follows ${keyAfterMs} ms later`]),
    ...(seedMsMax === undefined
      ? []
      : [`asked for again where no key follows within ${seedMsMax} ms`]),
    ...(delayMs === undefined ? [] : [
      `37, or 36 to the first, is waited out for ${formatDuration(delayMs)}, ${
        delaysMax === 1 ? "once" : `${delaysMax} times`
      } at most`,
    ]),
  ].map((words) => `, ${words}`).join("");
}

function statusWords(request: Uint8Array, answer: AnswerRule | undefined): readonly string[] {
  if (answer === undefined) return [];
  const sid = request[0]!;
  const isTold = answer.response === undefined
    ? sid === SERVICE_ID.routineControl || sid === SERVICE_ID.transferData
    : answer.response.parts.some((part) => part.kind === "field" && part.name === "status");
  if (!isTold) return [];
  const { good, busy, bad = [], poll } = answer;
  if (good.length === STATUS_COUNT) return ["any status", ...pollWords(busy, poll)];
  return [
    `status ${bytesList(good)}`,
    ...pollWords(busy, poll),
    ...(bad.length === 0 ? [] : [`${bytesList(bad)}: failed, tried again`]),
  ];
}

function pollWords(busy: readonly number[], poll: PollRule | undefined): readonly string[] {
  const nrcs = poll?.notReadyNrcs ?? [];
  const when = [
    ...(busy.length === 0 ? [] : [bytesList(busy)]),
    ...(nrcs.length === 0 ? [] : [`a refusal ${bytesList(nrcs)}`]),
    ...(poll?.always === true ? ["the first answer"] : []),
  ];
  if (when.length === 0) return [];
  const by = poll?.request === undefined ? "" : ` by ${poll.request.text}`;
  const until = poll?.until === undefined ? "" : ` until that is ${conditionWords(poll.until)}`;
  const every = poll === undefined ? "" : `: asked again every ${poll.intervalMs} ms${by}${until}`;
  return [`${when.join(" or ")} means not ready${every}`];
}

function bytesList(bytes: readonly number[]): string {
  return bytes.map((byte) => hex(byte, 2).slice(2)).join(" or ");
}

/** By what an application that starts is asked. */
const AWAITED: ReadonlySet<number> = new Set([
  SERVICE_ID.readDataByIdentifier,
  SERVICE_ID.testerPresent,
]);

/** How a request is bounded. */
export interface RequestBounds {
  /** How long its first response may take, in ms; absent where nobody waits. */
  readonly p2Ms?: number;
  /** How long each response behind 0x78 may take, in ms. */
  readonly p2StarMs?: number;
  /** How long all of it may take, in ms. */
  readonly totalMsMax?: number;
  /** How often it is sent when nothing comes; absent: again and again, for `totalMsMax`. */
  readonly attemptsMax?: number;
}

/**
 * Tells how a request is bounded.
 *
 * @param row The request.
 * @param profile The node's profile.
 * @returns The bounds, in ms to three digits behind the point.
 */
export function requestBounds(
  { p2Ms, p2StarMs, totalMsMax, request, room, source, isFunctional }: RehearsedRequest,
  { timing }: UpdateProfile,
): RequestBounds {
  if (isFunctional || p2Ms === undefined) return { attemptsMax: 1 };
  const { knock } = source ?? {};
  if (knock !== undefined) return { p2Ms: knock.everyMs, totalMsMax: knock.forMs };
  const isAwaited = room === "finish" && AWAITED.has(request[0]!);
  if (isAwaited) return { p2Ms: Math.round(p2Ms), totalMsMax: timing.activationMsMax };
  const isReset = request[0] === SERVICE_ID.ecuReset;
  const isSeed = request[0] === SERVICE_ID.securityAccess;
  const isBlock = source?.key === "download.block";
  return {
    p2Ms: Math.round(p2Ms),
    ...(p2StarMs === undefined ? {} : { p2StarMs: Math.round(p2StarMs) }),
    totalMsMax: Math.round(totalMsMax ?? timing.requestMsMax),
    attemptsMax: isReset ? 1 : isSeed || isBlock ? 2 : timing.requestAttemptsMax,
  };
}

/**
 * Says how a request is bounded.
 *
 * @param bounds The bounds.
 * @param request The request.
 * @returns The words; empty where nobody waits.
 */
export function boundsWords(
  { p2Ms, p2StarMs, totalMsMax, attemptsMax }: RequestBounds,
  request: Uint8Array,
): string {
  if (p2Ms === undefined || suppressesPositiveResponse(request)) return "sent once";
  if (attemptsMax === undefined) {
    const duration = formatDuration(totalMsMax ?? 0);
    return AWAITED.has(request[0]!)
      ? `asked every ${p2Ms} ms until it is as it should be, for ${duration} ` +
        "(timing.activationMsMax)"
      : `asked every ${p2Ms} ms until it is answered, for ${duration}`;
  }
  const times = request[0] === SERVICE_ID.ecuReset
    ? "sent once: silence counts as a reset"
    : `sent at most ${attemptsMax} times`;
  const star = p2StarMs === undefined ? "" : `, P2* ${p2StarMs} ms`;
  const total = totalMsMax === undefined ? "" : `, ${formatDuration(totalMsMax)} in all`;
  return `P2 ${p2Ms} ms${star}${total}; ${times}`;
}
