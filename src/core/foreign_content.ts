/** Beginnings of files that are no firmware and no capture, and what they are. */
const BEGINNINGS: readonly (readonly [beginning: string, what: string])[] = [
  [
    "version https://git-lfs.github.com/spec/",
    "a pointer of Git LFS, not the file itself; git lfs pull fetches it",
  ],
  ["PK\x03\x04", "a ZIP archive; unpack it first"],
  ["\x1F\x8B\x08", "compressed with gzip; unpack it first"],
  ["\xFD7zXZ\0", "compressed with xz; unpack it first"],
  ["BZh", "compressed with bzip2; unpack it first"],
  ["7z\xBC\xAF\x27\x1C", "a 7z archive; unpack it first"],
  ["<!DOCTYPE html", "an HTML page, as a failed download leaves it"],
  ["<html", "an HTML page, as a failed download leaves it"],
  ["<?xml", "an XML text"],
  ["\xFF\xFE", "a text in UTF-16"],
  ["\xFE\xFF", "a text in UTF-16"],
  ["MDF     ", "a measurement file of ASAM (MDF)"],
  [";$FILEVERSION=", "a trace of PEAK's tools (.trc)"],
  ["UF2\n", "a file for UF2 bootloaders"],
  ["DfuSe", "a file for DFU bootloaders (.dfu)"],
  ["!<arch>\n", "a library of object files"],
];

/**
 * Tells what a file is that was taken for another one, by its first bytes.
 *
 * @param bytes The file.
 * @param options Whether it may hold any bytes: then what two of them tell is not believed.
 * @returns What it is, in words that complete "it is"; `undefined` where nothing is recognised.
 */
export function foreignContent(
  bytes: Uint8Array,
  { isRaw = false }: { readonly isRaw?: boolean } = {},
): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 64)).toLowerCase();
  return BEGINNINGS.find(([beginning]) =>
    (!isRaw || beginning.length > 2) && start.startsWith(beginning.toLowerCase())
  )?.[1];
}
