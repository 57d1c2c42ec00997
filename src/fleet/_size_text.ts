/** A size in bytes, or with K (1024) or M (1024 * 1024) behind it. */
export type SizeText = number | string;

/** `32K`, `1 MiB`. */
export const SIZE_TEXT = /^([1-9][0-9]{0,6}) ?([KM])(?:iB)?$/;

/**
 * Reads a size.
 *
 * @param size The size; a text fits {@linkcode SIZE_TEXT}.
 * @returns Bytes.
 */
export function sizeBytes(size: SizeText): number {
  if (typeof size === "number") return size;
  const match = SIZE_TEXT.exec(size);
  return Number(match?.[1]) * (match?.[2] === "M" ? 1024 * 1024 : 1024);
}
