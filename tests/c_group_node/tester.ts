/** The tester's side of a group, from the document: enough of it to try a node. */

/** CRC-16/CCITT-FALSE, bit for bit. */
export function crc16(bytes: Iterable<number>): number {
  let crc = 0xFFFF;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xFFFF;
  }
  return crc;
}

function multiply(a: number, b: number): number {
  let product = 0;
  for (; b > 0; b >>= 1, a = a << 1 ^ (a & 0x80 ? 0x11D : 0)) if (b & 1) product ^= a;
  return product;
}

function power(a: number, exponent: number): number {
  return exponent === 0 ? 1 : multiply(a, power(a, exponent - 1));
}

/** Rows of the multiplication table, made when they are needed. */
const rows = new Map<number, Uint8Array>();

function row(a: number): Uint8Array {
  const known = rows.get(a);
  if (known !== undefined) return known;
  const made = Uint8Array.from({ length: 256 }, (_, byte) => multiply(a, byte));
  rows.set(a, made);
  return made;
}

const powers = Array.from({ length: 255 }, (_, exponent) => power(2, exponent));
/** 1 / a; there is none of 0. */
const inverses = Array.from({ length: 256 }, (_, a) => power(a, 254));

/** g(i, j) of a generation of k blocks, by its definition as a product. */
export function factor(k: number, i: number, j: number): number {
  return powers.slice(0, k).reduce((product, xm, m) => {
    if (m === i) return product;
    return row(product)[row(powers[k + j]! ^ xm)[inverses[powers[i]! ^ xm]!]!]!;
  }, 1);
}

/** Parity block j of a generation's blocks, the last of which may be shorter. */
export function parityOf(blocks: readonly Uint8Array[], j: number): Uint8Array<ArrayBuffer> {
  const parity = new Uint8Array(blocks[0]!.length);
  for (const [i, block] of blocks.entries()) {
    const products = row(factor(blocks.length, i, j));
    for (const [at, byte] of block.entries()) parity[at]! ^= products[byte]!;
  }
  return parity;
}

/** An ISO-TP message without flow control, in frames of `frameBytes`. */
export function* frames(message: Uint8Array, frameBytes = 8): Generator<Uint8Array<ArrayBuffer>> {
  const size = message.length;
  if (frameBytes > 8 && size <= frameBytes - 2) return yield Uint8Array.from([0, size, ...message]);
  let at = frameBytes - 2;
  yield Uint8Array.from([0x10 | size >> 8, size & 0xFF, ...message.subarray(0, at)]);
  for (let sequence = 1; at < size; at += frameBytes - 1, sequence++) {
    const bytes = [0x20 | sequence & 15, ...message.subarray(at, at + frameBytes - 1)];
    const padding = Array.from({ length: frameBytes - bytes.length }, () => 0xCC);
    yield Uint8Array.from([...bytes, ...padding]);
  }
}

/** Hexadecimal of a number, so many bytes of it. */
function field(value: number, bytes: number): string {
  return value.toString(16).padStart(bytes * 2, "0").toUpperCase();
}

/** What a group is. */
export interface Group {
  readonly image: Uint8Array;
  readonly blockBytes: number;
  readonly generationBlocks: number;
  readonly address?: number;
  readonly key?: number;
  readonly identifier?: number;
}

/** Makes the messages and requests of one group. */
export class Tester {
  readonly blocks: readonly Uint8Array[];
  readonly address: number;
  readonly #group: Group;
  readonly #key: number;

  /** Cuts an image into blocks. */
  constructor(group: Group) {
    const { image, blockBytes } = group;
    this.#group = group;
    this.address = group.address ?? 0x0800_8000;
    this.#key = group.key ?? 0xC0FF_EE01;
    this.blocks = Array.from(
      { length: Math.ceil(image.length / blockBytes) },
      (_, i) => image.slice(i * blockBytes, (i + 1) * blockBytes),
    );
  }

  /** The opening; of the first `size` bytes of the image. */
  open(size = this.#group.image.length, version = 2): string {
    const { image, blockBytes, generationBlocks, identifier = 0x7FF } = this.#group;
    const step = blockBytes * generationBlocks;
    const checksums = Array.from(
      { length: Math.ceil(size / step) },
      (_, g) => field(crc16(image.subarray(g * step, Math.min((g + 1) * step, size))), 2),
    );
    return "31014752" + field(version, 1) + field(identifier, 4) + field(this.#key, 4) +
      field(this.address, 4) + field(size, 4) + field(blockBytes, 2) +
      field(generationBlocks, 1) + checksums.join("");
  }

  /** The message of a block, by default with its own bytes. */
  data(block: number, bytes = this.blocks[block]!): Uint8Array {
    return this.message(this.address + block * this.#group.blockBytes, bytes);
  }

  /** The message of a parity block, by default with its own bytes. */
  parity(generation: number, j: number, bytes = this.#parity(generation, j)): Uint8Array {
    return this.message((0xFF00_0000 | generation << 8 | j) >>> 0, bytes);
  }

  #parity(generation: number, j: number): Uint8Array {
    const { generationBlocks } = this.#group;
    const first = generation * generationBlocks;
    return parityOf(this.blocks.slice(first, first + generationBlocks), j);
  }

  /** Any message, tagged. */
  message(address: number, bytes: Uint8Array): Uint8Array {
    const rest = Uint8Array.fromHex(field(address, 4) + field(bytes.length, 2) + bytes.toHex());
    const tag = crc16([...Uint8Array.fromHex(field(this.#key, 4)), ...rest]);
    return Uint8Array.from([0x3D, 0x26, tag >> 8, tag & 0xFF, ...rest]);
  }
}
