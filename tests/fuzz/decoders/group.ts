import { ok } from "node:assert/strict";
import { crc16Ccitt } from "../../../src/codec/mod.ts";
import { hexToBytes, Prng, uintToBytesBe } from "../../../src/core/mod.ts";
import {
  decodeGroupOpen,
  decodeGroupOpened,
  decodeMapRequest,
  decodeMapResponse,
  encodeGroupMessage,
  encodeGroupOpen,
  encodeGroupOpened,
  encodeMapRequest,
  encodeMapResponse,
  generationChecksums,
  GROUP_ROUTINE_ID,
  groupOpenBytes,
  type GroupOpening,
  GroupReceiver,
  type GroupRegion,
  groupRegionProblem,
  GroupSender,
  type MapRange,
} from "../../../src/group/mod.ts";
import { accepted, type FuzzDecoder } from "../decoder.ts";
import { decodeScript, encodeScript, type ScriptItem } from "../script.ts";

const KEY = Uint8Array.of(0xC0, 0xFF, 0xEE, 0x01);
const REGION: GroupRegion = {
  address: 0x0800_8000,
  sizeBytes: 20 * 32 - 10,
  blockBytes: 32,
  generationBlocks: 8,
};
const IMAGE = new Prng(3).bytes(REGION.sizeBytes);
const OPENING: GroupOpening = {
  identifier: { id: 0x7FF, extended: false },
  key: KEY,
  region: REGION,
  checksums: generationChecksums(REGION, IMAGE),
};
/** What a node of the test has room for: a larger region it refuses, as its layout would. */
const REGION_BYTES_MAX = 16 * 1024;
const BUFFER_BLOCKS = 4;
const PROGRAM_MS = 1;
/** Kinds of a node's script: a new opening; a question; a message as it is; one with a right tag. */
const KINDS = 4;
const TAG_OFFSET = 2;
const TAGGED_FROM = 4;

/** A node that programs what its receiver says, into memory. */
class FuzzNode {
  readonly flash: Uint8Array;
  readonly receiver: GroupReceiver;
  readonly #region: GroupRegion;

  constructor(opening: GroupOpening) {
    const { region } = opening;
    this.#region = region;
    this.flash = new Uint8Array(region.sizeBytes).fill(0xFF);
    this.receiver = new GroupReceiver({
      opening,
      bufferBlocks: BUFFER_BLOCKS,
      programMs: PROGRAM_MS,
      read: (address, length) =>
        this.flash.slice(address - region.address, address - region.address + length),
    });
  }

