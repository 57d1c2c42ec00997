/**
 * Services of the rogue node, with ISO 14229-1's order of checks: service unknown (11) or not in this
 * session (7F), locked (33), minimum length (13), sub-function unknown (12), then the service's own.
 *
 * Source: ISO 14229-1:2020, "General server response behaviour" and each service's table of
 * supported negative response codes.
 */
import { groupRoutine, groupVersions, isAboutGroups } from "./rogue_group_services.ts";
import type { RogueGroup } from "./rogue_group.ts";
import type { RogueFlash } from "./rogue_flash.ts";
import { rogueCrc32 } from "./rogue_flash.ts";
import type { RogueLife } from "./rogue_life.ts";
import { nonceLength, nonceRefusal, tellNonce } from "./rogue_nonces.ts";
import { readCheckedPlace, readErasedPlace } from "./rogue_places.ts";
import { requestDownload, transferData, transferExit } from "./rogue_download_services.ts";
import { beginsWith, bytesOf, type RogueOptions, textOf } from "./rogue_options.ts";
import { securityAccess } from "./rogue_security.ts";
import {
  isMissing,
  requestFileTransfer,
  writeIdentifier,
  writeMemory,
} from "./rogue_writing_services.ts";
import type { RogueState } from "./rogue_state.ts";

/** What a request leads to: an answer after some work; what the work changes shows at its end. */
export interface RogueVerdict {
  /** How long it takes, in ms. */
  readonly workMs: number;
  /** Does it and gives the response, positive or negative. */
  readonly finish: () => readonly number[];
}

/** What services reach. */
export interface RogueServiceParts {
  readonly options: RogueOptions;
  readonly state: RogueState;
  readonly flash: RogueFlash;
  readonly life: RogueLife;
  readonly group: RogueGroup;
  readonly now: () => number;
}

interface ServiceRule {
  readonly lengthMin: number;
  readonly sessions: readonly number[];
  readonly isLocked?: boolean;
  readonly subFunctions?: readonly number[];
  readonly run: (parts: RogueServiceParts, data: Uint8Array) => RogueVerdict;
}

const DEFAULT = 1;
const PROGRAMMING = 2;
const EXTENDED = 3;
const ALL = [DEFAULT, PROGRAMMING, EXTENDED];

const SERVICES: Readonly<Record<number, ServiceRule>> = {
  0x10: { lengthMin: 2, sessions: ALL, subFunctions: ALL, run: sessionControl },
  0x11: { lengthMin: 2, sessions: ALL, subFunctions: [1, 3], run: ecuReset },
  0x22: { lengthMin: 3, sessions: ALL, run: readData },
  0x27: { lengthMin: 2, sessions: [2, 3], subFunctions: [1, 2, 3, 4], run: securityAccess },
  0x28: { lengthMin: 3, sessions: [2, 3], subFunctions: [0, 1, 2, 3], run: echo },
  0x2E: { lengthMin: 4, sessions: [2, 3], isLocked: true, run: writeData },
  0x31: { lengthMin: 4, sessions: [2], isLocked: true, subFunctions: [1], run: routine },
  0x34: { lengthMin: 5, sessions: [2], isLocked: true, run: requestDownload },
  0x36: { lengthMin: 2, sessions: [2], isLocked: true, run: transferData },
  0x37: { lengthMin: 1, sessions: [2], isLocked: true, run: transferExit },
  0x38: { lengthMin: 5, sessions: [2], isLocked: true, run: requestFileTransfer },
  0x3D: { lengthMin: 5, sessions: [2], isLocked: true, run: writeMemory },
  0x3E: { lengthMin: 2, sessions: ALL, subFunctions: [0], run: testerPresent },
  0x85: { lengthMin: 2, sessions: [2, 3], subFunctions: [1, 2], run: echo },
};

/** Whether a service has a sub-function, and so a bit that suppresses its positive response. */
export function hasSubFunction(service: number): boolean {
  return SERVICES[service]?.subFunctions !== undefined;
}

/** Checks a request and runs it. */
export function serve(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const { state } = parts;
  const { bootWindowNrc } = parts.options;
  const isRead = data[0] === 0x22 || data[0] === 0x3E;
  if (bootWindowNrc !== undefined && parts.life.kind === "bootWindow" && !isRead) {
    return refuse(data, bootWindowNrc);
  }
  const rule = SERVICES[data[0]!];
  if (rule === undefined || isMissing(parts.options, data[0]!)) return refuse(data, 0x11);
  if (!rule.sessions.includes(state.session)) {
    return refuse(data, state.isExpired ? parts.options.lostSessionNrc ?? 0x7F : 0x7F);
  }
  const isOpen = state.isUnlocked || parts.options.needsNoKey === true;
  if (rule.isLocked === true && !isOpen) return refuse(data, 0x33);
  if (data.length < rule.lengthMin) return refuse(data, 0x13);
  const subFunctions = isAboutGroups(parts.options, data) ? [1, 2, 3] : rule.subFunctions;
  if (subFunctions !== undefined && !subFunctions.includes(data[1]! & 0x7F)) {
    return refuse(data, 0x12);
  }
  return rule.run(parts, data);
}

