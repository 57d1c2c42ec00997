import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Gf256Parity } from "../../../src/codec/mod.ts";
import { Prng } from "../../../src/core/mod.ts";
import {
  encodeGroupMessage,
  encodeMapResponse,
  generationChecksums,
  type GroupMap,
  type GroupOpening,
  GroupReceiver,
  type GroupRegion,
  type GroupWork,
  isGroupCut,
} from "../../../src/group/mod.ts";

const KEY = Uint8Array.of(0xC0, 0xFF, 0xEE, 0x01);
/** 40 blocks, the last one shorter, in generations of 16, 16 and 8. */
const REGION: GroupRegion = {
  address: 0x0800_8000,
  sizeBytes: 40 * 64 - 10,
  blockBytes: 64,
  generationBlocks: 16,
};
const IMAGE = new Prng(3).bytes(REGION.sizeBytes);
const OPENING: GroupOpening = {
  identifier: { id: 0x7FF, extended: false },
  key: KEY,
  region: REGION,
  checksums: generationChecksums(REGION, IMAGE),
};
const ALL = { first: 0, count: 0 };

/** A node that does only the work that it is told to do. */
class SlowNode {
  readonly flash = new Uint8Array(REGION.sizeBytes).fill(0xFF);
  readonly receiver: GroupReceiver;
  readonly begun: GroupWork[] = [];
  readonly programmed: number[] = [];

  constructor(
    bufferBlocks: number,
    options: {
      opening?: GroupOpening;
      mapBytesMax?: number;
      mendsWhileProgramming?: boolean;
    } = {},
  ) {
    const { opening = OPENING, ...more } = options;
    this.receiver = new GroupReceiver({
      opening,
      bufferBlocks,
      programMs: 1,
      ...more,
      read: (address, length) =>
        this.flash.slice(address - REGION.address, address - REGION.address + length),
    });
  }

  /** Begins all that may begin now. */
  begin(): GroupWork[] {
    const from = this.begun.length;
    for (let work = this.receiver.next(); work !== undefined; work = this.receiver.next()) {
      this.receiver.begun(work);
      this.begun.push(work);
    }
    return this.begun.slice(from);
  }

  /** Ends what was begun, the first kind of it that is named; of a mending all pieces. */
  end(kind: GroupWork["kind"], isGood = true): void {
    const generation = this.endOne(kind, isGood);
    if (kind === "program") return;
    for (let next = this.receiver.next(); next?.kind === "mend"; next = this.receiver.next()) {
      if (next.generation !== generation) return;
      this.begin();
      this.endOne("mend");
    }
  }

  /** Ends one piece of work; tells which generation it was about. */
  endOne(kind: GroupWork["kind"], isGood = true): number | undefined {
    const index = this.begun.findIndex((work) => work.kind === kind);
    const [work] = this.begun.splice(index, 1);
    ok(index >= 0 && work !== undefined, `nothing to ${kind}`);
    if (work.kind === "program" && isGood) {
      const offset = work.address - REGION.address;
      ok(this.flash.subarray(offset, offset + work.data.length).every((byte) => byte === 0xFF));
      this.flash.set(work.data, offset);
      this.programmed.push(offset / REGION.blockBytes);
    }
    this.receiver.finished(work, isGood, 1);
    return work.kind === "mend" ? work.generation : undefined;
  }

  /** Does all there is to do. */
  work(): void {
    for (this.begin(); this.begun.length > 0; this.begin()) this.end(this.begun[0]!.kind);
  }

  take(...messages: readonly Uint8Array[]): boolean[] {
    return messages.map((message) => this.receiver.take(message));
  }

  /** All blocks but some, programmed. */
  takeAllBut(missing: readonly number[], from = 0, to = 40): this {
    for (let block = from; block < to; block++) {
      if (missing.includes(block)) continue;
      this.take(data(block));
      this.work();
    }
    return this;
  }

  map(): GroupMap {
    return this.receiver.map(ALL);
  }

  /** Missing blocks of all generations, and the parity that is held. */
  get state(): { missing: number[]; held: number[]; isBusy: boolean } {
    const { generations, isBusy } = this.map();
    return {
      missing: generations.flatMap(({ generation, missing }) =>
        missing.map((i) => generation * REGION.generationBlocks + i)
      ),
      held: generations.map(({ heldParity }) => heldParity),
      isBusy,
    };
  }
}

