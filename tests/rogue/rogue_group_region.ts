/** What an opening says, and what follows from it: blocks, generations, messages that fit. */
import { rogueCrc16 } from "./rogue_gf256.ts";

/** An opening, read. Nothing of it is checked yet. */
export interface RogueRegion {
  /** Its bytes: an opening that repeats it is told by them. */
  readonly request: Uint8Array;
  readonly version: number;
  readonly identifier: { readonly id: number; readonly extended: boolean };
  readonly key: Uint8Array;
  readonly address: number;
  readonly sizeBytes: number;
  readonly blockBytes: number;
  readonly generationBlocks: number;
  readonly checksums: readonly number[];
}

/** A message on the group identifier that fits a region. */
export type RogueGroupMessage =
  | { readonly kind: "data"; readonly block: number; readonly data: Uint8Array }
  | {
    readonly kind: "parity";
    readonly generation: number;
    readonly index: number;
    readonly data: Uint8Array;
  };

const HEAD_BYTES = 24;
/** Addresses from here on are parity. */
const PARITY_SPACE = 0xFF00_0000;

/** Reads an opening of at least 24 bytes. */
export function readOpening(request: Uint8Array): RogueRegion {
  const view = new DataView(request.buffer, request.byteOffset, request.length);
  const identifier = view.getUint32(5);
  return {
    request: request.slice(),
    version: request[4]!,
    identifier: {
      id: (identifier & 0x7FFF_FFFF) >>> 0,
      extended: identifier >= 0x8000_0000,
    },
    key: request.slice(9, 13),
    address: view.getUint32(13),
    sizeBytes: view.getUint32(17),
    blockBytes: view.getUint16(21),
    generationBlocks: request[23]!,
    checksums: Array.from(
      { length: request.length - HEAD_BYTES >> 1 },
      (_, i) => view.getUint16(HEAD_BYTES + 2 * i),
    ),
  };
}

/** How many blocks a region has. */
export function blockCount({ sizeBytes, blockBytes }: RogueRegion): number {
  return Math.ceil(sizeBytes / blockBytes);
}

/** How many generations a region has. */
export function generationCount(region: RogueRegion): number {
  return Math.ceil(blockCount(region) / region.generationBlocks);
}

/** Blocks of a generation: its first, and how many. */
export function blocksOf(region: RogueRegion, generation: number): {
  readonly first: number;
  readonly count: number;
} {
  const first = generation * region.generationBlocks;
  return { first, count: Math.min(region.generationBlocks, blockCount(region) - first) };
}

/** Where a block lies. */
export function placeOf(region: RogueRegion, block: number): {
  readonly address: number;
  readonly sizeBytes: number;
} {
  const offset = block * region.blockBytes;
  return {
    address: region.address + offset,
    sizeBytes: Math.min(region.blockBytes, region.sizeBytes - offset),
  };
}

/** Whether the fields of an opening are what the document allows. */
export function isWithinDocument(region: RogueRegion): boolean {
  const { identifier, address, sizeBytes, blockBytes, generationBlocks } = region;
  return identifier.id <= (identifier.extended ? 0x1FFF_FFFF : 0x7FF) &&
    blockBytes % 32 === 0 && blockBytes >= 32 && blockBytes <= 4064 &&
    generationBlocks >= 1 && generationBlocks <= 254 &&
    sizeBytes >= 1 && address + sizeBytes <= PARITY_SPACE &&
    generationCount(region) <= 1024;
}

/** Whether an opening is another one with less of the same: a cut. */
export function isCutOf(region: RogueRegion, open: RogueRegion): boolean {
  return region.identifier.id === open.identifier.id &&
    region.identifier.extended === open.identifier.extended &&
    region.key.every((byte, i) => byte === open.key[i]) &&
    region.address === open.address &&
    region.blockBytes === open.blockBytes &&
    region.generationBlocks === open.generationBlocks &&
    region.sizeBytes < open.sizeBytes &&
    region.sizeBytes % region.blockBytes === 0;
}

/** The tag of a message: over the key, and over the message from its offset 4 on. */
export function tagOf(key: Uint8Array, message: Uint8Array): number {
  return rogueCrc16(message.subarray(4), rogueCrc16(key));
}

/** Reads a message; says what does not fit where something does not. */
export function readGroupMessage(
  region: RogueRegion,
  message: Uint8Array,
): RogueGroupMessage | string {
  if (message.length < 11 || message[0] !== 0x3D || message[1] !== 0x26) return "first bytes";
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (view.getUint16(2) !== tagOf(region.key, message)) return "tag";
  const address = view.getUint32(4);
  const data = message.subarray(10);
  if (view.getUint16(8) !== data.length) return "size";
  if (address >= PARITY_SPACE) {
    const generation = address >>> 8 & 0xFFFF;
    const index = address & 0xFF;
    if (generation >= generationCount(region)) return "generation";
    if (index > 254 - blocksOf(region, generation).count) return "index";
    return data.length === region.blockBytes ? { kind: "parity", generation, index, data } : "size";
  }
  const offset = address - region.address;
  if (offset < 0 || offset >= region.sizeBytes || offset % region.blockBytes !== 0) {
    return "address";
  }
  const block = offset / region.blockBytes;
  return data.length === placeOf(region, block).sizeBytes ? { kind: "data", block, data } : "size";
}

/** Writes a message, as a tester does, or who overheard the key. */
export function writeGroupMessage(
  key: Uint8Array,
  address: number,
  data: Uint8Array,
): Uint8Array {
  const message = new Uint8Array(10 + data.length);
  const view = new DataView(message.buffer);
  message.set([0x3D, 0x26]);
  view.setUint32(4, address);
  view.setUint16(8, data.length);
  message.set(data, 10);
  view.setUint16(2, tagOf(key, message));
  return message;
}

/** Where parity is said to lie. */
export function parityAddress(generation: number, index: number): number {
  return PARITY_SPACE + generation * 256 + index;
}

/** Frames of a message without flow control. */
export function framesOf(message: Uint8Array): readonly Uint8Array[] {
  const frames = [Uint8Array.of(
    0x10 | message.length >> 8,
    message.length & 0xFF,
    ...message.subarray(0, 6),
  )];
  for (let offset = 6, number = 1; offset < message.length; offset += 7, number++) {
    const frame = new Uint8Array(8).fill(0xAA);
    frame[0] = 0x20 | number % 16;
    frame.set(message.subarray(offset, offset + 7), 1);
    frames.push(frame);
  }
  return frames;
}