/** A negative response, at once. */
export function refuse(data: Uint8Array, nrc: number): RogueVerdict {
  return done(() => [0x7F, data[0]!, nrc]);
}

/** A positive response, or what it comes to, after some work. */
export function done(finish: () => readonly number[], workMs = 0): RogueVerdict {
  return { workMs, finish };
}

function sessionControl(
  { options, state, life }: RogueServiceParts,
  data: Uint8Array,
): RogueVerdict {
  if (data.length !== 2) return refuse(data, 0x13);
  const session = data[1]! & 0x7F;
  const isLate = options.entersInWindowOnly === true && life.kind === "application";
  if (isLate && session === PROGRAMMING) return refuse(data, 0x22);
  const { p2Ms = 50, p2StarMs = 5000 } = options;
  return done(() => {
    state.enter(session);
    if (session === PROGRAMMING) life.enterBootloader();
    if (session === DEFAULT) life.leaveBootloader();
    return [0x50, session, p2Ms >> 8, p2Ms & 0xFF, p2StarMs / 10 >> 8, p2StarMs / 10 & 0xFF];
  });
}

function ecuReset({ group }: RogueServiceParts, data: Uint8Array): RogueVerdict {
  if (data.length !== 2) return refuse(data, 0x13);
  return done(() => {
    group.endAndSettle();
    return [0x51, data[1]! & 0x7F];
  });
}

function echo(_parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  return done(() => [data[0]! + 0x40, data[1]! & 0x7F]);
}

function testerPresent({ options, state }: RogueServiceParts, data: Uint8Array): RogueVerdict {
  if (data.length !== 2) return refuse(data, 0x13);
  const nrc = options.testerPresentInDownloadNrc;
  if (nrc !== undefined && state.download !== undefined) return refuse(data, nrc);
  return done(() => [0x7E, 0]);
}

function readData(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const { options, state, life } = parts;
  if (data.length !== 3) return refuse(data, 0x13);
  const refusal = life.readRefusal();
  if (refusal !== undefined) return refuse(data, refusal);
  const nonce = tellNonce(parts, data);
  if (nonce !== undefined) return nonce;
  const texts: Record<number, string | undefined> = {
    0xF180: options.bootloader ?? "BOOT-1",
    0xF189: life.version(),
    0xF18C: options.serial,
    0xF191: options.hardware ?? "HW-A",
  };
  const { check } = state;
  if (check !== undefined && textOf(data.subarray(1)) === options.checkToldBy) {
    const ended = check.isRight ? 1 : 2;
    return done(() => [0x62, data[1]!, data[2]!, 0xFF, parts.now() < check.endsAtMs ? 0 : ended]);
  }
  const identifier = data[1]! << 8 | data[2]!;
  const stored = options.versionRecords?.[life.version() ?? ""]?.[textOf(data.subarray(1))];
  if (options.versionRecords !== undefined) texts[0xF189] = undefined;
  if (stored !== undefined) return done(() => [0x62, data[1]!, data[2]!, ...bytesOf(stored)]);
  const value = identifier === 0xF186
    ? [state.session]
    : identifier === 0x4752
    ? groupVersions(parts)
    : texts[identifier] === undefined
    ? options.moreData?.[textOf(data.subarray(1))] === undefined
      ? undefined
      : [...bytesOf(options.moreData[textOf(data.subarray(1))]!)]
    : [...new TextEncoder().encode(texts[identifier])];
  return value === undefined
    ? refuse(data, 0x31)
    : done(() => [0x62, data[1]!, data[2]!, ...value]);
}

function writeData(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  if (parts.options.writesBy === "2E" && beginsWith(data, "2E FD 01")) {
    return writeIdentifier(parts, data);
  }
  return beginsWith(data, "2E F1 5A") ? done(() => [0x6E, data[1]!, data[2]!]) : refuse(data, 0x31);
}

function routine(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const verdict = ownRoutine(parts, data);
  if (parts.options.answersBarely !== true) return verdict;
  const finish = (): readonly number[] => {
    const response = verdict.finish();
    return response[0] === 0x71 ? [0x71, ...response.slice(4)] : response;
  };
  return { ...verdict, finish };
}