  /** Does what there is to do; each block at most once. */
  work(): void {
    const blocks = Math.ceil(this.#region.sizeBytes / this.#region.blockBytes);
    let left = 4 * blocks + BUFFER_BLOCKS;
    for (let work = this.receiver.next(); work !== undefined; work = this.receiver.next()) {
      ok(left-- > 0, "it works on and on");
      this.receiver.begun(work);
      if (work.kind === "program") {
        const offset = work.address - this.#region.address;
        ok(offset >= 0 && offset + work.data.length <= this.flash.length, "outside its region");
        this.flash.set(work.data, offset);
      }
      this.receiver.finished(work, true, PROGRAM_MS);
    }
  }
}

function block(index: number): Uint8Array {
  const start = index * REGION.blockBytes;
  const data = IMAGE.subarray(start, start + REGION.blockBytes);
  return encodeGroupMessage({ kind: "data", address: REGION.address + start, data }, KEY);
}

function tagged(message: Uint8Array, key: Uint8Array): Uint8Array {
  if (message.length <= TAGGED_FROM) return message;
  const copy = message.slice();
  const tag = crc16Ccitt(copy.subarray(TAGGED_FROM), crc16Ccitt(key));
  copy.set(uintToBytesBe(tag, 2), TAG_OFFSET);
  return copy;
}

/** A node in a group, given any openings, messages and questions. */
export const GROUP_NODE: FuzzDecoder = {
  seeds: [
    encodeScript([
      { kind: 0, data: encodeGroupOpen(GROUP_ROUTINE_ID, OPENING) },
      ...[0, 1, 2, 3, 19].map((index) => ({ kind: 2, data: block(index) })),
      ...[8, 9].map((index) => ({ kind: 3, data: block(index) })),
      {
        kind: 3,
        data: encodeGroupMessage({
          kind: "parity",
          generation: 0,
          index: 1,
          data: new Uint8Array(REGION.blockBytes),
        }, KEY),
      },
      { kind: 1, data: encodeMapRequest(GROUP_ROUTINE_ID, { first: 0, count: 0 }) },
    ]),
  ],
  words: [
    "3D 26",
    "FF 00 00",
    "01 31 03 47 52",
    "00 31 01 47 52 02",
    "FF FF FF FF",
    "00 20",
    "08 00 80 00",
  ]
    .map(hexToBytes),
  inputBytesMax: 2000,
  attempt: (bytes) => {
    let node = new FuzzNode(OPENING);
    let isTaken = false;
    for (const { kind, data } of decodeScript(bytes)) {
      switch (kind % KINDS) {
        case 0: {
          const opening = accepted(() => decodeGroupOpen(data));
          if (opening === undefined || groupRegionProblem(opening.region) !== undefined) break;
          if (data.length !== groupOpenBytes(opening.region)) break;
          if (opening.region.sizeBytes <= REGION_BYTES_MAX) node = new FuzzNode(opening);
          break;
        }
        case 1: {
          const range = accepted(() => decodeMapRequest(data));
          if (range === undefined) break;
          const map = node.receiver.map(range);
          const { region } = node.receiver.opening;
          const answer = encodeMapResponse(GROUP_ROUTINE_ID, map, region);
          ok(map.generations.length === decodeMapResponse(answer, region).generations.length);
          break;
        }
        default: {
          const { key } = node.receiver.opening;
          node.receiver.take(kind % KINDS === 2 ? data : tagged(data, key));
          isTaken ||= node.receiver.next() !== undefined;
          node.work();
        }
      }
    }
    return isTaken;
  },
};

const STEPS_MAX = 20_000;

/** The answers of one node of two, as it made them in a good run that lost some blocks. */
function honestAnswers(): Uint8Array {
  const items: ScriptItem[] = [];
  runGroup((ask) => {
    const answer = ask();
    items.push({ kind: 0, data: answer });
    return answer;
  });
  return encodeScript(items);
}

/**
 * The tester's side with two nodes: one that is honest but loses blocks, and one whose answers the
 * script gives. The group comes to its end: both are through, or moved, or have left.
 */
export const GROUP_TESTER: FuzzDecoder = {
  get seeds() {
    return SEEDS ??= [honestAnswers()];
  },
  words: [
    "71 01 47 52 FF 00 00",
    "71 03 47 52 00 00 00",
    "71 03 47 52 01 FF FF",
    "71 03 47 52 80 00 00",
    "71 03 47 52 7E 00 00",
    "00 00 FF FF",
    "7F 31 22",
  ]
    .map(hexToBytes),
  inputBytesMax: 1000,
  attempt: (bytes) => {
    const script = decodeScript(bytes);
    return runGroup((ask) => {
      const next = script.next();
      ask();
      return next.done === true ? undefined : next.value.data;
    });
  },
};

let SEEDS: readonly Uint8Array[] | undefined;

/** What the second node answers, and what an honest one would; nothing: silence. */
type Answers = (honest: () => Uint8Array) => Uint8Array | undefined;

/** Runs a group to its end; tells whether the second node was whole. */
function runGroup(answers: Answers): boolean {
  const sender = new GroupSender({ region: REGION, data: IMAGE, key: KEY });
  const nodes = new Map(["honest", "second"].map((name) => [name, new FuzzNode(OPENING)]));
  const opened = encodeGroupOpened(GROUP_ROUTINE_ID, {
    bufferBlocks: BUFFER_BLOCKS,
    programMs: PROGRAM_MS,
  });
  sender.join("honest", decodeGroupOpened(opened));
  const answer = answers(() => opened);
  const own = answer === undefined ? undefined : accepted(() => decodeGroupOpened(answer));
  if (own !== undefined) sender.join("second", own);
  let nowMs = 0;
  let isWhole = false;
  let region: GroupRegion = REGION;
  const answered = (name: string, range: MapRange): void => {
    const honest = (): Uint8Array =>
      encodeMapResponse(GROUP_ROUTINE_ID, nodes.get(name)!.receiver.map(range), region);
    const response = name === "honest" ? honest() : answers(honest);
    // Silence ends a node's conversation, as does an answer that is none, or says: all there.
    const map = response && accepted(() => decodeMapResponse(response, region));
    const isThrough = map === undefined || sender.answered(name, map, range, nowMs);
    if (!isThrough) return;
    isWhole ||= name === "second" && map !== undefined;
    sender.leave(name);
    sender.roundEnded(nowMs);
  };
  for (let step = 0; sender.names.length > 0; step++) {
    ok(step < STEPS_MAX, "the group goes on and on");
    sender.takeMoved();
    const action = sender.next(nowMs);
    nowMs += 1;
    if (action.kind === "wait") nowMs = Math.max(nowMs, action.untilMs);
    else if (action.kind === "idle") sender.goOn(nowMs);
    else if (action.kind === "ask") {
      for (const name of action.names) answered(name, action.range);
      if (action.isRound) sender.goOn(nowMs);
    } else if (action.kind === "cut") {
      // What is behind the cut is another group, and not played.
      ({ region } = action);
      const checksums = generationChecksums(region, IMAGE.subarray(0, region.sizeBytes));
      for (const [name, { receiver }] of nodes) {
        receiver.cut({ ...OPENING, region, checksums });
        sender.cutDone(name);
      }
    } else {
      for (const [name, { receiver }] of nodes) {
        // Each loses other blocks.
        if ((step + (name === "second" ? 3 : 0)) % 7 !== 0) receiver.take(action.message);
      }
      for (const node of nodes.values()) node.work();
      sender.sent(nowMs - 0.5, nowMs);
    }
  }
  return isWhole;
}
