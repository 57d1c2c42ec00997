/** The firmware file formats that canvoy reads and writes (ELF: reads). */
export type ImageFormat = "elf" | "intel-hex" | "s-record" | "binary";

/** What people call each format. */
export const IMAGE_FORMAT_NAMES: Readonly<Record<ImageFormat, string>> = {
  "elf": "ELF",
  "intel-hex": "Intel HEX",
  "s-record": "Motorola S-record",
  "binary": "raw binary",
};

const EXTENSIONS: Readonly<Record<string, ImageFormat>> = {
  elf: "elf",
  axf: "elf",
  out: "elf",
  hex: "intel-hex",
  ihex: "intel-hex",
  ihx: "intel-hex",
  s19: "s-record",
  s28: "s-record",
  s37: "s-record",
  srec: "s-record",
  mot: "s-record",
  bin: "binary",
};

/**
 * Tells the format by a file's extension.
 *
 * @param name A file's name.
 * @returns The format that its extension stands for; `undefined` when it stands for none.
 */
export function imageFormatOfName(name: string): ImageFormat | undefined {
  const extension = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined;
}

/**
 * Looks at the first bytes. A raw binary has no mark, so it is never found.
 *
 * @param bytes A file's content.
 * @returns The format that the content is unmistakably in, or begins to be.
 */
export function imageFormatOfContent(bytes: Uint8Array): ImageFormat | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  if (start.startsWith("\x7FELF")) return "elf";
  const text = start.replace(/^\xEF\xBB\xBF/, "");
  if (/^\s*:[0-9A-Fa-f]{8}/.test(text)) return "intel-hex";
  if (/^\s*S[0-9][0-9A-Fa-f]{6}/.test(text)) return "s-record";
  return undefined;
}
