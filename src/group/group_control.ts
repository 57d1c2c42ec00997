import { bytesToHex, concatBytes, readUintBe, uintToBytesBe } from "../core/mod.ts";
import {
  decodeRoutineControlRequest,
  decodeRoutineControlResponse,
  encodeRoutineControlRequest,
  encodeRoutineControlResponse,
  ROUTINE_CONTROL_TYPE,
} from "../uds/mod.ts";
import { GroupFormatError } from "./errors.ts";
import { generationCount, generationLength, type GroupRegion } from "./group_region.ts";

/** The routine that opens, asks and closes a group, unless a profile names another. */
export const GROUP_ROUTINE_ID = 0x4752;
/** The version of the protocol that is spoken here. Version 1 had no checksums. */
export const GROUP_VERSION = 2;
/** Bytes of a group's key. */
export const GROUP_KEY_BYTES = 4;

const EXTENDED_BIT = 0x8000_0000;
/** Of an opening's record, in front of the checksums. */
const OPEN_RECORD_BYTES = 20;
/** Of a RoutineControl request, in front of its record. */
const ROUTINE_HEADER_BYTES = 4;
const CHECKSUM_BYTES = 2;
/** What a time of programming is told in, in ms. */
const TIME_UNIT_MS = 0.01;
const TIME_UNITS_MAX = 0xFFFF;
const STATUS_BUSY = 0x01;
const STATUS_MORE = 0x40;
const STATUS_FAILED = 0x80;
/** Where the share of mended blocks lies in the status, and what it is told in. */
const MENDED_SHIFT = 1;
const MENDED_UNITS = 31;
const MAP_HEADER_BYTES = 3;
/** heldParity of a generation whose last mending was wrong. */
const HELD_WRONG = 0xFF;

/** A CAN identifier, as its number and kind. */
export interface GroupIdentifier {
  /** The number. */
  readonly id: number;
  /** Whether it has 29 bits. */
  readonly extended: boolean;
}

/** What a node is told when a group is opened on it. */
export interface GroupOpening {
  /** Where the group's messages come. */
  readonly identifier: GroupIdentifier;
  /** Binds messages to this group: 4 bytes. */
  readonly key: Uint8Array;
  /** What they are about. */
  readonly region: GroupRegion;
  /** Of each generation: CRC-16/CCITT-FALSE over its bytes, as they are to lie in flash. */
  readonly checksums: readonly number[];
}

/** What a node answers to it. */
export interface GroupOpened {
  /** How many blocks it can hold that are not programmed yet, 1..255. */
  readonly bufferBlocks: number;
  /** How long it takes to program a whole block, in ms; 0 where it does not know. */
  readonly programMs: number;
}

/** What a node misses of one generation. */
export interface GenerationMap {
  /** Which generation, from 0. */
  readonly generation: number;
  /** How many parity blocks of it the node holds: it needs so many fewer. */
  readonly heldParity: number;
  /** Whether what was mended last did not have the generation's checksum; it holds none then. */
  readonly isWrong: boolean;
  /** Blocks that did not come, as places in the generation, ascending. */
  readonly missing: readonly number[];
}

/** What a node tells when it is asked. */
export interface GroupMap {
  /** Whether it still programs, or mends. */
  readonly isBusy: boolean;
  /** Whether programming a block failed: it needs an erase. */
  readonly hasFailed: boolean;
  /** Whether there was no room for all generations: the rest is asked for on its own. */
  readonly hasMore: boolean;
  /** What share of all blocks parity gave so far, 0..1; told in steps of 1/31, rounded up. */
  readonly mendedShare: number;
  /** What programming a whole block took on average so far, in ms. */
  readonly programMs: number;
  /** The generations of which something is missing, ascending. */
  readonly generations: readonly GenerationMap[];
}

/** Which generations a map is asked for. */
export interface MapRange {
  /** The first. */
  readonly first: number;
  /** How many; 0: all from the first on. */
  readonly count: number;
}

/**
 * Encodes `[0x31, 0x01, routine (2), version, identifier (4), key (4), address (4), size (4),
 * blockBytes (2), generationBlocks, checksums (2 each)]`. Bit 31 of the identifier says that it has
 * 29 bits.
 *
 * Source: docs/group-download.md, "Opening".
 *
 * @param routine The routine's identifier.
 * @param opening What the node is told.
 * @returns The request.
 */
