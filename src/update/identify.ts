import { compareVersions, hex, readUintBe } from "../core/mod.ts";
import { catchError, concat, defer, EMPTY, type Observable, of, throwError } from "rxjs";
import {
  decodeReadDataByIdentifierResponse,
  encodeReadDataByIdentifierRequest,
  UdsNegativeResponseError,
} from "../uds/mod.ts";
import { ask, type AskOptions } from "./ask.ts";
import { ActivationError, DowngradeError, NodeChangedError, WrongHardwareError } from "./errors.ts";
import type { NodeEvent, NodeIdentity } from "./events.ts";
import type { NodeContext, NodeJob } from "./node_context.ts";
import { isNotNow, recoveryFor } from "./recovery.ts";
import { pause } from "./retry.ts";

/** Pause before a node that only starts is asked again, in ms. */
const STARTING_PAUSE_MS = 200;

/**
 * Asks a node what it is, with reading requests only, and refuses one that is another.
 *
 * Behind hardware, version and a serial number nothing is asked for P2: that is how long a second node
 * on the same identifiers may take to answer too, which `refuseTwins` then sees. The next question
 * would make that node give its answer up, meet it while it is busy, or let two answers collide.
 *
 * @param context The node.
 * @returns `nodeIdentified`; errors with {@linkcode WrongHardwareError}, or when the node is silent.
 */
export function identify(context: NodeContext): Observable<NodeEvent> {
  const { identity: dids, timing } = context.job.profile;
  const { expectedPart, release } = context.job;
  return defer(() => {
    const identity: MutableIdentity = {};
    const quiet$ = pause(timing.p2Ms, context.clock);
    const quietBehind = (did: number | undefined): Observable<never> =>
      did === undefined ? EMPTY : quiet$;
    return concat(
      readWhenUp(context, dids.hardwareDid, (text) => identity.hardware = text),
      quietBehind(dids.hardwareDid),
      readExactText(context, dids.serialDid, (text) => {
        if (text !== "") identity.serial = text;
      }),
      defer(() => identity.serial === undefined ? EMPTY : quiet$),
      readText(context, dids.versionDid, (text) => identity.version = text),
      quietBehind(dids.versionDid),
      readText(context, dids.bootloaderDid, (text) => identity.bootloader = text),
      expectedPart === undefined
        ? EMPTY
        : readExactText(context, dids.partDid, (text) => identity.part = text),
      release === undefined
        ? EMPTY
        : readData(context, dids.sequenceDid, (bytes) => identity.sequence = toSequence(bytes)),
      defer(() => judgeIdentity(context.job, identity)),
    );
  });
}

/**
 * Asks a node that was lost in the middle whether it is still the one that was begun with: it may have
 * been replaced meanwhile, and must then be given nothing that is the other one's. The serial number
 * decides; where it is not told, the hardware does, as a bootloader may name that in other words than
 * the application. What a bootloader does not tell, or does not answer, is not compared.
 *
 * @param context The node, in its bootloader.
 * @param before What it told at first.
 * @returns The events; errors with {@linkcode NodeChangedError} when it is another.
 */
export function expectSameNode(
  context: NodeContext,
  before: NodeIdentity,
): Observable<NodeEvent> {
  const { hardwareDid, serialDid } = context.job.profile.identity;
  let isKnown = false;
  const compare = (
    what: "hardware" | "serial number",
    did: number | undefined,
    told = "",
  ): Observable<NodeEvent> => {
    let now = "";
    return told === "" || isKnown ? EMPTY : concat(
      readExactText(context, did, (text) => now = text).pipe(
        catchError((error: unknown) =>
          recoveryFor(error) === "silence" ? EMPTY : throwError(() => error)
        ),
      ),
      defer(() => {
        isKnown = now === told;
        return now === "" || isKnown
          ? EMPTY
          : throwError(() => new NodeChangedError(what, told, now));
      }),
    );
  };
  return concat(
    defer(() => compare("serial number", serialDid, before.serial)),
    defer(() => compare("hardware", hardwareDid, before.hardware)),
  );
}

