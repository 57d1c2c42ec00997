import { compareVersions, defined, hex, readUintBe } from "../../core/mod.ts";
import {
  dataPart,
  type DataReading,
  decodeReadDataByIdentifierResponse,
  encodeReadDataByIdentifierRequest,
  formatData,
  UdsNegativeResponseError,
} from "../../uds/mod.ts";
import { type RequestOptions, sendRequest } from "./send_request.ts";
import { ActivationError, DowngradeError, NodeChangedError, WrongHardwareError } from "./errors.ts";
import { findNode } from "./find_node.ts";
import type { NodeIdentity } from "./events.ts";
import type { NodeContext, NodeJob } from "./node_context.ts";
import type { IdentityName, IdentityProfile } from "../profiles/profile.ts";
import { isNotNow, recoveryFor } from "./recovery.ts";
import { pause } from "./retry.ts";
import {
  andThen,
  deferStep,
  done,
  fail,
  inOrder,
  inOrderKeeping,
  recover,
  repeatUntil,
  type Step,
  tell,
  wait,
} from "./step.ts";

/** Pause before a node that only starts is asked again, in ms. */
const STARTING_PAUSE_MS = 200;
/** What a node tells that only starts. */
const STARTS = Symbol("starts");

/**
 * Asks a node what it is, with reading requests only, and refuses one that is another.
 *
 * Behind hardware, version and a serial number nothing is asked for P2: that is how long a second node
 * on the same identifiers may take to answer too, which `refuseTwins` then sees. The next question
 * would make that node give its answer up, meet it while it is busy, or let two answers collide.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @returns `nodeIdentified`, and what it told; errors with {@linkcode WrongHardwareError}, or when the
 * node is silent.
 */
export function identify(context: NodeContext): Step<NodeIdentity> {
  const { identity: dids, timing } = context.job.profile;
  const { expectedPart, release } = context.job;
  const quietBehind = (part: NodeIdentity): Step<NodeIdentity> =>
    andThen(wait(pause(timing.p2Ms, context.clock)), () => done(part));
  const told = <K extends keyof NodeIdentity>(
    name: K,
    read: Step<NodeIdentity[K] | undefined>,
  ): Step<NodeIdentity> => andThen(read, (value) => done<NodeIdentity>(defined({ [name]: value })));
  const nothing = done<NodeIdentity>({});
  const serial = andThen(
    told("serial", readExactText(context, "serial")),
    (part) => part.serial === undefined || part.serial === "" ? nothing : quietBehind(part),
  );
  const parts = inOrderKeeping<NodeIdentity>([
    dids.hardwareDid === undefined
      ? nothing
      : andThen(told("hardware", readWhenUp(context)), quietBehind),
    serial,
    dids.versionDid === undefined
      ? nothing
      : andThen(told("version", readText(context, "version")), quietBehind),
    told("bootloader", readText(context, "bootloader")),
    expectedPart === undefined ? nothing : told("part", readExactText(context, "part")),
    release === undefined ? nothing : told("sequence", readSequence(context, dids.sequenceDid)),
  ]);
  return andThen(
    findNode(context),
    () => andThen(parts, (each) => judgeIdentity(context.job, Object.assign({}, ...each))),
  );
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
): Step<void> {
  const compare = (
    what: "hardware" | "serial number",
    name: IdentityName,
    told: string,
  ): Step<boolean> =>
    andThen(
      recover(
        readExactText(context, name),
        (error) => recoveryFor(error) === "silence" ? done(undefined) : undefined,
      ),
      (now = "") =>
        now === "" || now === told
          ? done(now === told)
          : fail(() => new NodeChangedError(what, told, now)),
    );
  const { serial = "", hardware = "" } = before;
  const isSame = serial === "" ? done(false) : compare("serial number", "serial", serial);
  return andThen(
    isSame,
    (isKnown) =>
      isKnown || hardware === "" ? done() : inOrder(compare("hardware", "hardware", hardware)),
  );
}

/**
 * Asks an updated node once more whether it is what a signed release is for: its new application may
 * be another hardware's.
 *
 * @param context The node, running its new application.
 * @returns The events; errors with {@linkcode ActivationError} when it tells something else, or nothing.
 */
export function confirmHardware(context: NodeContext): Step<void> {
  const { expectedHardware, expectedPart, release } = context.job;
  if (release === undefined) return done();
  return inOrder(
    confirm("hardware", expectedHardware, readExactText(context, "hardware")),
    confirm("part", expectedPart, readExactText(context, "part")),
  );
}

/**
 * Asks an updated node once more which signed release it has, where it tells.
 *
 * @param context The node, running its new application.
 * @returns The events; errors with {@linkcode ActivationError} when it tells another one, or none.
 */
export function confirmRelease(context: NodeContext): Step<void> {
  const { release, profile } = context.job;
  const { sequenceDid } = profile.identity;
  if (release === undefined || sequenceDid === undefined) return done();
  const told = andThen(
    readData(context, sequenceDid),
    (bytes) => done(bytes === undefined ? undefined : String(toSequence(bytes))),
  );
  return confirm("release", String(release.sequenceNumber), told);
}

function confirm(
  what: string,
  expected: string | undefined,
  read: Step<string | undefined>,
): Step<void> {
  if (expected === undefined) return done();
  return andThen(read, (told) => {
    if (told === expected) return done();
    const tells = told === undefined ? `no ${what}` : `${what} "${told}"`;
    return fail(() => new ActivationError(`the node tells ${tells}, "${expected}" was expected`));
  });
}