export function encodeGroupOpen(routine: number, opening: GroupOpening): Uint8Array {
  const { identifier, key, region, checksums } = opening;
  const { id, extended } = identifier;
  return control(
    routine,
    ROUTINE_CONTROL_TYPE.startRoutine,
    concatBytes([
      Uint8Array.of(GROUP_VERSION),
      uintToBytesBe(id + (extended ? EXTENDED_BIT : 0), 4),
      key,
      uintToBytesBe(region.address, 4),
      uintToBytesBe(region.sizeBytes, 4),
      uintToBytesBe(region.blockBytes, 2),
      uintToBytesBe(region.generationBlocks, 1),
      ...checksums.map((value) => uintToBytesBe(value, CHECKSUM_BYTES)),
    ]),
  );
}

/**
 * Says how long an opening has to be, which a node compares once it knows that the region is one.
 *
 * @param region The group's region.
 * @returns How many bytes the request has.
 */
export function groupOpenBytes(region: GroupRegion): number {
  return ROUTINE_HEADER_BYTES + OPEN_RECORD_BYTES + CHECKSUM_BYTES * generationCount(region);
}

/**
 * Decodes what {@linkcode encodeGroupOpen} encodes; what it says may still make no sense, and there
 * may be more or fewer checksums than generations: see {@linkcode groupOpenBytes}.
 *
 * @param request A RoutineControl request.
 * @returns What the node is told; `undefined` for another version.
 * @throws {GroupFormatError} If its record is too short.
 */
export function decodeGroupOpen(request: Uint8Array): GroupOpening | undefined {
  const { routineControlOptionRecord: record } = decodeRoutineControlRequest(request);
  if (record.length < OPEN_RECORD_BYTES) {
    throw new GroupFormatError("the opening", `its record has ${record.length} bytes`);
  }
  if (record[0] !== GROUP_VERSION) return undefined;
  const checksumCount = Math.floor((record.length - OPEN_RECORD_BYTES) / CHECKSUM_BYTES);
  const identifier = readUintBe(record, 1, 4);
  const extended = identifier >= EXTENDED_BIT;
  return {
    identifier: { id: extended ? identifier - EXTENDED_BIT : identifier, extended },
    key: record.slice(5, 9),
    region: {
      address: readUintBe(record, 9, 4),
      sizeBytes: readUintBe(record, 13, 4),
      blockBytes: readUintBe(record, 17, 2),
      generationBlocks: record[19]!,
    },
    checksums: Array.from(
      { length: checksumCount },
      (_, i) => readUintBe(record, OPEN_RECORD_BYTES + i * CHECKSUM_BYTES, CHECKSUM_BYTES),
    ),
  };
}

/**
 * Encodes `[0x71, 0x01, routine (2), bufferBlocks, programTime (2, in 10 us, rounded up)]`.
 *
 * @param routine The routine's identifier.
 * @param opened What the node answers.
 * @returns The response.
 */
export function encodeGroupOpened(routine: number, opened: GroupOpened): Uint8Array {
  return encodeRoutineControlResponse({
    routineControlType: ROUTINE_CONTROL_TYPE.startRoutine,
    routineIdentifier: routine,
    routineStatusRecord: Uint8Array.of(opened.bufferBlocks, ...timeBytes(opened.programMs)),
  });
}

/**
 * Decodes what {@linkcode encodeGroupOpened} encodes.
 *
 * @param response A positive response.
 * @returns What the node answers.
 * @throws {GroupFormatError} If its record has another length.
 */
export function decodeGroupOpened(response: Uint8Array): GroupOpened {
  const { routineStatusRecord: record } = decodeRoutineControlResponse(response);
  if (record.length !== 3) {
    throw new GroupFormatError("the answer to the opening", `${bytesToHex(response)}`);
  }
  return { bufferBlocks: record[0]!, programMs: readTimeMs(record, 1) };
}

/**
 * Encodes `[0x31, 0x03, routine (2), firstGeneration (2), generationCount]`.
 *
 * @param routine The routine's identifier.
 * @param range Which generations are asked for; at most 255 of them, or all.
 * @returns The request: a single frame.
 */
export function encodeMapRequest(routine: number, range: MapRange): Uint8Array {
  const record = concatBytes([uintToBytesBe(range.first, 2), uintToBytesBe(range.count, 1)]);
  return control(routine, ROUTINE_CONTROL_TYPE.requestRoutineResults, record);
}

/**
 * Decodes what {@linkcode encodeMapRequest} encodes.
 *
 * @param request A RoutineControl request.
 * @returns Which generations are asked for.
 * @throws {GroupFormatError} If its record has another length.
 */
export function decodeMapRequest(request: Uint8Array): MapRange {
  const { routineControlOptionRecord: record } = decodeRoutineControlRequest(request);
  if (record.length !== 3) {
    throw new GroupFormatError("the question for a map", `its record has ${record.length} bytes`);
  }
  return { first: readUintBe(record, 0, 2), count: record[2]! };
}

