/**
 * The cases of mending.json, computed by the program that was written from docs/group-download.md
 * alone: nothing of src/ has a part in them.
 */
import { crc, tag, times, weights } from "../../support/group_from_document.ts";

/** One step of a case, in order; a step begins when the one before has ended. */
export type MendingStep =
  /** A request on the node's own identifiers, and its answer; `**` stands for any byte. */
  | { readonly request: string; readonly answer: string }
  /** Messages on the group identifier, none sooner after the one before than programTime allows. */
  | { readonly messages: readonly string[] }
  /** Messages one right behind the other: fewer than the node can hold. */
  | { readonly burst: readonly string[] }
  /** Waits until the node neither programs nor mends. */
  | { readonly settle: true }
  /** What flash holds then. */
  | { readonly flash: string; readonly address: string };

/** One case; it begins with a region that is erased, in the programming session, unlocked. */
export interface MendingCase {
  readonly name: string;
  /** Which part of the document it is about. */
  readonly section: string;
  /** How many blocks of the case's size the node can hold: no more, no fewer. */
  readonly bufferBlocks: number;
  readonly steps: readonly MendingStep[];
}

const KEY = Uint8Array.of(0x0B, 0xAD, 0xF0, 0x0D);
const ADDRESS = 0x0800_8000;
const BLOCK_BYTES = 32;
const ERASED = 0xFF;
const ASK = "31 03 47 52 00 00 00";

function hex(bytes: Iterable<number>): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(" ");
}

function big(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(value / 256 ** (count - 1 - i)) % 256);
}

/** A group of one case: an image that anybody can compute, cut into blocks of 32 bytes. */
class Group {
  readonly image: Uint8Array;

  constructor(readonly size: number, readonly generationBlocks: number) {
    this.image = Uint8Array.from({ length: size }, (_, n) => (n * 7 + (n >> 8) * 3 + 1) % 251);
  }

  get blocks(): number {
    return Math.ceil(this.size / BLOCK_BYTES);
  }

  opening(size = this.size): string {
    const generationBytes = BLOCK_BYTES * this.generationBlocks;
    const checksums: number[] = [];
    for (let at = 0; at < size; at += generationBytes) {
      checksums.push(...big(crc(this.image.slice(at, Math.min(at + generationBytes, size))), 2));
    }
    return hex([
      ...[0x31, 0x01, 0x47, 0x52, 0x02],
      ...big(0x7FF, 4),
      ...KEY,
      ...big(ADDRESS, 4),
      ...big(size, 4),
      ...big(BLOCK_BYTES, 2),
      this.generationBlocks,
      ...checksums,
    ]);
  }

  data(block: number, bytes = this.#block(block)): string {
    return message(big(ADDRESS + block * BLOCK_BYTES, 4), bytes);
  }

  /** Data of blocks from `from` on, but for some. */
  allBut(missing: readonly number[], from = 0, to = this.blocks): string[] {
    return Array.from({ length: to - from }, (_, i) => from + i)
      .filter((block) => !missing.includes(block)).map((block) => this.data(block));
  }

