import { CHECKSUM_NAMES } from "../codec/mod.ts";
import { type AddressRange, bytesToHex, formatRange, hex, rangeSizeBytes } from "../core/mod.ts";
import {
  findPrograms,
  type FirmwareImage,
  imageChecksum,
  type ImageProgram,
  imageSizeBytes,
  imageSpan,
  type McubootHeader,
  readMcubootHeader,
} from "../image/mod.ts";
import { memoryAreas } from "../stm32/mod.ts";

/** Gaps that are filled for a checksum: no STM32 has more flash. */
const FILLED_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Says what lies at a range.
 *
 * @param range The range.
 * @returns In words, for example `flash`.
 */
export function nameRange(range: AddressRange): string {
  return [...new Set(memoryAreas(range).map(({ name }) => name))].join(", then ");
}

/**
 * Chooses over which ranges checksums are made, so that their time follows the bytes.
 *
 * @param image The image.
 * @returns Its span; cut at the largest gaps where there are more of them than any flash is large.
 */
export function checksumRanges(image: FirmwareImage): readonly AddressRange[] {
  const { ranges } = image;
  let filledBytes = rangeSizeBytes(imageSpan(image)) - imageSizeBytes(image);
  const gaps = ranges.slice(1).map(({ start }, i) => ({
    index: i + 1,
    sizeBytes: start - ranges[i]!.end,
  }));
  const cuts: number[] = [];
  for (const { index, sizeBytes } of gaps.sort((a, b) => b.sizeBytes - a.sizeBytes)) {
    if (filledBytes <= FILLED_BYTES_MAX) break;
    filledBytes -= sizeBytes;
    cuts.push(index);
  }
  const starts = [0, ...cuts.sort((a, b) => a - b)];
  return starts.map((first, i) => ({
    start: ranges[first]!.start,
    end: ranges[(starts[i + 1] ?? ranges.length) - 1]!.end,
  }));
}

/**
 * Makes all checksums over a range.
 *
 * @param image The image.
 * @param range The range.
 * @returns Each by its name, in hexadecimal.
 */
export function allChecksums(
  image: FirmwareImage,
  range: AddressRange,
): readonly (readonly [(typeof CHECKSUM_NAMES)[number], string])[] {
  return CHECKSUM_NAMES.map((name) =>
    [name, bytesToHex(imageChecksum(image, { name, range }), "")] as const
  );
}

/**
 * Says which programs an image holds.
 *
 * @param image The image.
 * @param file Its file, for commands to copy.
 * @returns Lines; none where it holds one program without a header, or none.
 */
export function describePrograms(image: FirmwareImage, file: string): readonly string[] {
  const programs = findPrograms(image);
  const lines = mcubootHeaders(image, programs).map(describeHeader);
  if (programs.length < 2) return lines;
  const last = formatRange(programs.at(-1)!.range);
  return [
    ...lines,
    `it holds ${programs.length} programs, as bootloader and application merged into one file:`,
    ...programs.map(describeProgram),
    `  an update takes the application alone: range: ${last} beside the file in the fleet file, ` +
    `or canvoy image convert ${file} --range ${last} --output app.hex`,
  ];
}

/** Those of programs, and one that the image begins with although no vector table follows it. */
function mcubootHeaders(
  image: FirmwareImage,
  programs: readonly ImageProgram[],
): readonly McubootHeader[] {
  const ofPrograms = programs.flatMap(({ mcuboot }) => mcuboot ?? []);
  const start = image.ranges[0]?.start ?? 0;
  const first = readMcubootHeader(image, start);
  const isNew = first !== undefined && !ofPrograms.some(({ address }) => address === start);
  return isNew ? [first, ...ofPrograms] : ofPrograms;
}

function describeHeader(
  { address, headerBytes, imageBytes, version, hasTrailer }: McubootHeader,
): string {
  return `  MCUboot header at ${
    hex(address, 8)
  }: version ${version}, header ${headerBytes} bytes, ` +
    `application ${imageBytes} bytes, ${hasTrailer ? "signed or hashed" : "no trailer"}; ` +
    `in a layout: headerBytes: ${headerBytes}`;
}

function describeProgram(program: ImageProgram, index: number): string {
  const { range, initialStackPointer, resetVector } = program;
  const name = index === 0 ? "bootloader" : "application";
  return `  ${formatRange(range)}  ${name}, stack pointer ${hex(initialStackPointer, 8)}, reset ` +
    `vector ${hex(resetVector, 8)}`;
}
