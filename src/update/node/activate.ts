import { bytesToHex, CanvoyError } from "../../core/mod.ts";
import {
  type DataReading,
  decodeReadDataByIdentifierResponse,
  encodeReadDataByIdentifierRequest,
  encodeTesterPresentRequest,
  UdsNegativeResponseError,
  UdsTimeoutError,
} from "../../uds/mod.ts";
import { sendRequest } from "./send_request.ts";
import { ActivationError } from "./errors.ts";
import { readingsOf, toText, wordsOf } from "./identify.ts";
import type { NodeContext, NodeJob } from "./node_context.ts";
import { isNotNow } from "./recovery.ts";
import { resetNode } from "./reset_step.ts";
import { pause } from "./retry.ts";
import { andThen, deferStep, done, fail, recover, repeatUntil, type Step, wait } from "./step.ts";

/** Pause behind an answer of a node that starts, in ms. */
const ASK_EVERY_MS = 50;
/**
 * How long one question waits, in ms: a late answer is as good to the next one. That follows at once,
 * so that there is no moment in which each answer of a node could come unheard.
 */
const SILENCE_MS = 150;
/** Bytes of a record that are shown. */
const SHOWN_BYTES = 16;

/** What a node that starts has told last. */
type Told =
  | { readonly kind: "nothing"; readonly cause?: CanvoyError }
  /** It answers, and says no version. */
  | { readonly kind: "refusal"; readonly cause: UdsNegativeResponseError }
  | {
    readonly kind: "version";
    readonly version: string;
    /** What it was read from. */
    readonly record: Uint8Array;
  }
  /** It answers TesterPresent: the profile knows no version to ask for. */
  | { readonly kind: "presence" };

/** What is known of a node whose application starts. */
export interface Activation {
  /** Whether its application is known to tell a version: it did before, or the fleet file says so. */
  readonly tellsVersion: boolean;
}

/**
 * Waits until the new application answers as it should, and reads its version back.
 *
 * A node that never answered its reset, does not tell its session, and answers as a bootloader does to
 * the end, has not heard it: it is reset once more.
 *
 * @param context The node, just reset.
 * @param activation What is known of it.
 * @returns The events, and the version where the node tells one; errors with
 * {@linkcode ActivationError} when it is silent, or another one.
 */
export function confirmActivation(
  context: NodeContext,
  activation: Activation,
): Step<string | undefined> {
  return recover(awaitApplication(context, activation), (error) => {
    const request = context.notes?.resetUnheard;
    // Who says 0x21 or 0x22 is at work: nobody knows what a reset would break off.
    const isRefused = error instanceof ActivationError &&
      error.cause instanceof UdsNegativeResponseError && !isNotNow(error.cause);
    if (!isRefused || request === undefined || context.cancellation.requested) return undefined;
    const again = recover(
      resetNode(context, request),
      (other) => other instanceof CanvoyError ? fail(() => error) : undefined,
    );
    return andThen(again, () => awaitApplication(context, activation));
  });
}

/**
 * Waits until the new application answers as it should.
 *
 * Whatever else comes meanwhile decides nothing: a bootloader's boot window refuses the question, an
 * application that still starts is busy, or tells its old version for a moment. Only the end of
 * `activationMsMax` decides. Of a node that never told a version, any answer is all that can come. One
 * that was silent all the time is listened for as long again, to find out where it is: its bus may
 * have been cut meanwhile.
 */