function sliceOf(block: number): Uint8Array {
  return IMAGE.subarray(block * REGION.blockBytes, (block + 1) * REGION.blockBytes);
}

function data(block: number, bytes = sliceOf(block)): Uint8Array {
  const address = REGION.address + block * REGION.blockBytes;
  return encodeGroupMessage({ kind: "data", address, data: bytes }, KEY);
}

function parity(generation: number, index: number): Uint8Array {
  const first = generation * REGION.generationBlocks;
  const length = Math.min(REGION.generationBlocks, 40 - first);
  const sources = Array.from({ length }, (_, i) => sliceOf(first + i));
  const bytes = new Gf256Parity(length).encode(index, sources, REGION.blockBytes);
  return encodeGroupMessage({ kind: "parity", generation, index, data: bytes }, KEY);
}

function forged(generation: number, index: number): Uint8Array {
  const bytes = new Prng(99).bytes(REGION.blockBytes);
  return encodeGroupMessage({ kind: "parity", generation, index, data: bytes }, KEY);
}

Deno.test("GroupReceiver() counts blocks as held from the beginning of their mending", () => {
  const node = new SlowNode(4).takeAllBut([2, 5, 20]);
  node.take(parity(0, 0));
  deepStrictEqual(node.state, { missing: [2, 5, 20], held: [1, 0], isBusy: false });
  node.take(parity(0, 7));
  deepStrictEqual(node.begin().map(({ kind }) => kind), ["mend"]);
  deepStrictEqual(node.state, { missing: [20], held: [0], isBusy: true });
  node.end("mend");
  deepStrictEqual(node.state, { missing: [20], held: [0], isBusy: true });
  node.work();
  deepStrictEqual(node.state, { missing: [20], held: [0], isBusy: false });
  deepStrictEqual(node.flash.subarray(0, 16 * 64), IMAGE.subarray(0, 16 * 64));
});

Deno.test("GroupReceiver() ignores data of blocks that are being mended, and programs them once", () => {
  const node = new SlowNode(4).takeAllBut([2, 5]);
  node.take(parity(0, 3), parity(0, 4));
  node.begin();
  deepStrictEqual(node.take(data(2), data(5), parity(0, 5)), [true, true, true]);
  // Two buffers are being mended, none was taken for what came.
  node.end("mend");
  node.work();
  deepStrictEqual(node.programmed.slice(-2), [2, 5]);
  strictEqual(node.programmed.length, 40);
  deepStrictEqual(node.flash, IMAGE);
});

Deno.test("GroupReceiver() gives up no buffer that is being mended", () => {
  const node = new SlowNode(2).takeAllBut([0, 34, 35]);
  node.take(parity(2, 0), parity(2, 1));
  node.begin();
  // All buffers are being mended, though a block of an earlier generation comes.
  deepStrictEqual(node.take(data(0)), [true]);
  deepStrictEqual(node.state, { missing: [0], held: [0], isBusy: true });
  node.end("mend");
  node.work();
  node.take(data(0));
  node.work();
  deepStrictEqual(node.flash, IMAGE);
});

Deno.test("GroupReceiver() programs what comes while it mends before the next piece", () => {
  const node = new SlowNode(4, { mendsWhileProgramming: true }).takeAllBut([2, 5, 20]);
  node.take(parity(0, 0), parity(0, 1));
  node.begin();
  node.take(data(20));
  // A piece is not broken off.
  deepStrictEqual(node.begin(), []);
  node.endOne("mend");
  deepStrictEqual(node.begin().map(({ kind }) => kind), ["program", "mend"]);
  node.endOne("program");
  node.work();
  // Mended blocks are programmed behind what came meanwhile.
  deepStrictEqual(node.programmed.slice(-3), [20, 2, 5]);
});

Deno.test("GroupReceiver() mends nothing while its one core programs", () => {
  const node = new SlowNode(4).takeAllBut([2, 9], 0, 16);
  node.take(data(9));
  node.begin();
  node.take(parity(0, 0));
  deepStrictEqual(node.begin(), []);
  deepStrictEqual(node.state.missing[0], 2);
  node.end("program");
  deepStrictEqual(node.begin().map(({ kind }) => kind), ["mend"]);
  node.take(data(16));
  node.endOne("mend");
  // Between two pieces.
  deepStrictEqual(node.begin().map(({ kind }) => kind), ["program"]);
  node.work();
  deepStrictEqual(node.programmed.slice(-2), [16, 2]);
});

