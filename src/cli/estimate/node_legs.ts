import { eraseTimeMs, type FlashPlan, programTimeMs } from "../../stm32/mod.ts";
import { blockBounds, blockDataLengthBytes, type RequestTemplate } from "../../uds/mod.ts";
import {
  type NodeEvent,
  type NodeStep,
  unitsErasedFor,
  type UpdateProfile,
  writtenParts,
} from "../../update/mod.ts";
import type { LinkTimes } from "./link_times.ts";

/** A stretch of a node's update: first it needs the wire, then only its own time. */
export interface Leg {
  /** What is told of the node before it: it decides whose turn it is. */
  readonly event?: NodeEvent;
  /** Whether the node waits here until it may erase, or is through with an erase. */
  readonly turn?: "take" | "leave";
  /** Whether it goes before data, as requests and answers of one frame do. */
  readonly isShort: boolean;
  /** How long it needs the wire, in ms. */
  readonly wireMs: number;
  /** How long the node then takes by itself, in ms. */
  readonly ownMs: number;
}

/** What is done to a node. */
export interface PlannedUpdate {
  /** Its segments as its profile handles them. */
  readonly plan: FlashPlan;
  /** How it is talked to. */
  readonly profile: UpdateProfile;
}

/** What a node takes until its flow control or an answer that costs no work is on its way, in ms. */
const TURNAROUND_MS = 0.1;
/** From reset until an application answers, in ms. */
const BOOT_MS = 50;
/** What a field takes whose length is open: a fingerprint, a checksum. */
const OPEN_FIELD_BYTES = 6;
/** A positive response of a routine, a data identifier, a block. */
const ANSWER_BYTES = 4;
/** A data identifier with a version or a name. */
const IDENTITY_BYTES = 16;
/** Messages up to this length go before longer ones, as on the wire, in bytes. */
const URGENT_BYTES_MAX = 32;

/**
 * One node's update as the wire sees it, where nothing is lost and nothing is there already.
 *
 * @param update What is done.
 * @param times How long its frames take.
 * @returns The legs, in order.
 */
export function* nodeLegs(update: PlannedUpdate, times: LinkTimes): Generator<Leg> {
  const { plan, profile } = update;
  const { geometry, segments } = plan;
  const { erase, download, check } = profile;
  yield* setUp(profile, times);
  if (check?.readOnly) {
    // Asked about all at once, and then in halves until each has answered for itself.
    for (let i = 0; i < 2 * segments.length - 1; i++) yield* exchange(times, check.request, 0);
  }
  for (const segment of segments) {
    const { index } = segment;
    const eraseMs = eraseTimeMs(geometry, unitsErasedFor(update, segment), "typical");
    yield { turn: "take", isShort: true, wireMs: 0, ownMs: 0 };
    yield event({ type: "segmentPhase", segment: index, phase: "erasing", attempt: 1 });
    for (const step of erase.before) yield* nodeStep(times, step);
    if (erase.request !== undefined) yield* exchange(times, erase.request, eraseMs);
    for (const step of erase.after) yield* nodeStep(times, step);
    yield { turn: "leave", isShort: true, wireMs: 0, ownMs: 0 };
    yield event({ type: "segmentPhase", segment: index, phase: "writing", attempt: 1 });
    const bounds = blockBounds(download.block);
    const blockBytes = blockDataLengthBytes({
      maxNumberOfBlockLength: undefined,
      capBytes: download.maxNumberOfBlockLengthCap,
      multipleBytes: download.blockMultipleBytes,
      bounds,
    });
    for (const { offset, data } of writtenParts(update, segment)) {
      if (download.request !== undefined) {
        yield* exchange(times, download.request, erase.request === undefined ? eraseMs : 0);
      }
      for (let at = 0; at < data.length; at += blockBytes) {
        const dataBytes = Math.min(blockBytes, data.length - at);
        const programMs = programTimeMs(geometry, dataBytes, "typical");
        yield* message(times, dataBytes + bounds.overheadBytes, programMs);
        const writtenBytes = offset + at + dataBytes;
        yield event({ type: "segmentProgress", segment: index, writtenBytes });
      }
      if (download.exit !== undefined) yield* exchange(times, download.exit, 0);
    }
    if (check !== undefined) yield* exchange(times, check.request, 0);
    yield event({ type: "segmentPhase", segment: index, phase: "verified", attempt: 1 });
  }
  for (const step of profile.finish) yield* nodeStep(times, step);
  yield { isShort: true, wireMs: 0, ownMs: BOOT_MS };
}

function* setUp(profile: UpdateProfile, times: LinkTimes): Generator<Leg> {
  for (const _did of Object.values(profile.identity)) {
    yield* message(times, 3, 0, IDENTITY_BYTES);
  }
  for (const _condition of profile.conditions ?? []) yield* message(times, 3, 0);
  for (const step of profile.enter) yield* nodeStep(times, step);
}

function* nodeStep(times: LinkTimes, step: NodeStep): Generator<Leg> {
  switch (step.kind) {
    case "request":
      return yield* exchange(times, step.request, 0);
    case "securityAccess":
      yield* step.seedRequest === undefined
        ? message(times, 2, 0)
        : exchange(times, step.seedRequest, 0);
      return yield* message(times, 2 + ANSWER_BYTES, step.keyAfterMs ?? 0);
    case "authentication":
    case "talkTo":
      return;
    case "wait":
      yield { isShort: true, wireMs: 0, ownMs: step.delayMs };
  }
}

function exchange(times: LinkTimes, request: RequestTemplate, ownMs: number): Generator<Leg> {
  const lengthBytes = request.parts.reduce(
    (sum, part) =>
      sum + (part.kind === "bytes" ? part.bytes.length : part.sizeBytes ?? OPEN_FIELD_BYTES),
    0,
  );
  return message(times, lengthBytes, ownMs);
}

/** A request, the node's own time, and its answer. */
function* message(
  times: LinkTimes,
  lengthBytes: number,
  ownMs: number,
  answerBytes = ANSWER_BYTES,
): Generator<Leg> {
  yield* oneWay(times, lengthBytes, ownMs + TURNAROUND_MS + times.requestGapMs);
  yield* oneWay(times, answerBytes, 0);
}

function* oneWay(times: LinkTimes, lengthBytes: number, ownMs: number): Generator<Leg> {
  if (lengthBytes <= times.singleFrameBytesMax) {
    yield { isShort: true, wireMs: times.frameMs(lengthBytes), ownMs };
    return;
  }
  const isShort = lengthBytes <= URGENT_BYTES_MAX;
  const { firstFrameBytes } = times;
  yield { isShort, wireMs: times.frameMs(lengthBytes), ownMs: TURNAROUND_MS };
  yield { isShort: true, wireMs: times.frameMs(2), ownMs: 0 };
  const restBytes = lengthBytes - firstFrameBytes;
  const gapsMs = times.gapsMs(restBytes);
  yield { isShort, wireMs: times.consecutiveMs(restBytes), ownMs: ownMs + gapsMs };
}

function event(told: NodeEvent): Leg {
  return { event: told, isShort: true, wireMs: 0, ownMs: 0 };
}
