import { Prng } from "../../src/core/mod.ts";
import { createImage, writeIntelHex } from "../../src/image/mod.ts";

const STACK_END = 0x2002_0000;
const VECTOR_COUNT = 98;
const CODE_OFFSET = 0x200;

/**
 * Makes the file that a compiler would for somebody's own board: a vector table, and bytes behind
 * it, with nothing in them that canvoy knows.
 *
 * @param options Where it is linked, how many bytes it has in front of the first gap, what they are
 * drawn from, and further stretches.
 * @returns Intel HEX.
 */
export function ownFirmware(
  { start, bytes, seed, more = [] }: {
    readonly start: number;
    readonly bytes: number;
    readonly seed: number;
    readonly more?: readonly { readonly start: number; readonly bytes: number }[];
  },
): Uint8Array {
  const prng = new Prng(seed);
  const first = prng.bytes(bytes);
  const view = new DataView(first.buffer, first.byteOffset);
  view.setUint32(0, STACK_END, true);
  for (let i = 1; i < VECTOR_COUNT; i++) {
    view.setUint32(4 * i, start + CODE_OFFSET + 4 * i + 1, true);
  }
  const rest = more.map((one) => ({ address: one.start, data: prng.bytes(one.bytes) }));
  const image = createImage([{ address: start, data: first }, ...rest]);
  return new TextEncoder().encode(writeIntelHex(image));
}