Deno.test("GroupReceiver() gives a mending up when a block of its generation is not programmed", () => {
  const node = new SlowNode(4, { mendsWhileProgramming: true }).takeAllBut([2, 5, 9], 0, 16);
  node.take(data(9), parity(0, 0), parity(0, 1));
  node.begin();
  node.begin();
  node.endOne("program", false);
  const { generations, hasFailed, isBusy } = node.map();
  deepStrictEqual(generations[0]!, {
    generation: 0,
    heldParity: 0,
    isWrong: false,
    missing: [2, 5],
  });
  deepStrictEqual({ hasFailed, isBusy }, { hasFailed: true, isBusy: false });
  // The core ends its piece, and that is all.
  node.endOne("mend");
  strictEqual(node.receiver.next(), undefined);
  // No parity of it is taken any more; its buffers are free.
  node.take(parity(0, 2));
  strictEqual(node.map().generations[0]!.heldParity, 0);
  node.take(...[16, 17, 18, 19, 20].map((block) => data(block)));
  deepStrictEqual(node.map().generations[1]!.missing[0], 4);
});

Deno.test("GroupReceiver() takes data of any generation in place of parity that mends nothing yet", () => {
  const node = new SlowNode(4).takeAllBut([0, 1, 2, 17, 18, 39]);
  node.take(parity(0, 0), parity(0, 1), parity(1, 0));
  node.take(data(39));
  deepStrictEqual(node.state.held, [2, 1]);
  node.work();
  node.take(parity(2, 0), parity(0, 2));
  node.work();
  // Its buffer is that of a generation behind; then all are of the first, and data takes one.
  node.take(parity(1, 0), parity(1, 1));
  node.work();
  deepStrictEqual(node.flash, IMAGE);
});

Deno.test("GroupReceiver() gives up no parity of a generation that can be mended", () => {
  const node = new SlowNode(3).takeAllBut([0, 17, 18, 39]);
  node.take(data(39));
  node.begin();
  // Its parity waits for nothing but the block that is being programmed to be through.
  node.take(parity(1, 0), parity(1, 1), data(0), parity(0, 5));
  deepStrictEqual(node.state.missing, [0, 17, 18]);
  deepStrictEqual(node.state.held, [0, 2]);
});

Deno.test("GroupReceiver() mends with a block that is held and not programmed yet", () => {
  const node = new SlowNode(4, { mendsWhileProgramming: true }).takeAllBut([2, 5, 9], 0, 16);
  node.take(data(9));
  deepStrictEqual(node.begin().map(({ kind }) => kind), ["program"]);
  node.take(parity(0, 0), parity(0, 1));
  // Block 9 is being programmed: flash does not have it yet.
  deepStrictEqual(node.begin().map(({ kind }) => kind), ["mend"]);
  strictEqual(node.receiver.next(), undefined);
  node.end("mend");
  node.end("program");
  node.work();
  deepStrictEqual(node.flash.subarray(0, 16 * 64), IMAGE.subarray(0, 16 * 64));
});

Deno.test("GroupReceiver() begins no mending while something waits to be programmed", () => {
  const node = new SlowNode(4).takeAllBut([2, 9, 10], 0, 16);
  node.take(data(9), data(10), parity(0, 0));
  deepStrictEqual(node.begin().map(({ kind }) => kind), ["program"]);
  deepStrictEqual(node.state.missing.slice(0, 1), [2]);
  // It came after all: the parity is not needed any more.
  node.take(data(2));
  node.work();
  deepStrictEqual(node.programmed.slice(-3), [9, 10, 2]);
  strictEqual(node.map().mendedShare, 0);
});

Deno.test("GroupReceiver() mends the first generation that it can", () => {
  const node = new SlowNode(4, { mendsWhileProgramming: true }).takeAllBut([2, 20, 21, 33]);
  node.take(parity(1, 0), parity(2, 0));
  deepStrictEqual(node.begin().map((work) => work.kind === "mend" && work.generation), [2]);
  node.take(parity(1, 1), parity(0, 0));
  node.end("mend");
  const begun = node.begin().map((work) => work.kind === "mend" ? work.generation : work.address);
  deepStrictEqual(begun, [REGION.address + 33 * 64, 0]);
});