/**
 * Asks an updated node once more whether it is what a signed release is for: its new application may
 * be another hardware's.
 *
 * @param context The node, running its new application.
 * @returns The events; errors with {@linkcode ActivationError} when it tells something else, or nothing.
 */
export function confirmHardware(context: NodeContext): Observable<NodeEvent> {
  const { expectedHardware, expectedPart, release, profile } = context.job;
  if (release === undefined) return EMPTY;
  const { hardwareDid, partDid } = profile.identity;
  return concat(
    confirm("hardware", expectedHardware, (found) => readExactText(context, hardwareDid, found)),
    confirm("part", expectedPart, (found) => readExactText(context, partDid, found)),
  );
}

/**
 * Asks an updated node once more which signed release it has, where it tells.
 *
 * @param context The node, running its new application.
 * @returns The events; errors with {@linkcode ActivationError} when it tells another one, or none.
 */
export function confirmRelease(context: NodeContext): Observable<NodeEvent> {
  const { release, profile } = context.job;
  const { sequenceDid } = profile.identity;
  if (release === undefined || sequenceDid === undefined) return EMPTY;
  return confirm(
    "release",
    String(release.sequenceNumber),
    (found) => readData(context, sequenceDid, (bytes) => found(String(toSequence(bytes)))),
  );
}

function confirm(
  what: string,
  expected: string | undefined,
  read: (found: (told: string) => void) => Observable<NodeEvent>,
): Observable<NodeEvent> {
  if (expected === undefined) return EMPTY;
  let told: string | undefined;
  return concat(
    read((text) => told = text),
    defer(() => {
      if (told === expected) return EMPTY;
      const tells = told === undefined ? `no ${what}` : `${what} "${told}"`;
      return throwError(() =>
        new ActivationError(`the node tells ${tells}, "${expected}" was expected`)
      );
    }),
  );
}

type MutableIdentity = { -readonly [K in keyof NodeIdentity]: NodeIdentity[K] };

function judgeIdentity(job: NodeJob, identity: MutableIdentity): Observable<NodeEvent> {
  const refusal = refusalOf(job, identity);
  const isAllowed = refusal instanceof DowngradeError && job.release!.allowDowngrade;
  if (isAllowed) identity.downgradeAllowed = true;
  const event$ = of<NodeEvent>({ type: "nodeIdentified", identity });
  return refusal === undefined || isAllowed ? event$ : concat(event$, throwError(() => refusal));
}

function refusalOf(
  { expectedHardware, expectedPart, expectedVersion, release }: NodeJob,
  identity: NodeIdentity,
): WrongHardwareError | DowngradeError | undefined {
  const { hardware, part, sequence, version } = identity;
  if (expectedHardware !== undefined && hardware !== expectedHardware) {
    return new WrongHardwareError(expectedHardware, hardware);
  }
  if (expectedPart !== undefined && part !== expectedPart) {
    return new WrongHardwareError(expectedPart, part, "part");
  }
  if (release === undefined) return undefined;
  if (sequence !== undefined && sequence > release.sequenceNumber) {
    return new DowngradeError(`release ${sequence}`, `release ${release.sequenceNumber}`);
  }
  // A node without an application has none to tell.
  if (version === undefined || version === "" || expectedVersion === undefined) return undefined;
  const order = compareVersions(version, expectedVersion);
  // The number of the release has decided already, where the node tells it.
  if (order === undefined && sequence !== undefined) return undefined;
  return order === undefined || order > 0
    ? new DowngradeError(`version ${version}`, `version ${expectedVersion}`, {
      isComparable: order !== undefined,
    })
    : undefined;
}

/** A number that is too large counts as the newest: it must not pass as none. */
function toSequence(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? new Uint8Array(0) : bytes.subarray(first);
  return digits.length <= 6 ? readUintBe(digits, 0, digits.length) : Number.MAX_SAFE_INTEGER;
}

