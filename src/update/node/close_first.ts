import { CanvoyError } from "../../core/mod.ts";
import {
  encodeDiagnosticSessionControlRequest,
  encodeEcuResetRequest,
  expandRequest,
  NRC,
  UdsNegativeResponseError,
} from "../../uds/mod.ts";
import { sendRequest } from "./send_request.ts";
import { CancelledError } from "./errors.ts";
import { closingFields, jobFields } from "./fields.ts";
import { findNode } from "./find_node.ts";
import { physicalRequests } from "../profiles/functional_requests.ts";
import type { NodeContext } from "./node_context.ts";
import { recoveryFor, refusesSession } from "./recovery.ts";
import { growingDelayMs, pause, requestRetry, tryAgain } from "./retry.ts";
import type { SegmentLedger } from "./segment_ledger.ts";
import { act, andThen, deferStep, done, inOrder, recover, type Step, wait } from "./step.ts";
import { takeSteps } from "./steps.ts";

/**
 * Negative responses by which a server refuses a request for the state that it is in. To
 * RequestDownload while one is open, servers answer each of them.
 */
const STATE_REFUSALS: ReadonlySet<number> = new Set([
  NRC.conditionsNotCorrect,
  NRC.requestSequenceError,
  NRC.uploadDownloadNotAccepted,
]);

/** Something that brings a node to a known state. */
type Rung = (context: NodeContext, ledger: SegmentLedger) => Step<void>;

/** What may close whatever is open, each only where the one before did not help. */
const RUNGS = {
  /** RequestTransferExit; strict servers refuse one that is incomplete, and stay open. */
  exit: closeTransfer,
  /** A session change closes a download. Source: ISO 14229-1:2020, "RequestDownload service". */
  enter,
  /** The default session; it may start the application, so it comes late. */
  defaultSession: (context, ledger) =>
    throughRestart(context, ledger, encodeDiagnosticSessionControlRequest(DEFAULT_SESSION)),
  /** A reset starts the application if it can, so it comes last. */
  reset: (context, ledger) =>
    throughRestart(context, ledger, encodeEcuResetRequest({ resetType: 0x01 })),
} as const satisfies Record<string, Rung>;

const DEFAULT_SESSION = { diagnosticSessionType: 0x01 };

/** In this order. */
export const EVERY_RUNG: readonly Rung[] = Object.values(RUNGS);

/**
 * Asks a node for something that it may refuse because an earlier request left something open: a
 * download whose answer was lost, or that of a host that died. What may be open is closed, step by
 * step, and the same is asked again.
 *
 * Once all steps were in vain they are not taken again before the node has accepted something.
 *
 * @param context The node, in its bootloader.
 * @param ledger Remembers whether the steps were in vain.
 * @param rungs The steps that are allowed.
 * @param asked Asks; once more after each step.
 * @returns The events, and what was asked for; errors with the last refusal.
 */
export function fromKnownState<T>(
  context: NodeContext,
  ledger: SegmentLedger,
  rungs: readonly Rung[],
  asked: Step<T>,
): Step<T> {
  const accepted = tryAgain(
    (attempt) => attempt === 1 ? asked : andThen(rungs[attempt - 2]!(context, ledger), () => asked),
    (error, attempt) => {
      if (!isStateRefusal(error) || ledger.isClosingInVain) return undefined;
      if (attempt > rungs.length) {
        ledger.isClosingInVain = true;
        return undefined;
      }
      return { delayMs: 0, events: [requestRetry(attempt + 1, 0, error)] };
    },
    context,
  );
  return andThen(accepted, (value) => {
    ledger.isClosingInVain = false;
    return done(value);
  });
}

/**
 * Whether a node refused a request for the state that it is in.
 *
 * @param error What was caught.
 * @returns Whether it is so.
 */
export function isStateRefusal(error: unknown): boolean {
  return error instanceof UdsNegativeResponseError && STATE_REFUSALS.has(error.nrc);
}

/**
 * Closes a download that may be open, whatever the node answers.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param ledger What is open.
 * @returns The events of the exchange; no error but that of a stop.
 */
export function closeTransfer(context: NodeContext, ledger: SegmentLedger): Step<void> {
  const { exit } = context.job.profile.download;
  return inOrder(
    exit === undefined
      ? done()
      : whateverComes(context, expandRequest(exit, closingFields(context, exit))),
    act(() => ledger.isTransferOpen = false),
  );
}

/**
 * Leaves a node that is not through in a state from which anybody can begin: no download open, in
 * the default session.
 *
 * @param context The node, in its bootloader.
 * @param ledger What is open.
 * @returns The events of the exchanges; no error.
 */
export function leaveNode(context: NodeContext, ledger: SegmentLedger): Step<void> {
  return inOrder(
    () => ledger.isTransferOpen ? closeTransfer(context, ledger) : done(),
    whateverComes(context, encodeDiagnosticSessionControlRequest(DEFAULT_SESSION)),
  );
}

/**
 * Brings a node into its bootloader, unlocked, with nothing open.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param ledger What is open: nothing any more.
 * @returns The events; errors with the first failure of a step.
 */
export function enter(context: NodeContext, ledger: SegmentLedger): Step<void> {
  const { job } = context;
  return inOrder(
    act(() => context.kept?.forget()),
    () => findNode(context),
    () => takeSteps(context, job.profile.enter, jobFields(context)),
    act(() => ledger.entered()),
  );
}

/**
 * Tells one node by itself what its bus was told before the nodes were entered: after a restart it
 * has forgotten it, and some servers enter the programming session from the extended one only.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param when What was told.
 * @returns The events of the exchanges; no error but that of a stop.
 */
export function tellAlone(context: NodeContext, when: "before" | "after"): Step<void> {
  return inOrder(
    ...physicalRequests(context.job.profile, when).map((request) =>
      whateverComes(context, request)
    ),
  );
}

/** Sends a node away and brings it back: it may start its application first. */
function throughRestart(
  context: NodeContext,
  ledger: SegmentLedger,
  request: Uint8Array,
): Step<void> {
  const { clock, job: { profile: { timing } } } = context;
  return deferStep(() => {
    const untilMs = clock.now() + timing.activationMsMax;
    return inOrder(
      whateverComes(context, request),
      wait(pause(timing.resetQuietMs, clock)),
      tryAgain(
        () => inOrder(tellAlone(context, "before"), enter(context, ledger)),
        (error, attempt) => {
          const isFinal = recoveryFor(error) === "none" && !refusesSession(error);
          return isFinal || clock.now() >= untilMs
            ? undefined
            : { delayMs: growingDelayMs(attempt, timing), events: [] };
        },
        context,
      ),
    );
  });
}

/** Sends a request once, whatever comes back, or nothing. */
function whateverComes(context: NodeContext, request: Uint8Array): Step<void> {
  return recover(
    inOrder(sendRequest(context, request, { attemptsMax: 1 })),
    (error) =>
      error instanceof CanvoyError && !(error instanceof CancelledError) ? done() : undefined,
  );
}
