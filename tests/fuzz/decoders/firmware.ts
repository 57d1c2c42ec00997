import { ok } from "node:assert/strict";
import { hexToBytes } from "../../../src/core/mod.ts";
import {
  createImage,
  type ImageFormat,
  imageSizeBytes,
  readFirmware,
  writeIntelHex,
  writeSRecord,
} from "../../../src/image/mod.ts";
import { makeElf } from "../../unit/image/_elf.ts";
import { accepted, type FuzzDecoder, textWords } from "../decoder.ts";

const IMAGES = [
  createImage([{ address: 0x0800_8000, data: new Uint8Array(70).map((_, i) => i * 7) }]),
  createImage([
    { address: 0x0800_FFF0, data: new Uint8Array(40).fill(0x5A) },
    { address: 0x0802_0000, data: Uint8Array.of(1, 2, 3) },
  ], 0x0800_8101),
];
const ENCODER = new TextEncoder();

/** Gives each line of records the checksum that it should have. */
function withChecksums(
  line: RegExp,
  checksum: (sum: number) => number,
): NonNullable<FuzzDecoder["mend"]> {
  return (bytes) =>
    ENCODER.encode(
      new TextDecoder("latin1").decode(bytes).replaceAll(
        line,
        (_all, head: string, hex: string) => {
          const covered = Uint8Array.fromHex(hex);
          const sum = covered.reduce((total, byte) => total + byte, 0);
          const right = checksum(sum) & 0xFF;
          return `${head}${hex}${right.toString(16).padStart(2, "0").toUpperCase()}`;
        },
      ),
    );
}

/** A reader of firmware files: what it makes of a file is never larger than the file. */
function firmwareDecoder(
  format: ImageFormat,
  parts: Pick<FuzzDecoder, "seeds" | "words" | "mend">,
): FuzzDecoder {
  return {
    ...parts,
    inputBytesMax: 4096,
    attempt: (bytes) => {
      const image = accepted(() => readFirmware({ name: "a", bytes, format }));
      if (image === undefined) return false;
      ok(imageSizeBytes(image) <= bytes.length, "the image is larger than its file");
      ok(
        image.ranges.length > 0 &&
          image.ranges.every(({ start, end, data }, i, all) =>
            end - start === data.length && data.length > 0 && start > (all[i - 1]?.end ?? -1) &&
            end <= 2 ** 32
          ),
        "ranges that are none",
      );
      return true;
    },
  };
}

/** Intel HEX. */
export const HEX: FuzzDecoder = firmwareDecoder("intel-hex", {
  mend: withChecksums(/^(:)((?:[0-9A-F]{2})+)[0-9A-F]{2}(?=\r?$)/gim, (sum) => -sum),
  seeds: IMAGES.map((image) => ENCODER.encode(writeIntelHex(image, { recordBytes: 16 }))),
  words: textWords(
    ":00000001FF\n",
    ":020000040800F2\n",
    ":020000021000EC\n",
    ":04000005080081016D\n",
    "\r\n",
    ":",
  ),
});

/** Motorola S-record. */
export const S_RECORD: FuzzDecoder = firmwareDecoder("s-record", {
  mend: withChecksums(/^(S[0-9])((?:[0-9A-F]{2})+)[0-9A-F]{2}(?=\r?$)/gim, (sum) => ~sum),
  seeds: IMAGES.map((image) =>
    ENCODER.encode(writeSRecord(image, { recordBytes: 16, header: "x" }))
  ),
  words: textWords("S0", "S1", "S2", "S3", "S5", "S7", "S8", "S9", "S9030000FC\n", "S5030001FB\n"),
});

/** ELF. */
export const ELF: FuzzDecoder = firmwareDecoder("elf", {
  seeds: [
    makeElf([{ physicalAddress: 0x0800_8000, data: new Uint8Array(48).fill(3) }]),
    makeElf([
      { physicalAddress: 0x0800_8000, data: new Uint8Array(16).fill(1) },
      { physicalAddress: 0x0800_9000, virtualAddress: 0x2000_0000, data: new Uint8Array(8) },
      { physicalAddress: 0x2000_0100, data: new Uint8Array(0), memoryBytes: 4096 },
    ]),
  ],
  words: ["FF FF FF FF", "00 00 00 80", "34 00 00 00", "20 00", "FF FF", "01 00 00 00"]
    .map(hexToBytes),
});