function awaitApplication(
  context: NodeContext,
  { tellsVersion }: Activation,
): Step<string | undefined> {
  return deferStep(() => {
    const { clock, job: given } = context;
    const job = { ...given, tellsVersion: tellsVersion || given.tellsVersion === true };
    const { activationMsMax, resetQuietMs } = job.profile.timing;
    const untilMs = clock.now() + activationMsMax;
    const isOver = (told: Told): boolean => {
      const leftMs = (told.kind === "nothing" ? untilMs + activationMsMax : untilMs) - clock.now();
      return isExpected(job, told) || leftMs <= 0;
    };
    const round = (last: Told = { kind: "nothing" }): Step<Told> =>
      andThen(
        isSilence(last) ? done() : wait(pause(ASK_EVERY_MS, clock)),
        () => question(context, untilMs),
      );
    const told = andThen(
      wait(pause(resetQuietMs, clock)),
      () => repeatUntil(round, { isOver, every: { ms: 0, clock } }),
    );
    return andThen(told, (last) => {
      const problem = problemOf(job, last);
      if (problem !== undefined) return fail(() => problem);
      return done(last.kind === "version" ? last.version : undefined);
    });
  });
}

/** Whether the last question waited its time in vain; nothing was asked before the first. */
function isSilence(told: Told): boolean {
  return told.kind === "nothing" &&
    (told.cause === undefined || told.cause instanceof UdsTimeoutError);
}

/** One question; never errors but with what is no failure of the node. */
function question(context: NodeContext, untilMs: number): Step<Told> {
  const [first, ...others] = readingsOf(context.job.profile.identity, "version");
  return others.reduce(
    (asked, reading) =>
      andThen(
        asked,
        (told) => told.kind === "refusal" ? askOnce(context, untilMs, reading) : done(told),
      ),
    askOnce(context, untilMs, first),
  );
}

/** Asks for the version in one place; whether anybody is there, where the profile knows none. */
function askOnce(
  context: NodeContext,
  untilMs: number,
  reading: DataReading | undefined,
): Step<Told> {
  const request = reading === undefined
    ? encodeTesterPresentRequest({})
    : encodeReadDataByIdentifierRequest({ dataIdentifiers: [reading.did] });
  const timeoutMs = Math.max(untilMs - context.clock.now(), SILENCE_MS);
  const asked = sendRequest(context, request, { attemptsMax: 1, silenceMs: SILENCE_MS, timeoutMs });
  return recover(
    andThen(asked, (response): Step<Told> => {
      if (reading === undefined) return done({ kind: "presence" });
      const { data } = decodeReadDataByIdentifierResponse(response).records[0]!;
      const version = wordsOf(reading, data, toText) ?? "";
      return done({ kind: "version", version, record: data });
    }),
    (error) => {
      if (!(error instanceof CanvoyError)) return undefined;
      return error instanceof UdsNegativeResponseError
        ? done({ kind: "refusal", cause: error })
        : done({ kind: "nothing", cause: error });
    },
  );
}

/** Whether nothing better can come. */
function isExpected({ expectedVersion: expected, tellsVersion }: NodeJob, told: Told): boolean {
  switch (told.kind) {
    case "presence":
      return true;
    case "version":
      return expected === undefined || told.version === expected;
    case "refusal":
      return expected === undefined && tellsVersion !== true;
    case "nothing":
      return false;
  }
}

/** A record of which nothing can be read is shown as it is. */
function calls({ version, record }: Told & { readonly kind: "version" }): string {
  return version !== "" || record.length === 0
    ? `the node calls itself "${version}"`
    : `the node tells its version as ${bytesToHex(record.subarray(0, SHOWN_BYTES))}, which the ` +
      "profile's identity.version does not read";
}

function problemOf(job: NodeJob, told: Told): ActivationError | undefined {
  if (isExpected(job, told)) return undefined;
  const { expectedVersion: expected, profile: { timing } } = job;
  const wanted = expected === undefined ? "" : `, "${expected}" was expected`;
  switch (told.kind) {
    case "presence":
      return undefined;
    case "nothing":
      return new ActivationError(
        `no answer within ${2 * timing.activationMsMax} ms of the reset`,
        told.cause === undefined ? {} : { cause: told.cause },
      );
    case "refusal":
      return new ActivationError(`the node tells no version, as a bootloader does${wanted}`, {
        cause: told.cause,
      });
    case "version":
      return new ActivationError(`${calls(told)}${wanted}`);
  }
}