function ownRoutine(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const { eraseUnlockedBy, eraseToldBy, erasesAtDownload } = parts.options;
  const told = [data[1]!, data[2]!, data[3]!];
  const nonce = tellNonce(parts, data);
  if (nonce !== undefined) return nonce;
  if (eraseUnlockedBy !== undefined && textOf(data) === eraseUnlockedBy) {
    return done(() => {
      parts.state.isEraseUnlocked = true;
      return [0x71, ...told, 0];
    });
  }
  if (eraseToldBy !== undefined && textOf(data) === eraseToldBy) {
    return done(() => [0x71, ...told, parts.now() < parts.state.eraseEndsAtMs ? 1 : 0]);
  }
  if (erasesAtDownload === true && beginsWith(data, "31 01 FF 00")) return refuse(data, 0x31);
  if (isAboutGroups(parts.options, data)) return groupRoutine(parts, data);
  if (beginsWith(data, "31 01 FF 00")) return eraseMemory(parts, data);
  if (beginsWith(data, "31 01 02 02")) return checkMemory(parts, data);
  if (beginsWith(data, "31 01 FF 01")) {
    return data.length === 4
      ? done(() => [0x71, 1, 0xFF, 1, parts.life.isValid() ? 0 : 1])
      : refuse(data, 0x13);
  }
  return refuse(data, 0x31);
}

function eraseMemory(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const { flash, options, now, state } = parts;
  const place = readErasedPlace(options, flash, data);
  if (place === undefined) return refuse(data, 0x31);
  if (data.length !== place.endAt + nonceLength(options)) return refuse(data, 0x13);
  const nonce = nonceRefusal(parts, data);
  if (nonce !== undefined) return nonce;
  if (options.takesGroup === true && state.isErasing) return refuse(data, 0x21);
  const { eraseInDownloadNrc } = options;
  if (options.needsDriver === true && !parts.life.hasDriver) return refuse(data, 0x22);
  if (eraseInDownloadNrc !== undefined && state.download !== undefined) {
    return refuse(data, eraseInDownloadNrc);
  }
  const { address, sizeBytes } = place;
  if (!flash.isInApplication(address, sizeBytes)) return refuse(data, 0x31);
  if (options.eraseUnlockedBy !== undefined && !state.isEraseUnlocked) return refuse(data, 0x22);
  state.isEraseUnlocked = false;
  parts.group.endAndSettle();
  state.isErasing = true;
  const workMs = eraseWorkMs(parts, address, sizeBytes);
  const isTold = options.eraseToldBy !== undefined;
  return done(() => {
    state.isErasing = false;
    const isDone = flash.erase(address, sizeBytes, now());
    if (isDone) parts.life.touch();
    if (isTold) state.eraseEndsAtMs = now() + workMs;
    return isDone ? [0x71, 1, 0xFF, 0, isTold ? 1 : 0] : [0x7F, 0x31, 0x72];
  }, isTold ? 0 : workMs);
}

/** How long erasing the sectors of a range takes, in ms. */
export function eraseWorkMs(
  { flash, options }: RogueServiceParts,
  address: number,
  sizeBytes: number,
): number {
  return flash.sectorsOf(address, sizeBytes)
    .reduce((ms, { start, end }) => ms + eraseMs(end - start, options), 0);
}

/** RM0090, table of flash memory programming: 250 ms, 550 ms, 1 s at a parallelism of 32 bits. */
function eraseMs(sizeBytes: number, { eraseMs }: RogueOptions): number {
  return eraseMs ?? (sizeBytes < 0x1_0000 ? 250 : sizeBytes < 0x2_0000 ? 550 : 1000);
}

function checkMemory(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const { flash, options } = parts;
  const { reportsChecksumBytes, checksum = crc32Bytes } = options;
  const statedBytes = reportsChecksumBytes === undefined ? checksum(new Uint8Array()).length : 0;
  const place = readCheckedPlace(parts, data);
  if (place === undefined) return refuse(data, 0x31);
  const { address, sizeBytes, endAt } = place;
  if (data.length !== endAt + statedBytes) return refuse(data, 0x13);
  if (!flash.isInApplication(address, sizeBytes)) return refuse(data, 0x31);
  if (parts.group.isAtWork) return refuse(data, 0x22);
  if (reportsChecksumBytes !== undefined) {
    return done(() => {
      const crc = new Uint8Array(8);
      new DataView(crc.buffer).setUint32(0, rogueCrc32(flash.read(address, sizeBytes)));
      return [0x71, 1, 2, 2, ...crc.subarray(0, reportsChecksumBytes)];
    }, options.checkMs ?? 20);
  }
  const stated = data.slice(endAt);
  if (options.checkToldBy !== undefined) {
    return done(() => {
      const sum = checksum(flash.read(address, sizeBytes));
      const isRight = sum.every((byte, i) => byte === stated[i]);
      parts.state.check = { endsAtMs: parts.now() + (options.checkMs ?? 20), isRight };
      return [0x71, 1, 2, 2, 0];
    });
  }
  return done(() => {
    const isRight = checksum(flash.read(address, sizeBytes)).every((byte, i) => byte === stated[i]);
    return [0x71, 1, 2, 2, isRight ? 0 : 1];
  }, options.checkMs ?? 20);
}

/** CRC-32, big-endian. */
export function crc32Bytes(data: Uint8Array): readonly number[] {
  const crc = rogueCrc32(data);
  return [crc >>> 24, crc >>> 16 & 0xFF, crc >>> 8 & 0xFF, crc & 0xFF];
}