function judgeIdentity(job: NodeJob, told: NodeIdentity): Step<NodeIdentity> {
  const refusal = refusalOf(job, told);
  const isAllowed = refusal instanceof DowngradeError && job.release!.allowDowngrade;
  const identity = isAllowed ? { ...told, downgradeAllowed: true } : told;
  return andThen(
    tell({ type: "nodeIdentified", identity }),
    () => refusal === undefined || isAllowed ? done(identity) : fail(() => refusal),
  );
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

function readSequence(context: NodeContext, did: number | undefined): Step<number | undefined> {
  return andThen(
    readData(context, did),
    (bytes) => done(bytes === undefined ? undefined : toSequence(bytes)),
  );
}

/** A number that is too large counts as the newest: it must not pass as none. */
function toSequence(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? new Uint8Array(0) : bytes.subarray(first);
  return digits.length <= 6 ? readUintBe(digits, 0, digits.length) : Number.MAX_SAFE_INTEGER;
}

/**
 * Reads what a node tells of itself, as its profile says; a node that does not know it has told
 * nothing.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param name What; nothing is asked where the profile has no data identifier for it.
 * @param options Bounds.
 * @returns The events of the exchange, and the text without padding; `undefined`: it has told nothing.
 */
export function readText(
  context: NodeContext,
  name: IdentityName,
  options: RequestOptions = {},
): Step<string | undefined> {
  return firstTold(
    readingsOf(context.job.profile.identity, name),
    (reading) =>
      andThen(
        readData(context, reading.did, options),
        (data) => done(data === undefined ? undefined : wordsOf(reading, data, toText)),
      ),
  );
}

/**
 * Lists where a profile has a node tell something, in the order in which it is asked.
 *
 * @param identity The profile's identity.
 * @param name What.
 * @returns The readings; none where the node does not tell it.
 */
export function readingsOf(identity: IdentityProfile, name: IdentityName): readonly DataReading[] {
  const did = identity[`${name}Did`];
  return identity.readings?.[name] ??
    (did === undefined ? [] : [{ did, format: "text", from: 0 }]);
}

/**
 * Reads a record as a profile says.
 *
 * @param reading How.
 * @param record The record.
 * @param asText What is made of text.
 * @returns The words; `undefined` where the record holds none.
 */
export function wordsOf(
  reading: DataReading,
  record: Uint8Array,
  asText: (bytes: Uint8Array) => string,
): string | undefined {
  const { format } = reading;
  // A record without a byte is text without a letter.
  const part = dataPart(reading, record) ??
    (record.length === 0 && reading.from === 0 ? record : undefined);
  if (part === undefined) return undefined;
  return format === "text"
    ? asText(part)
    : part.length === 0
    ? undefined
    : formatData(format, part);
}

/** Asks one place after the other until the node tells something. */
function firstTold<T>(
  readings: readonly DataReading[],
  ask: (reading: DataReading) => Step<T | undefined>,
): Step<T | undefined> {
  const [first, ...others] = readings;
  if (first === undefined) return done(undefined);
  return andThen(
    ask(first),
    (told) => told === undefined && others.length > 0 ? firstTold(others, ask) : done(told),
  );
}

/**
 * Reads one data identifier; a node that does not know it has told nothing.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param did The data identifier; nothing is asked when it is `undefined`.
 * @param options Bounds.
 * @returns The events of the exchange, and the record; `undefined`: it has told nothing.
 */
export function readData(
  context: NodeContext,
  did: number | undefined,
  options: RequestOptions = {},
): Step<Uint8Array | undefined> {
  return did === undefined ? done(undefined) : recover<Uint8Array | undefined>(
    readRecord(context, did, options),
    (error) => error instanceof UdsNegativeResponseError ? done(undefined) : undefined,
  );
}

function readRecord(
  context: NodeContext,
  did: number,
  options: RequestOptions = {},
): Step<Uint8Array> {
  const request = encodeReadDataByIdentifierRequest({ dataIdentifiers: [did] });
  return andThen(
    sendRequest(context, request, options),
    (response) => done(decodeReadDataByIdentifierResponse(response).records[0]!.data),
  );
}

/**
 * Reads what a node is told apart by. A node that only starts says 0x21 or 0x22 for a moment, which
 * tells nothing of it: it is asked again, for as long as an activation may take.
 */
function readWhenUp(context: NodeContext): Step<string | undefined> {
  const { clock, cancellation, job: { profile: { identity, timing } } } = context;
  return firstTold(readingsOf(identity, "hardware"), (reading) =>
    deferStep(() => {
      const untilMs = clock.now() + timing.activationMsMax;
      const told = recover<string | typeof STARTS | undefined>(
        andThen(
          readRecord(context, reading.did),
          (data) => done(wordsOf(reading, data, toExactText)),
        ),
        (error) => {
          if (!(error instanceof UdsNegativeResponseError)) return undefined;
          const isAskedAgain = isNotNow(error) && clock.now() < untilMs && !cancellation.requested;
          return done(isAskedAgain ? STARTS : undefined);
        },
      );
      const isOver = (last: string | typeof STARTS | undefined): boolean => last !== STARTS;
      return andThen(
        repeatUntil(told, { isOver, every: { ms: STARTING_PAUSE_MS, clock } }),
        (last) => done(last === STARTS ? undefined : last),
      );
    }));
}

/** As {@linkcode readText}, but bytes that are no text are kept, as `\x80`: it is to be compared. */
function readExactText(
  context: NodeContext,
  name: IdentityName,
): Step<string | undefined> {
  return firstTold(readingsOf(context.job.profile.identity, name), (reading) =>
    andThen(
      readData(context, reading.did),
      (data) => done(data === undefined ? undefined : wordsOf(reading, data, toExactText)),
    ));
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
