import { type AddressRange, readUintBe } from "../core/mod.ts";

/**
 * Reads which range a request is about.
 *
 * @param fields Fields of the request: `address` and `size`, or neither.
 * @param whole The range that is meant where they are missing.
 * @returns The range; it may lie anywhere.
 */
export function fieldRange(
  fields: ReadonlyMap<string, Uint8Array>,
  whole: AddressRange,
): AddressRange {
  const address = fields.get("address");
  const size = fields.get("size");
  const start = address === undefined ? whole.start : toUint(address);
  return { start, end: size === undefined ? whole.end : start + toUint(size) };
}

function toUint(bytes: Uint8Array): number {
  return readUintBe(bytes, 0, bytes.length);
}
