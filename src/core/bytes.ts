/**
 * Joins byte arrays into a new one.
 *
 * @param parts The arrays, in order.
 * @returns A copy; none of the parts is aliased.
 */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let lengthBytes = 0;
  for (const part of parts) lengthBytes += part.length;
  const joined = new Uint8Array(lengthBytes);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Compares two byte arrays. Not constant in time: never for keys or digests of secrets.
 *
 * @param left One array.
 * @param right The other.
 * @returns Whether both have the same length and content.
 */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

/**
 * Writes an unsigned integer, most significant byte first.
 *
 * @param value 0 up to 2^(8 * `sizeBytes`) - 1.
 * @param sizeBytes How many bytes, 1..6.
 * @returns `sizeBytes` bytes.
 * @throws {RangeError} If the value does not fit.
 */
export function uintToBytesBe(value: number, sizeBytes: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * sizeBytes)) {
    throw new RangeError(`Cannot write ${value} in ${sizeBytes} bytes`);
  }
  const bytes = new Uint8Array(sizeBytes);
  let rest = value;
  for (let i = sizeBytes - 1; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/**
 * Reads an unsigned integer, most significant byte first.
 *
 * @param bytes Where to read.
 * @param offset Index of its first byte.
 * @param sizeBytes How many bytes, 1..6.
 * @returns The value.
 * @throws {RangeError} If the bytes end before the integer does.
 */
export function readUintBe(bytes: Uint8Array, offset: number, sizeBytes: number): number {
  if (offset < 0 || offset + sizeBytes > bytes.length) {
    throw new RangeError(`Cannot read ${sizeBytes} bytes at ${offset} of ${bytes.length}`);
  }
  let value = 0;
  for (let i = offset; i < offset + sizeBytes; i++) value = value * 256 + bytes[i]!;
  return value;
}
