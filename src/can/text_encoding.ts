/** Bytes in which a text without a mark is looked at. */
const LOOK_BYTES = 256;

/** A text and how it was encoded. */
export interface DecodedText {
  /** The text, without a byte order mark. */
  readonly text: string;
  /** Its encoding. */
  readonly encoding: "UTF-8" | "UTF-16";
}

/**
 * Decodes a text file: UTF-16 where a byte order mark says so or every other byte is 0, as shells of
 * Windows redirect output; else UTF-8.
 *
 * @param bytes The file.
 * @returns Its text; what is no character becomes U+FFFD.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const name = utf16Name(bytes);
  return name === undefined
    ? { text: new TextDecoder().decode(bytes), encoding: "UTF-8" }
    : { text: new TextDecoder(name).decode(bytes), encoding: "UTF-16" };
}

function utf16Name(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xFF && bytes[1] === 0xFE) return "utf-16le";
  if (bytes[0] === 0xFE && bytes[1] === 0xFF) return "utf-16be";
  const pairs = Math.floor(Math.min(bytes.length, LOOK_BYTES) / 2);
  let zerosFirst = 0;
  let zerosSecond = 0;
  for (let i = 0; i < pairs; i++) {
    if (bytes[2 * i] === 0) zerosFirst++;
    if (bytes[2 * i + 1] === 0) zerosSecond++;
  }
  if (pairs < 4) return undefined;
  if (zerosFirst === 0 && zerosSecond > 0.9 * pairs) return "utf-16le";
  return zerosSecond === 0 && zerosFirst > 0.9 * pairs ? "utf-16be" : undefined;
}
