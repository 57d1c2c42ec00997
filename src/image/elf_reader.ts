import { hex } from "../core/mod.ts";
import { ElfFile, type ElfSection, type ElfSegment, type FilePart } from "./elf_file.ts";
import { ImageFormatError } from "./errors.ts";
import type { FirmwareImage, ImageWarning } from "./firmware_image.ts";
import {
  compareOverlap,
  firstOverlap,
  imageOf,
  type ImagePiece,
  mergePieces,
  sortPieces,
} from "./pieces.ts";

/** Bytes and what states them. */
interface ElfPiece extends ImagePiece {
  /** For messages: the segment or section, and where its header stands in the file. */
  readonly source: string;
  readonly headerOffset: number;
}

/**
 * Reads a linked ELF32 file for ARM, little-endian: the loadable segments by *physical* address, so
 * that initialised data lies where the start-up code copies it from.
 *
 * Every byte that belongs into memory is taken, or the file is refused:
 *
 * - A segment is taken whole, also what lies between its sections. Only the headers of the file
 *   itself, with which a linker may begin the first segment, are left out, with the zeros up to the
 *   first section.
 * - A section that is allocated and lies in no segment, as `objcopy --add-section` makes it, is taken
 *   at its own address, as objcopy does.
 * - Where the physical addresses of all segments are 0, their virtual addresses count, as for objcopy.
 *
 * Source: System V ABI, "Program Header" and "Sections"; ELF for the Arm Architecture, "ELF Header".
 *
 * @param file The file's name, for messages.
 * @param bytes Its content.
 * @returns The image; the lowest bit of `entryAddress` tells Thumb code.
 * @throws {ImageFormatError} If the file is anything else, points outside itself, or has bytes of which
 * it does not say where they belong.
 */
export function readElf(file: string, bytes: Uint8Array): FirmwareImage {
  const elf = new ElfFile(file, bytes);
  elf.checkHeader();
  const segments = elf.segments();
  const sections = elf.sections();
  const usesVirtual = segments.length > 0 &&
    segments.every(({ physicalAddress }) => physicalAddress === 0) &&
    segments.some(({ virtualAddress }) => virtualAddress !== 0);
  const pieces: ElfPiece[] = [];
  let totalBytes = 0;
  for (const segment of segments) {
    const part = programPart(elf, segment, sections);
    const base = usesVirtual ? segment.virtualAddress : segment.physicalAddress;
    totalBytes += part.sizeBytes;
    if (totalBytes > bytes.length) {
      elf.fail("overlap", segment.headerOffset, "segments share bytes of the file");
    }
    pieces.push({
      address: base + part.offset - segment.offset,
      data: elf.bytesOf(part),
      source: "segment",
      headerOffset: segment.headerOffset,
    });
  }
  const loose = sections.filter((section) => isLoose(elf, section, segments));
  for (const section of loose) {
    totalBytes += section.sizeBytes;
    if (totalBytes > bytes.length) {
      elf.fail("overlap", section.headerOffset, "sections share bytes of the file");
    }
    pieces.push(loosePiece(elf, section));
  }
  const sorted = sortPieces(pieces);
  if (sorted.length === 0) {
    throw new ImageFormatError("no-data", { file }, "it has no loadable segment with data");
  }
  checkOverlap(elf, sorted);
  return imageOf(mergePieces(sorted), {
    entryAddress: elf.entryAddress === 0 ? undefined : elf.entryAddress,
    warnings: [...(usesVirtual ? [runAddresses(segments)] : []), ...loose.map(looseSection)],
  });
}

/** A segment without the headers of the file, where it begins with them. */
function programPart(
  elf: ElfFile,
  segment: ElfSegment,
  sections: readonly ElfSection[],
): FilePart {
  const end = segment.offset + segment.sizeBytes;
  const headersEnd = Math.max(
    ...elf.headers.map((header) => header.offset + header.sizeBytes)
      .filter((headerEnd, i) => elf.headers[i]!.offset < end && headerEnd > segment.offset),
    segment.offset,
  );
  if (headersEnd === segment.offset) return segment;
  if (sections.length === 0) {
    const state = "the segment holds the file's own headers and no section table tells them from " +
      "the program; link with -n, or keep the section table";
    return elf.fail("unsupported", segment.headerOffset, state);
  }
  const starts = sections.map(({ offset }) => offset)
    .filter((offset) => offset >= segment.offset && offset < end);
  const start = Math.min(...starts, end);
  const between = { offset: headersEnd, sizeBytes: Math.max(0, start - headersEnd) };
  const stray = elf.bytesOf(between).findIndex((byte) => byte !== 0);
  if (stray >= 0) {
    const state = `the segment has bytes from byte ${hex(headersEnd + stray, 4)} on, between the ` +
      "file's own headers and the first allocated section, and nothing tells whether they are " +
      "program; link with -n, or make their section allocated";
    elf.fail("unsupported", segment.headerOffset, state);
  }
  return { offset: start, sizeBytes: end - start };
}

/** Whether no segment has a section's bytes. */
function isLoose(elf: ElfFile, section: ElfSection, segments: readonly ElfSegment[]): boolean {
  const end = section.offset + section.sizeBytes;
  const shared = segments.find(({ offset, sizeBytes }) =>
    offset < end && section.offset < offset + sizeBytes
  );
  if (shared === undefined) return true;
  if (section.offset >= shared.offset && end <= shared.offset + shared.sizeBytes) return false;
  const state = `${titleOf(section)} lies partly in a segment and partly in none`;
  return elf.fail("unsupported", section.headerOffset, state);
}

function loosePiece(elf: ElfFile, section: ElfSection): ElfPiece {
  const { address, headerOffset } = section;
  if (address === 0) {
    const state = `${titleOf(section)} of ${section.sizeBytes} bytes is allocated, but has no ` +
      "address and lies in no segment; give it one with objcopy --change-section-address, or " +
      "take its alloc flag away";
    elf.fail("unsupported", headerOffset, state);
  }
  return { address, data: elf.bytesOf(section), source: "section", headerOffset };
}

function checkOverlap(elf: ElfFile, sorted: readonly ElfPiece[]): void {
  const overlap = firstOverlap(sorted);
  if (overlap === undefined) return;
  const [lower, upper] = overlap;
  const state = `address ${hex(upper.address, 8)} has data already, from the ${lower.source} at ` +
    `byte ${hex(lower.headerOffset, 4)}, ${compareOverlap([lower, upper])}`;
  elf.fail("overlap", upper.headerOffset, state);
}

function runAddresses(segments: readonly ElfSegment[]): ImageWarning {
  return {
    code: "IMAGE_RUN_ADDRESSES",
    address: segments[0]!.virtualAddress,
    reason:
      "the physical addresses of all segments are 0, so their virtual addresses were taken; " +
      "initialised data then lies in RAM",
  };
}

function looseSection(section: ElfSection): ImageWarning {
  return {
    code: "IMAGE_LOOSE_SECTION",
    address: section.address,
    reason:
      `${titleOf(section)} lies in no segment: its ${section.sizeBytes} bytes were taken at ` +
      `${hex(section.address, 8)}`,
  };
}

function titleOf({ name, headerOffset }: ElfSection): string {
  return name === "" ? `the section at byte ${hex(headerOffset, 4)}` : `section ${name}`;
}