/**
 * Encodes `[0x71, 0x03, routine (2), status, programTime (2), for each generation: number (2),
 * heldParity, bits (ceil(k / 8))]`; bit i & 7 of byte i >> 3 says that block i is missing. A generation
 * that is wrong has `0xFF` in place of heldParity.
 *
 * @param routine The routine's identifier.
 * @param map What the node tells.
 * @param region The group's region.
 * @returns The response; a single frame when nothing is missing.
 */
export function encodeMapResponse(
  routine: number,
  map: GroupMap,
  region: GroupRegion,
): Uint8Array {
  const parts = map.generations.map(({ generation, heldParity, isWrong, missing }) => {
    const bits = new Uint8Array(Math.ceil(generationLength(region, generation) / 8));
    for (const i of missing) bits[i >> 3]! |= 1 << (i & 7);
    const held = isWrong ? HELD_WRONG : heldParity;
    return concatBytes([uintToBytesBe(generation, 2), Uint8Array.of(held), bits]);
  });
  const mended = Math.ceil(map.mendedShare * MENDED_UNITS - 1e-9);
  const status = (map.isBusy ? STATUS_BUSY : 0) + (map.hasMore ? STATUS_MORE : 0) +
    (map.hasFailed ? STATUS_FAILED : 0) + (mended << MENDED_SHIFT);
  return encodeRoutineControlResponse({
    routineControlType: ROUTINE_CONTROL_TYPE.requestRoutineResults,
    routineIdentifier: routine,
    routineStatusRecord: concatBytes([
      Uint8Array.of(status, ...timeBytes(map.programMs)),
      ...parts,
    ]),
  });
}

/**
 * Decodes what {@linkcode encodeMapResponse} encodes.
 *
 * @param response A positive response.
 * @param region The group's region.
 * @returns What the node tells.
 * @throws {GroupFormatError} If the bytes are another shape, or name what the region has not.
 */
export function decodeMapResponse(response: Uint8Array, region: GroupRegion): GroupMap {
  const { routineStatusRecord: record } = decodeRoutineControlResponse(response);
  const fail = (): GroupFormatError => new GroupFormatError("a map", bytesToHex(response));
  if (record.length < MAP_HEADER_BYTES) throw fail();
  const generations: GenerationMap[] = [];
  for (let at = MAP_HEADER_BYTES; at < record.length;) {
    if (at + 3 > record.length) throw fail();
    const generation = readUintBe(record, at, 2);
    const isNext = generation > (generations.at(-1)?.generation ?? -1);
    if (!isNext || generation >= generationCount(region)) throw fail();
    const length = generationLength(region, generation);
    const bits = record.subarray(at + 3, at + 3 + Math.ceil(length / 8));
    if (bits.length * 8 < length) throw fail();
    const missing: number[] = [];
    for (let i = 0; i < bits.length * 8; i++) {
      if ((bits[i >> 3]! >> (i & 7) & 1) !== 0) missing.push(i);
    }
    if (missing.length === 0 || missing.at(-1)! >= length) throw fail();
    const held = record[at + 2]!;
    const isWrong = held === HELD_WRONG;
    generations.push({ generation, heldParity: isWrong ? 0 : held, isWrong, missing });
    at += 3 + bits.length;
  }
  return {
    isBusy: (record[0]! & STATUS_BUSY) !== 0,
    hasFailed: (record[0]! & STATUS_FAILED) !== 0,
    hasMore: (record[0]! & STATUS_MORE) !== 0,
    mendedShare: (record[0]! >> MENDED_SHIFT & MENDED_UNITS) / MENDED_UNITS,
    programMs: readTimeMs(record, 1),
    generations,
  };
}

/**
 * Encodes `[0x31, 0x02, routine (2)]`.
 *
 * @param routine The routine's identifier.
 * @returns The request that closes a group.
 */
export function encodeGroupClose(routine: number): Uint8Array {
  return control(routine, ROUTINE_CONTROL_TYPE.stopRoutine, new Uint8Array(0));
}

function control(routine: number, type: number, record: Uint8Array): Uint8Array {
  return encodeRoutineControlRequest({
    routineControlType: type,
    routineIdentifier: routine,
    routineControlOptionRecord: record,
    suppressPositiveResponse: false,
  });
}

/** Rounded up: who paces by it is never too fast. */
function timeBytes(timeMs: number): Uint8Array {
  const units = Math.ceil(timeMs / TIME_UNIT_MS - 1e-9);
  return uintToBytesBe(Math.min(units, TIME_UNITS_MAX), 2);
}

function readTimeMs(record: Uint8Array, offset: number): number {
  return readUintBe(record, offset, 2) / 100;
}