Deno.test("GroupReceiver() programs nothing that is not as the opening says, and marks it", () => {
  const node = new SlowNode(4).takeAllBut([2, 5, 20]);
  const before = node.programmed.length;
  node.take(parity(0, 0), forged(0, 1));
  node.begin();
  node.end("mend");
  strictEqual(node.receiver.next(), undefined);
  strictEqual(node.programmed.length, before);
  const { generations, mendedShare } = node.map();
  deepStrictEqual(generations, [
    { generation: 0, heldParity: 0, isWrong: true, missing: [2, 5] },
    { generation: 1, heldParity: 0, isWrong: false, missing: [4] },
  ]);
  strictEqual(mendedShare, 0);
  // The next parity that is held clears it; all buffers are free again.
  node.take(parity(0, 0));
  strictEqual(node.map().generations[0]!.isWrong, false);
  node.take(parity(0, 2), parity(1, 0));
  node.work();
  deepStrictEqual(node.flash, IMAGE);
  strictEqual(node.map().mendedShare, 3 / 40);
});

Deno.test("GroupReceiver() does not mend with a block that came wrong", () => {
  const node = new SlowNode(4).takeAllBut([2, 5], 0, 16);
  node.take(data(5, new Prng(8).bytes(64)));
  node.work();
  const before = node.programmed.length;
  node.take(parity(0, 0));
  node.work();
  strictEqual(node.programmed.length, before);
  strictEqual(node.map().generations[0]!.isWrong, true);
});

Deno.test("GroupReceiver() does not take a block for there whose programming failed", () => {
  const node = new SlowNode(4).takeAllBut([2, 5], 0, 16);
  node.take(data(2));
  node.begin();
  node.end("program", false);
  node.take(parity(0, 0));
  strictEqual(node.receiver.next(), undefined);
  const { hasFailed, isBusy, generations } = node.map();
  deepStrictEqual({ hasFailed, isBusy }, { hasFailed: true, isBusy: false });
  deepStrictEqual(generations[0]!.missing, [5]);
  // Never twice.
  node.take(data(2));
  strictEqual(node.receiver.next(), undefined);
});

Deno.test("GroupReceiver() takes data of what it can mend in place of its own parity", () => {
  const node = new SlowNode(4).takeAllBut([2, 5, 18, 20, 22]);
  node.take(parity(0, 0), parity(0, 1), parity(1, 0), parity(1, 1));
  // Full, and what is behind holds less than it misses: its parity stays.
  node.take(data(5));
  deepStrictEqual(node.state, { missing: [2, 18, 20, 22], held: [1, 2], isBusy: true });
  const full = new SlowNode(4).takeAllBut([2, 5, 18, 20]);
  full.take(parity(0, 0), parity(0, 1), parity(1, 0), parity(1, 1));
  full.take(data(5), data(18));
  deepStrictEqual(full.state, { missing: [2, 20], held: [1, 1], isBusy: true });
  full.work();
  deepStrictEqual(full.flash, IMAGE);
});

Deno.test("GroupReceiver() gives the parity of a generation up of which a block failed", () => {
  const node = new SlowNode(4).takeAllBut([2, 5, 7], 0, 16);
  node.take(parity(0, 0), data(2));
  const part = { generation: 0, isWrong: false, missing: [5, 7] };
  deepStrictEqual(node.map().generations[0], { ...part, heldParity: 1 });
  node.begin();
  node.end("program", false);
  deepStrictEqual(node.map().generations[0], { ...part, heldParity: 0 });
});

Deno.test("GroupReceiver() mends the short last block, and cuts it to its size", () => {
  const node = new SlowNode(8).takeAllBut([32, 38, 39]);
  node.take(...[0, 4, 200].map((index) => parity(2, index)));
  node.work();
  deepStrictEqual(node.flash, IMAGE);
  deepStrictEqual(node.programmed.slice(-3), [32, 38, 39]);
});

