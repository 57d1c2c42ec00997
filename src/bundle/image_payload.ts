import { createImage, type FirmwareImage } from "../image/mod.ts";
import { encodeShape, ShapeReader } from "./_shape.ts";

const READER: ShapeReader = new ShapeReader("BUNDLE_FORMAT", "bundle");

/**
 * Encodes an image as a payload: `[[address, bytes], ...]`, ranges by address.
 *
 * @param image The image.
 * @returns Deterministic CBOR: equal images give equal bytes, whatever file they came from.
 */
export function encodeImagePayload(image: FirmwareImage): Uint8Array {
  return encodeShape(image.ranges.map(({ start, data }) => [start, data]));
}

/**
 * Decodes what {@linkcode encodeImagePayload} encodes.
 *
 * @param bytes The payload.
 * @param part Its name, for messages.
 * @returns The image.
 * @throws {BundleError} If the bytes are anything else.
 */
export function decodeImagePayload(bytes: Uint8Array, part: string): FirmwareImage {
  const pieces = READER.array(READER.decode(bytes, part), part).map((item) => {
    const pair = READER.array(item, part);
    if (pair.length !== 2) READER.fail(`${part} is no list of addresses with bytes`);
    return { address: READER.uint(pair[0], part), data: READER.bytes(pair[1], part) };
  });
  try {
    const image = createImage(pieces);
    if (image.ranges.length === pieces.length) return image;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return READER.fail(`${part} has ranges that are empty, overlap, touch or leave 32 bits`);
}
