import { equalBytes } from "../core/mod.ts";
import { type FinalResult, type HandlerResult, NRC, SERVICE_ID } from "../uds/mod.ts";
import { vectorTableAddress } from "../stm32/mod.ts";
import {
  DEFAULT_ANSWER,
  type DialectRequest,
  enterSessions,
  matchStep,
  programmingSession,
} from "./dialect.ts";
import { withKeptValues } from "./kept_values.ts";
import { type NodeHandle, type NodeServices, refuse, toServices } from "./node_handle.ts";
import { BARE, commonServices, sessionEntered } from "./node_services.ts";
import { statusAnswer } from "./routine_runner.ts";
import { securityServices } from "./security.ts";

/** `struct firmware_info` of canvoy's own fixtures: its magic, and where it lies. */
const INFO_MAGIC = "CANVOYFW";
const INFO_OFFSET = 0x400;
const INFO_VERSION_OFFSET = 16;
const INFO_VERSION_BYTES = 16;
/** What other images carry their version behind, up to a zero byte. */
const VERSION_MARKER = new TextEncoder().encode("CANVOY-VERSION:");
const VERSION_BYTES_MAX = 32;
/** What an application calls itself of which nobody said a version, where others have one. */
const UNKNOWN_VERSION = "unknown";

/**
 * The services of a running application: identity, sessions, and the way into the bootloader.
 *
 * @param node The node.
 * @param version What it calls itself.
 * @returns By service identifier.
 */
export function applicationServices(node: NodeHandle, version: string | undefined): NodeServices {
  const { dialect } = node.options;
  const sessions = [1, 3, ...enterSessions(dialect)];
  return toServices(withKeptValues(node, [
    ...commonServices(node, version),
    ...securityServices(node),
    {
      sid: SERVICE_ID.diagnosticSessionControl,
      subFunctions: new Map(sessions.map((session) => [session, BARE])),
      handle: (request) => enterSession(node, request[1]! & 0x7F),
    },
    {
      sid: SERVICE_ID.routineControl,
      lengthBytesMin: 4,
      handle: (request) => confirmTrial(node, request) ?? answerPrecondition(node, request),
    },
  ]));
}

/**
 * Answers a routine that is asked on the way into the bootloader: all is well.
 *
 * @param node The node.
 * @param request The request.
 * @returns Its good status; NRC 0x31 for any other routine.
 */
export function answerPrecondition(node: NodeHandle, request: Uint8Array): HandlerResult {
  const step = matchStep(node.options.dialect.enter, request);
  if (step === undefined) return refuse(NRC.requestOutOfRange);
  return goodAnswer(node, request, step);
}

function goodAnswer(
  node: NodeHandle,
  request: Uint8Array,
  { answer = DEFAULT_ANSWER }: DialectRequest,
): FinalResult {
  const { response, good } = answer;
  return statusAnswer(node, request, { response, status: good[0] ?? 0 });
}

/** The new application is told that it was found good: it stays. */
function confirmTrial(node: NodeHandle, request: Uint8Array): HandlerResult | undefined {
  const { banks, worker, options: { dialect } } = node;
  const step = matchStep(dialect.banks?.confirm ?? [], request);
  if (banks === undefined || step === undefined) return undefined;
  const answer = goodAnswer(node, request, step);
  if (!banks.isOnTrial) return answer;
  if (worker.isBusy) return refuse(NRC.conditionsNotCorrect);
  worker.start([{ kind: "trial", trial: undefined }], () => {
    node.confirm();
    node.answerLater(answer);
  });
  return { type: "later" };
}

function enterSession(node: NodeHandle, session: number): HandlerResult {
  const { programmingSessionAnsweredBy = "bootloader" } = node.behaviour;
  if (session !== programmingSession(node.options.dialect)) {
    node.enterSession(session);
    return sessionEntered(session, node.behaviour);
  }
  node.memory.requestedSession = session;
  if (programmingSessionAnsweredBy === "application") {
    node.afterResponse(() => node.reset());
    return sessionEntered(session, node.behaviour);
  }
  node.answerAfterReset(session);
  return { type: "later" };
}

/**
 * Reads what a node's application calls itself.
 *
 * @param node The node; it accepted an application.
 * @returns The version that the application's bytes tell, or that of the known one whose bytes they are.
 */
export function readVersion(node: NodeHandle): string | undefined {
  const { layout } = node.options;
  const infoAt = vectorTableAddress(layout) + INFO_OFFSET;
  if (infoAt + INFO_VERSION_OFFSET + INFO_VERSION_BYTES <= layout.application.end) {
    const info = node.flash.read(infoAt, INFO_VERSION_OFFSET + INFO_VERSION_BYTES);
    if (info !== undefined && toText(info.subarray(0, INFO_MAGIC.length)) === INFO_MAGIC) {
      return toText(info.subarray(INFO_VERSION_OFFSET));
    }
  }
  const { start, sizeBytes } = node.store.record!;
  return findMarked(node.flash.read(start, sizeBytes) ?? new Uint8Array(0)) ?? knownVersion(node);
}

function knownVersion({ flash, options }: NodeHandle): string | undefined {
  const { knownApplications: known = [] } = options;
  if (known.every(({ version }) => version === undefined)) return undefined;
  const held = known.find(({ ranges }) =>
    ranges()?.every(({ start, data }) => {
      const bytes = flash.read(start, data.length);
      return bytes !== undefined && equalBytes(bytes, data);
    })
  );
  return held?.version ?? UNKNOWN_VERSION;
}

function findMarked(bytes: Uint8Array): string | undefined {
  const first = VERSION_MARKER[0]!;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    const from = at + VERSION_MARKER.length;
    if (VERSION_MARKER.every((byte, i) => bytes[at + i] === byte)) {
      return toText(bytes.subarray(from, from + VERSION_BYTES_MAX));
    }
  }
  return undefined;
}

/** Up to the first zero byte. */
function toText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
