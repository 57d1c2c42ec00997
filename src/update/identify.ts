import { compareVersions, readUintBe } from "../core/mod.ts";
import { catchError, concat, defer, EMPTY, type Observable, of, throwError } from "rxjs";
import {
  decodeReadDataByIdentifierResponse,
  encodeReadDataByIdentifierRequest,
  UdsNegativeResponseError,
} from "../uds/mod.ts";
import { ask, type AskOptions } from "./ask.ts";
import { ActivationError, DowngradeError, WrongHardwareError } from "./errors.ts";
import type { NodeEvent, NodeIdentity } from "./events.ts";
import type { NodeContext, NodeJob } from "./node_context.ts";

/**
 * Asks a node what it is, with reading requests only, and refuses one that is another.
 *
 * @param context The node.
 * @returns `nodeIdentified`; errors with {@linkcode WrongHardwareError}, or when the node is silent.
 */
export function identify(context: NodeContext): Observable<NodeEvent> {
  const { hardwareDid, versionDid, bootloaderDid, partDid, sequenceDid } =
    context.job.profile.identity;
  const { expectedPart, release } = context.job;
  return defer(() => {
    const identity: MutableIdentity = {};
    return concat(
      readText(context, hardwareDid, (text) => identity.hardware = text),
      readText(context, versionDid, (text) => identity.version = text),
      readText(context, bootloaderDid, (text) => identity.bootloader = text),
      expectedPart === undefined
        ? EMPTY
        : readText(context, partDid, (text) => identity.part = text),
      release === undefined
        ? EMPTY
        : readData(context, sequenceDid, (bytes) => identity.sequence = toSequence(bytes)),
      defer(() => judgeIdentity(context.job, identity)),
    );
  });
}

/**
 * Asks an updated node once more what it is, where it got a signed release.
 *
 * @param context The node, running its new application.
 * @returns The events; errors with {@linkcode ActivationError} when it is not what was flashed.
 */
export function confirmIdentity(context: NodeContext): Observable<NodeEvent> {
  const { expectedHardware, expectedPart, release, profile } = context.job;
  if (release === undefined) return EMPTY;
  const { hardwareDid, partDid, sequenceDid } = profile.identity;

  function compare(what: string, told: string, expected: string | undefined): void {
    if (expected === undefined || told === expected) return;
    throw new ActivationError(`the node tells ${what} "${told}", "${expected}" was expected`);
  }
  return concat(
    readText(context, hardwareDid, (text) => compare("hardware", text, expectedHardware)),
    readText(
      context,
      expectedPart === undefined ? undefined : partDid,
      (text) => compare("part", text, expectedPart),
    ),
    readData(
      context,
      sequenceDid,
      (bytes) => compare("release", String(toSequence(bytes)), String(release.sequenceNumber)),
    ),
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
  const { hardware = "not told", part = "not told", sequence, version } = identity;
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
  if (version === undefined || expectedVersion === undefined) return undefined;
  return (compareVersions(version, expectedVersion) ?? 0) > 0
    ? new DowngradeError(`version ${version}`, `version ${expectedVersion}`)
    : undefined;
}

/** A number that is too long counts as the newest: it must not pass as none. */
function toSequence(bytes: Uint8Array): number {
  return bytes.length <= 6 ? readUintBe(bytes, 0, bytes.length) : Number.MAX_SAFE_INTEGER;
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
  const request = encodeReadDataByIdentifierRequest({ dataIdentifiers: [did] });
  return ask(context, request, (response) => {
    const { records } = decodeReadDataByIdentifierResponse(response);
    found(records[0]!.data);
    return EMPTY;
  }, options).pipe(
    catchError((error: unknown) =>
      error instanceof UdsNegativeResponseError ? EMPTY : throwError(() => error)
    ),
  );
}

/** Printable ASCII only: what a hostile node tells must not steer a terminal. */
function toText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.filter((byte) => byte >= 0x20 && byte < 0x7F)).trim();
}