  /** A parity block; of a group that was cut to `blocks` its last generation has fewer. */
  parity(generation: number, index: number, blocks = this.blocks): string {
    const first = generation * this.generationBlocks;
    const k = Math.min(this.generationBlocks, blocks - first);
    const g = weights(k, index);
    const sum = new Uint8Array(BLOCK_BYTES);
    for (let i = 0; i < k; i++) {
      for (const [at, byte] of this.#block(first + i).entries()) sum[at]! ^= times(g[i]!, byte);
    }
    return message([0xFF, ...big(generation, 2), index], sum);
  }

  /** Parity as nobody computed it, with a tag that fits. */
  forged(generation: number, index: number): string {
    const bytes = Uint8Array.from({ length: BLOCK_BYTES }, (_, i) => 0x55 ^ i);
    return message([0xFF, ...big(generation, 2), index], bytes);
  }

  /** What flash holds from a block on. */
  flash(from = 0, to = this.blocks, missing: readonly number[] = []): MendingStep {
    const bytes = this.image.slice(from * BLOCK_BYTES, to * BLOCK_BYTES);
    for (const block of missing) {
      const at = (block - from) * BLOCK_BYTES;
      bytes.fill(ERASED, at, at + BLOCK_BYTES);
    }
    return { flash: hex(bytes), address: hex(big(ADDRESS + from * BLOCK_BYTES, 4)) };
  }

  open(bufferBlocks: number, size = this.size): MendingStep {
    return {
      request: this.opening(size),
      answer: `71 01 47 52 ${hex([bufferBlocks])} ** **`,
    };
  }

  #block(block: number): Uint8Array {
    return this.image.slice(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
  }
}

function message(address: readonly number[], data: Uint8Array): string {
  const rest = Uint8Array.of(...address, ...big(data.length, 2), ...data);
  return hex([0x3D, 0x26, ...big(tag(KEY, rest), 2), ...rest]);
}

const SETTLE: MendingStep = { settle: true };

function say(...messages: readonly string[]): MendingStep {
  return { messages };
}

function burst(...messages: readonly string[]): MendingStep {
  return { burst: messages };
}

/** A map: its status, and generations with what they hold and miss, as bits. */
function map(status: number, ...generations: readonly string[]): MendingStep {
  return { request: ASK, answer: [`71 03 47 52 ${hex([status])} ** **`, ...generations].join(" ") };
}

/** Bits 1 to 5 of the status. */
function mended(count: number, blocks: number): number {
  return Math.ceil(31 * count / blocks) << 1;
}

/** Nine blocks, the last of 20 bytes, in one generation. */
function short(): Group {
  return new Group(8 * BLOCK_BYTES + 20, 16);
}

function twoMissing(): MendingCase {
  const group = short();
  return {
    name: "two blocks are missing, one of them the short last one",
    section: "4.2",
    bufferBlocks: 4,
    steps: [
      group.open(4),
      say(...group.allBut([3, 8])),
      SETTLE,
      map(0, "00 00 00 08 01"),
      say(group.parity(0, 0)),
      map(0, "00 00 01 08 01"),
      say(group.parity(0, 1)),
      SETTLE,
      map(mended(2, 9)),
      group.flash(),
    ],
  };
}

function threeMissing(): MendingCase {
  const group = new Group(9 * BLOCK_BYTES, 16);
  return {
    name: "three blocks are missing; parity comes in any order, and one of it twice",
    section: "4.2",
    bufferBlocks: 8,
    steps: [
      group.open(8),
      say(...group.allBut([0, 4, 8])),
      SETTLE,
      say(group.parity(0, 245), group.parity(0, 17), group.parity(0, 245)),
      map(0, "00 00 02 11 01"),
      say(group.parity(0, 2), group.parity(0, 5)),
      SETTLE,
      map(mended(3, 9)),
      group.flash(),
    ],
  };
}

function notProgrammed(): MendingCase {
  const group = new Group(9 * BLOCK_BYTES, 16);
  return {
    name: "blocks are held and not programmed yet when parity comes",
    section: "4.2",
    bufferBlocks: 8,
    steps: [
      group.open(8),
      say(...group.allBut([1, 2, 6, 7, 8])),
      SETTLE,
      burst(group.data(6), group.data(7), group.data(8), group.parity(0, 0), group.parity(0, 1)),
      SETTLE,
      map(mended(2, 9)),
      group.flash(),
    ],
  };
}

function dataMeanwhile(): MendingCase {
  const group = new Group(12 * BLOCK_BYTES, 8);
  const false2 = group.data(2, new Uint8Array(BLOCK_BYTES).fill(0xA5));
  const false5 = group.data(5, new Uint8Array(BLOCK_BYTES).fill(0x5A));
  return {
    name: "data comes while a generation is mended: of its blocks, which is ignored, and of others",
    section: "4.2",
    bufferBlocks: 4,
    steps: [
      group.open(4),
      say(...group.allBut([2, 5, 9])),
      SETTLE,
      // False data, to be noticed if it is taken.
      burst(group.parity(0, 0), group.parity(0, 1), false2, false5, group.data(9)),
      SETTLE,
      map(mended(2, 12)),
      group.flash(),
    ],
  };
}

function forged(): MendingCase {
  const group = new Group(12 * BLOCK_BYTES, 8);
  return {
    name: "a parity block is false: nothing is programmed, the map says so, the next one clears it",
    section: "4.2",
    bufferBlocks: 4,
    steps: [
      group.open(4),
      say(...group.allBut([2, 5, 9])),
      SETTLE,
      say(group.parity(0, 0), group.forged(0, 1)),
      SETTLE,
      map(0, "00 00 FF 24", "00 01 00 02"),
      group.flash(0, 12, [2, 5, 9]),
      say(group.parity(0, 0)),
      map(0, "00 00 01 24", "00 01 00 02"),
      say(group.parity(0, 1)),
      SETTLE,
      say(group.data(9)),
      SETTLE,
      map(mended(2, 12)),
      group.flash(),
    ],
  };
}

function wrongData(): MendingCase {
  const group = new Group(8 * BLOCK_BYTES, 8);
  return {
    name: "a block came wrong as data: what is mended with it is not programmed",
    section: "4.2",
    bufferBlocks: 4,
    steps: [
      group.open(4),
      say(...group.allBut([2, 5]), group.data(5, new Uint8Array(BLOCK_BYTES).fill(0xA5))),
      SETTLE,
      say(group.parity(0, 0)),
      SETTLE,
      map(0, "00 00 FF 04"),
      group.flash(0, 5, [2]),
    ],
  };
}

function allFull(): MendingCase {
  const missing = Array.from({ length: 13 }, (_, i) => i);
  const group = new Group(16 * BLOCK_BYTES, 16);
  const parity = missing.map((index) => group.parity(0, index));
  return {
    name: "13 blocks are missing and all 12 buffers hold parity: data takes one of them",
    section: "5, sharing buffers",
    bufferBlocks: 12,
    steps: [
      group.open(12),
      say(...group.allBut(missing)),
      SETTLE,
      say(...parity),
      map(0, "00 00 0C FF 1F"),
      say(group.data(6)),
      SETTLE,
      map(0, "00 00 0B BF 1F"),
      say(group.parity(0, 100)),
      SETTLE,
      map(mended(12, 16)),
      group.flash(),
    ],
  };
}

function twoGenerations(): MendingCase {
  const group = new Group(16 * BLOCK_BYTES, 8);
  return {
    name: "parity of a later generation makes room for an earlier one, and not the other way",
    section: "5, sharing buffers",
    bufferBlocks: 4,
    steps: [
      group.open(4),
      say(...group.allBut([0, 1, 2, 8, 9, 10])),
      SETTLE,
      say(group.parity(1, 0), group.parity(1, 1), group.parity(0, 0), group.parity(0, 1)),
      map(0, "00 00 02 07", "00 01 02 07"),
      say(group.parity(1, 2)),
      map(0, "00 00 02 07", "00 01 02 07"),
      say(group.parity(0, 2)),
      SETTLE,
      map(mended(3, 16), "00 01 01 07"),
      say(group.data(8)),
      SETTLE,
      say(group.parity(1, 2)),
      SETTLE,
      map(mended(5, 16)),
      group.flash(),
    ],
  };
}

function dataOfLater(): MendingCase {
  const group = new Group(16 * BLOCK_BYTES, 8);
  return {
    name: "data takes a buffer of parity that mends nothing yet, of whatever generation",
    section: "5, sharing buffers",
    bufferBlocks: 3,
    steps: [
      group.open(3),
      say(...group.allBut([0, 1, 2, 3, 9])),
      SETTLE,
      say(group.parity(0, 0), group.parity(0, 1), group.parity(0, 2)),
      map(0, "00 00 03 0F", "00 01 00 02"),
      say(group.data(9)),
      SETTLE,
      map(0, "00 00 02 0F"),
      say(group.data(0)),
      SETTLE,
      say(group.parity(0, 30)),
      SETTLE,
      map(mended(3, 16)),
      group.flash(),
    ],
  };
}

function afterCut(): MendingCase {
  const group = new Group(16 * BLOCK_BYTES, 8);
  const cut = 11 * BLOCK_BYTES;
  return {
    name: "a group is cut within a generation, which has three blocks then",
    section: "3.1, cut",
    bufferBlocks: 4,
    steps: [
      group.open(4),
      say(...group.allBut([3, 9], 0, 11)),
      SETTLE,
      { request: group.opening(10 * BLOCK_BYTES), answer: "7F 31 22" },
      group.open(4, cut),
      map(0, "00 00 00 08", "00 01 00 02"),
      say(group.data(11), group.parity(0, 0), group.parity(1, 0, 11)),
      SETTLE,
      map(mended(2, 11)),
      group.flash(0, 16, [11, 12, 13, 14, 15]),
    ],
  };
}

/** All cases. */
export function mendingCases(): readonly MendingCase[] {
  return [
    twoMissing(),
    threeMissing(),
    notProgrammed(),
    dataMeanwhile(),
    forged(),
    wrongData(),
    allFull(),
    twoGenerations(),
    dataOfLater(),
    afterCut(),
  ];
}

/** The file, as it is written. */
export function mendingText(): string {
  return `${JSON.stringify({ cases: mendingCases() }, undefined, 2)}\n`;
}