/**
 * Reads one data identifier as text; a node that does not know it has told nothing.
 *
 * @param context The node.
 * @param did The data identifier; nothing is asked when it is `undefined`.
 * @param found Takes the text, without padding.
 * @param options Bounds.
 * @returns The events of the exchange.
 */
export function readText(
  context: NodeContext,
  did: number | undefined,
  found: (text: string) => void,
  options: AskOptions = {},
): Observable<NodeEvent> {
  return readData(context, did, (data) => found(toText(data)), options);
}

/**
 * Reads one data identifier; a node that does not know it has told nothing.
 *
 * @param context The node.
 * @param did The data identifier; nothing is asked when it is `undefined`.
 * @param found Takes the record.
 * @param options Bounds.
 * @returns The events of the exchange.
 */
export function readData(
  context: NodeContext,
  did: number | undefined,
  found: (data: Uint8Array) => void,
  options: AskOptions = {},
): Observable<NodeEvent> {
  if (did === undefined) return EMPTY;
  return readRecord(context, did, found, options).pipe(
    catchError((error: unknown) =>
      error instanceof UdsNegativeResponseError ? EMPTY : throwError(() => error)
    ),
  );
}

function readRecord(
  context: NodeContext,
  did: number,
  found: (data: Uint8Array) => void,
  options: AskOptions = {},
): Observable<NodeEvent> {
  const request = encodeReadDataByIdentifierRequest({ dataIdentifiers: [did] });
  return ask(context, request, (response) => {
    const { records } = decodeReadDataByIdentifierResponse(response);
    found(records[0]!.data);
    return EMPTY;
  }, options);
}

/**
 * Reads what a node is told apart by. A node that only starts says 0x21 or 0x22 for a moment, which
 * tells nothing of it: it is asked again, for as long as an activation may take.
 */
function readWhenUp(
  context: NodeContext,
  did: number | undefined,
  found: (text: string) => void,
): Observable<NodeEvent> {
  if (did === undefined) return EMPTY;
  const { clock, cancellation, job: { profile: { timing } } } = context;
  return defer(() => {
    const untilMs = clock.now() + timing.activationMsMax;
    const isAskedAgain = (error: unknown): boolean =>
      isNotNow(error) && clock.now() < untilMs && !cancellation.requested;
    const round = (): Observable<NodeEvent> =>
      readRecord(context, did, (data) => found(toExactText(data))).pipe(
        catchError((error: unknown) => {
          if (isAskedAgain(error)) return concat(pause(STARTING_PAUSE_MS, clock), defer(round));
          return error instanceof UdsNegativeResponseError ? EMPTY : throwError(() => error);
        }),
      );
    return round();
  });
}

/** As {@linkcode readText}, but bytes that are no text are kept, as `\x80`: it is to be compared. */
function readExactText(
  context: NodeContext,
  did: number | undefined,
  found: (text: string) => void,
): Observable<NodeEvent> {
  return readData(context, did, (data) => found(toExactText(data)));
}

/** Without padding in front or behind. */
function toExactText(bytes: Uint8Array): string {
  const isPadding = (byte: number): boolean => byte === 0 || byte === 0x20 || byte === 0xFF;
  const start = bytes.findIndex((byte) => !isPadding(byte));
  const end = bytes.findLastIndex((byte) => !isPadding(byte)) + 1;
  const text = start < 0 ? [] : [...bytes.subarray(start, end)];
  return text.map((byte) =>
    isText(byte) ? String.fromCharCode(byte) : `\\x${hex(byte, 2).slice(2)}`
  )
    .join("");
}

/**
 * Reads a record as text.
 *
 * @param bytes The record.
 * @returns Printable ASCII only, trimmed: what a hostile node tells must not steer a terminal.
 */
export function toText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.filter(isText)).trim();
}

function isText(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7F;
}
