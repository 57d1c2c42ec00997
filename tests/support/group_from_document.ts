/**
 * A node of docs/group-download.md, written from that document alone: it imports nothing of src/, and
 * computes bit by bit what canvoy's own codec looks up in tables. It is here to be compared with.
 */

/** What an opening says. */
export interface DocumentOpening {
  readonly version: number;
  readonly identifier: number;
  readonly is29Bit: boolean;
  readonly key: Uint8Array;
  readonly address: number;
  readonly size: number;
  readonly blockBytes: number;
  readonly generationBlocks: number;
  readonly checksums: readonly number[];
}

function big(bytes: Uint8Array, at: number, count: number): number {
  let value = 0n;
  for (const byte of bytes.slice(at, at + count)) value = (value << 8n) | BigInt(byte);
  return Number(value);
}

/** Section 3.1. */
export function readOpening(bytes: Uint8Array): DocumentOpening {
  if (bytes.length < 24) throw new Error("an opening has 24 bytes and more");
  const identifier = big(bytes, 5, 4);
  const generationBytes = big(bytes, 21, 2) * big(bytes, 23, 1);
  const n = Math.floor((big(bytes, 17, 4) + generationBytes - 1) / generationBytes);
  if (bytes.length !== 24 + 2 * n) throw new Error(`it has ${n} generations`);
  return {
    version: big(bytes, 4, 1),
    identifier: identifier % 2 ** 31,
    is29Bit: identifier >= 2 ** 31,
    key: bytes.slice(9, 13),
    address: big(bytes, 13, 4),
    size: big(bytes, 17, 4),
    blockBytes: big(bytes, 21, 2),
    generationBlocks: big(bytes, 23, 1),
    checksums: [...Array(n).keys()].map((i) => big(bytes, 24 + 2 * i, 2)),
  };
}

/** Section 3.1, the answer: room in blocks, time in microseconds. */
export function readOpened(bytes: Uint8Array): { room: number; timeUs: number } {
  return { room: big(bytes, 4, 1), timeUs: big(bytes, 5, 2) * 10 };
}

/** What a map says, its missing blocks counted through the region. */
export interface DocumentMap {
  readonly busy: boolean;
  readonly failed: boolean;
  readonly more: boolean;
  /** Of 31. */
  readonly mended: number;
  readonly timeUs: number;
  readonly missing: number[];
  readonly held: number;
  /** Generations whose last mending was wrong. */
  readonly wrong: number[];
}

/** Section 3.2. */
export function readMap(
  bytes: Uint8Array,
  { size, blockBytes, generationBlocks }: DocumentOpening,
): DocumentMap {
  const blocks = Math.floor((size + blockBytes - 1) / blockBytes);
  const missing: number[] = [];
  const wrong: number[] = [];
  let held = 0;
  let at = 7;
  while (at < bytes.length) {
    const generation = big(bytes, at, 2);
    const heldParity = big(bytes, at + 2, 1);
    if (heldParity === 255) wrong.push(generation);
    else held += heldParity;
    const k = Math.min(generationBlocks, blocks - generation * generationBlocks);
    at += 3;
    for (let i = 0; i < k; i++) {
      const bit = Math.floor(bytes[at + Math.floor(i / 8)]! / 2 ** (i % 8)) % 2;
      if (bit === 1) missing.push(generation * generationBlocks + i);
    }
    at += Math.floor((k + 7) / 8);
  }
  const status = big(bytes, 4, 1);
  return {
    busy: status % 2 === 1,
    mended: Math.floor(status / 2) % 32,
    more: Math.floor(status / 64) % 2 === 1,
    failed: status >= 128,
    timeUs: big(bytes, 5, 2) * 10,
    missing,
    held,
    wrong,
  };
}

/** Section 4.1: over the key and what is behind the tag. */
export function tag(key: Uint8Array, rest: Uint8Array): number {
  return crc([...key, ...rest]);
}

/** Sections 3.1 and 4.1: CRC-16/CCITT-FALSE, bit by bit. */
export function crc(bytes: Iterable<number>): number {
  let register = 0xFFFF;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const top = (register >> 15) ^ ((byte >> bit) & 1);
      register = ((register << 1) & 0xFFFF) ^ (top === 1 ? 0x1021 : 0);
    }
  }
  return register;
}

/** Section 4: what a message carries; `undefined` when a node must ignore it. */
export function readMessage(
  message: Uint8Array,
  key: Uint8Array,
): { parityOf?: number; index?: number; address?: number; data: Uint8Array } | undefined {
  if (message[0] !== 0x3D || message[1] !== 0x26) return undefined;
  if (big(message, 8, 2) !== message.length - 10) return undefined;
  if (big(message, 2, 2) !== tag(key, message.slice(4))) return undefined;
  const data = message.slice(10);
  return message[4] === 0xFF
    ? { parityOf: big(message, 5, 2), index: message[7]!, data }
    : { address: big(message, 4, 4), data };
}

/** Section 4.2: Russian peasants' product modulo 11D. */
export function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) {
    if ((b >> bit & 1) === 1) product ^= a << bit;
  }
  for (let bit = 14; bit >= 8; bit--) if ((product >> bit & 1) === 1) product ^= 0x11D << (bit - 8);
  return product;
}

function inverse(a: number): number {
  for (let b = 1; b < 256; b++) if (times(a, b) === 1) return b;
  throw new Error("0 has no inverse");
}

function point(a: number): number {
  let power = 1;
  for (let i = 0; i < a; i++) power = times(power, 2);
  return power;
}

/** Section 4.2: G = V(k,k)^-1 * V(k,n), by inverting the matrix; column k + j is what is wanted. */
export function weights(k: number, j: number): number[] {
  // Solve V(k,k) * g = column k + j of V(k,n): Gauss-Jordan on the augmented matrix.
  const rows = Array.from({ length: k }, (_, a) => [
    ...Array.from({ length: k }, (_, b) => power(point(b), a)),
    power(point(k + j), a),
  ]);
  for (let column = 0; column < k; column++) {
    const at = rows.findIndex((row, i) => i >= column && row[column] !== 0);
    [rows[column], rows[at]] = [rows[at]!, rows[column]!];
    const scale = inverse(rows[column]![column]!);
    rows[column] = rows[column]!.map((value) => times(value, scale));
    for (let i = 0; i < k; i++) {
      if (i === column) continue;
      const factor = rows[i]![column]!;
      rows[i] = rows[i]!.map((value, b) => value ^ times(factor, rows[column]![b]!));
    }
  }
  return rows.map((row) => row[k]!);
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = times(result, base);
  return result;
}

/** Section 4.2, for one missing block: the parity less all others, divided by its weight. */
export function mendOne(
  sources: readonly (Uint8Array | undefined)[],
  j: number,
  parity: Uint8Array,
): Uint8Array {
  const g = weights(sources.length, j);
  const lost = sources.indexOf(undefined);
  return parity.map((byte, at) => {
    const rest = sources.reduce((sum, block, i) => sum ^ times(g[i]!, block?.[at] ?? 0), byte);
    return times(rest, inverse(g[lost]!));
  });
}
