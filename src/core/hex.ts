const BYTE_TO_HEX = Array.from(
  { length: 256 },
  (_, i) => i.toString(16).toUpperCase().padStart(2, "0"),
);

/**
 * Formats a number as people in the field write addresses, identifiers and codes.
 *
 * @param value A non-negative integer.
 * @param digits Fixed width, padded with zeros.
 * @returns For example `0x08004000` for (0x08004000, 8), `0x7E0` for (0x7E0, 3).
 */
export function hex(value: number, digits: number): string {
  return "0x" + value.toString(16).toUpperCase().padStart(digits, "0");
}

/**
 * Formats bytes for people: upper case, separated.
 *
 * @param bytes The bytes.
 * @param separator What stands between two bytes; a blank by default.
 * @returns For example `10 02`.
 */
export function bytesToHex(bytes: Uint8Array, separator = " "): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    if (i > 0) text += separator;
    text += BYTE_TO_HEX[bytes[i]!];
  }
  return text;
}

/**
 * Reads bytes from hexadecimal text; blanks between bytes are passed over.
 *
 * @param text For example `10 02` or `1002`.
 * @returns The bytes.
 * @throws {RangeError} If the text has another character or half a byte.
 */
export function hexToBytes(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) {
    throw new RangeError(`Cannot read bytes from "${text}": not pairs of hexadecimal digits`);
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