Deno.test("GroupReceiver() with all buffers full of parity takes data in place of one of it", () => {
  const missing = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  const node = new SlowNode(12).takeAllBut(missing);
  for (let index = 0; index < 13; index++) node.take(parity(0, index));
  deepStrictEqual(node.state, { missing, held: [12], isBusy: false });
  node.take(data(6));
  deepStrictEqual(node.state.held, [11]);
  node.work();
  node.take(parity(0, 20));
  node.work();
  deepStrictEqual(node.flash, IMAGE);
});

Deno.test("GroupReceiver() mends in pieces: a block each, the elimination, the checksum", () => {
  const node = new SlowNode(4).takeAllBut([2, 5, 39]);
  node.take(parity(0, 0), parity(0, 1));
  const pieces: GroupWork[] = [];
  for (let [work] = node.begin(); work?.kind === "mend"; [work] = node.begin()) {
    pieces.push(work);
    node.endOne("mend");
  }
  const piece = { kind: "mend", generation: 0, products: 0, checkedBytes: 0 } as const;
  deepStrictEqual(pieces, [
    ...Array.from({ length: 16 }, () => ({ ...piece, products: 2 * 64 })),
    { ...piece, products: 2 * 2 * 64 },
    { ...piece, checkedBytes: 16 * 64 },
  ]);
});

Deno.test("GroupReceiver() says whether a message is one of its group, needed or not", () => {
  const node = new SlowNode(1);
  const other = encodeGroupMessage(
    { kind: "data", address: REGION.address, data: sliceOf(0) },
    Uint8Array.of(1, 2, 3, 4),
  );
  const short = data(0, sliceOf(0).subarray(1));
  const beyond = encodeGroupMessage(
    { kind: "parity", generation: 3, index: 0, data: sliceOf(0) },
    KEY,
  );
  deepStrictEqual(node.take(data(0), data(0), data(1), parity(0, 0), parity(0, 238)), [
    true,
    true,
    true,
    true,
    true,
  ]);
  deepStrictEqual(node.take(other, short, beyond, forged(0, 239), data(0).subarray(1)), [
    false,
    false,
    false,
    false,
    false,
  ]);
});

Deno.test("GroupReceiver() takes no parity of another length than the group's blocks", () => {
  const node = new SlowNode(4).takeAllBut([3, 5]);
  const sources = Array.from({ length: 16 }, (_, i) => sliceOf(i));
  const right = new Gf256Parity(16).encode(0, sources, REGION.blockBytes);
  for (const length of [0, 8, 63, 65, 128]) {
    const bytes = new Uint8Array(length);
    bytes.set(right.subarray(0, length));
    const message = encodeGroupMessage(
      { kind: "parity", generation: 0, index: 0, data: bytes },
      KEY,
    );
    deepStrictEqual(node.take(message), [false], `${length} bytes`);
  }
  deepStrictEqual(node.state.held, [0]);
  deepStrictEqual(node.take(parity(0, 0)), [true]);
  deepStrictEqual(node.state.held, [1]);
});

Deno.test("GroupReceiver() ends a map where its answer is full, with at least one generation", () => {
  // Seven bytes, five for each generation of 16 blocks, four for the one of 8.
  for (const [mapBytesMax, count] of [[21, 3], [20, 2], [17, 2], [16, 1], [8, 1]] as const) {
    const { receiver } = new SlowNode(4, { mapBytesMax });
    const map = receiver.map(ALL);
    strictEqual(map.generations.length, count);
    strictEqual(map.hasMore, count < 3);
    if (count > 1) ok(encodeMapResponse(0x4752, map, REGION).length <= mapBytesMax);
    strictEqual(receiver.map({ first: 2, count: 0 }).hasMore, false);
  }
});

Deno.test("GroupReceiver() misses nothing of generations that do not exist", () => {
  const { receiver } = new SlowNode(4);
  deepStrictEqual(receiver.map({ first: 3, count: 0 }).generations, []);
  deepStrictEqual(receiver.map({ first: 0xFFFF, count: 255 }).generations, []);
  const numbers = receiver.map({ first: 1, count: 200 }).generations.map((one) => one.generation);
  deepStrictEqual(numbers, [1, 2]);
});

/** The group's first blocks. */
function cutTo(blocks: number): GroupOpening {
  const region = { ...REGION, sizeBytes: blocks * REGION.blockBytes };
  return { ...OPENING, region, checksums: generationChecksums(region, IMAGE) };
}

Deno.test("GroupReceiver() cut keeps what came, and mends what is left by the new checksums", () => {
  const node = new SlowNode(4).takeAllBut([3, 18], 0, 20);
  node.take(parity(0, 0));
  strictEqual(node.receiver.cut(cutTo(20)), true);
  // What was held was given up.
  node.work();
  deepStrictEqual(node.state, { missing: [3, 18], held: [0, 0], isBusy: false });
  deepStrictEqual(node.receiver.opening, cutTo(20));
  deepStrictEqual(node.take(data(20), parity(2, 0)), [false, false]);
  // The generation that is cut has four blocks now.
  const sources = Array.from({ length: 4 }, (_, i) => sliceOf(16 + i));
  const bytes = new Gf256Parity(4).encode(0, sources, 64);
  node.take(encodeGroupMessage({ kind: "parity", generation: 1, index: 0, data: bytes }, KEY));
  node.take(parity(0, 0));
  node.work();
  deepStrictEqual(node.state, { missing: [], held: [], isBusy: false });
  deepStrictEqual(node.flash.subarray(0, 20 * 64), IMAGE.subarray(0, 20 * 64));
});

Deno.test("GroupReceiver() cut gives up held parity and frees its buffers", () => {
  const node = new SlowNode(4).takeAllBut([3, 4, 5, 6, 7], 0, 16);
  node.take(...[0, 1, 2, 3].map((index) => parity(0, index)));
  deepStrictEqual(node.state.held, [4, 0, 0]);
  strictEqual(node.receiver.cut(cutTo(16)), true);
  deepStrictEqual(node.state.held, [0]);
  node.take(...[3, 4, 5, 6].map((block) => data(block)));
  node.work();
  deepStrictEqual(node.state.missing, [7]);
});

Deno.test("GroupReceiver() cut gives up what is being mended, without FF", () => {
  const node = new SlowNode(4).takeAllBut([3, 4], 0, 20);
  node.take(parity(0, 0), forged(0, 1));
  node.work();
  strictEqual(node.map().generations[0]!.isWrong, true);
  node.take(parity(0, 0), parity(0, 1));
  node.begin();
  strictEqual(node.receiver.cut(cutTo(20)), true);
  const part = { generation: 0, heldParity: 0, isWrong: false, missing: [3, 4] };
  deepStrictEqual(node.map().generations, [part]);
  node.endOne("mend");
  node.work();
  deepStrictEqual(node.map().generations, [part]);
  node.take(parity(0, 7), parity(0, 8));
  node.work();
  deepStrictEqual(node.flash.subarray(0, 20 * 64), IMAGE.subarray(0, 20 * 64));
});

Deno.test("GroupReceiver() refuses a cut before a block that came, and stays as it is", () => {
  const node = new SlowNode(4);
  node.take(data(20));
  strictEqual(node.receiver.cut(cutTo(20)), false);
  deepStrictEqual(node.receiver.opening, OPENING);
  node.work();
  strictEqual(node.receiver.cut(cutTo(16)), false);
  strictEqual(node.receiver.cut(cutTo(32)), true);
});

Deno.test("isGroupCut() takes the same group, smaller, at a block's end", () => {
  strictEqual(isGroupCut(OPENING, cutTo(20)), true);
  strictEqual(isGroupCut(OPENING, OPENING), false);
  const cut = cutTo(20);
  const others: GroupOpening[] = [
    { ...cut, key: Uint8Array.of(1, 2, 3, 4) },
    { ...cut, identifier: { id: 0x7FE, extended: false } },
    { ...cut, identifier: { id: 0x7FF, extended: true } },
    { ...cut, region: { ...cut.region, address: REGION.address + 64 } },
    { ...cut, region: { ...cut.region, generationBlocks: 8 } },
    { ...cut, region: { ...cut.region, blockBytes: 32 } },
    { ...cut, region: { ...cut.region, sizeBytes: 20 * 64 - 1 } },
    { ...cut, region: { ...cut.region, sizeBytes: 41 * 64 } },
  ];
  for (const other of others) strictEqual(isGroupCut(OPENING, other), false);
});
