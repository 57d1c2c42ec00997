import { hex } from "../core/mod.ts";
import { ImageFormatError, type ImageProblem } from "./errors.ts";
import type { FirmwareImage } from "./firmware_image.ts";
import {
  ADDRESS_SPACE_END,
  firstOverlap,
  imageOf,
  type ImagePiece,
  mergePieces,
  sortPieces,
} from "./pieces.ts";

/** Sizes and values of the ELF specification that are checked here. */
const FILE_HEADER_BYTES = 52;
const PROGRAM_HEADER_BYTES = 32;
const SECTION_HEADER_BYTES = 40;
const ELFCLASS32 = 1;
const ELFDATA2LSB = 1;
const ET_EXEC = 2;
const EM_ARM = 40;
const PT_LOAD = 1;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;

/** Linkers write fewer than ten; the bound keeps a hostile file from costing time. */
const PROGRAM_HEADERS_MAX = 128;

/** A part of the file that belongs into memory. */
interface FilePart {
  readonly offset: number;
  readonly sizeBytes: number;
}

interface Segment extends FilePart {
  /** Where its program header stands in the file. */
  readonly headerOffset: number;
  readonly physicalAddress: number;
}

interface SegmentPiece extends ImagePiece {
  readonly headerOffset: number;
}

/**
 * Reads a linked ELF32 file for ARM, little-endian: the loadable segments by *physical* address, so
 * that initialised data lies where the start-up code copies it from.
 *
 * A linker may begin the first segment with the headers of the file itself, some KiB below the
 * program. So where the file has a section table, only what sections hold is taken (as objcopy
 * does); without one a segment is taken whole, and refused if it holds the file's headers.
 *
 * Source: System V ABI, "Program Header"; ELF for the Arm Architecture, "ELF Header".
 *
 * @param file The file's name, for messages.
 * @param bytes Its content.
 * @returns The image; the lowest bit of `entryAddress` tells Thumb code.
 * @throws {ImageFormatError} If the file is anything else, or points outside itself.
 */
export function readElf(file: string, bytes: Uint8Array): FirmwareImage {
  const elf = new ElfFile(file, bytes);
  elf.checkHeader();
  const segments = elf.segments();
  const sections = elf.sections();
  const pieces: SegmentPiece[] = [];
  let totalBytes = 0;
  for (const segment of segments) {
    const { offset, headerOffset, physicalAddress } = segment;
    for (const part of partsOf(elf, segment, sections)) {
      totalBytes += part.sizeBytes;
      if (totalBytes > bytes.length) {
        elf.fail("overlap", headerOffset, "segments share bytes of the file");
      }
      pieces.push({
        address: physicalAddress + part.offset - offset,
        data: bytes.subarray(part.offset, part.offset + part.sizeBytes),
        headerOffset,
      });
    }
  }
  const sorted = sortPieces(pieces);
  if (sorted.length === 0) {
    throw new ImageFormatError("no-data", { file }, "it has no loadable segment with data");
  }
  const overlap = firstOverlap(sorted);
  if (overlap !== undefined) {
    const [lower, upper] = overlap;
    const state = `address ${hex(upper.address, 8)} has data already, from the segment at byte ` +
      hex(lower.headerOffset, 4);
    elf.fail("overlap", upper.headerOffset, state);
  }
  return imageOf(mergePieces(sorted), elf.entryAddress === 0 ? undefined : elf.entryAddress);
}

/** The parts of a segment that are program; all of it when nothing tells them apart. */
function partsOf(
  elf: ElfFile,
  segment: Segment,
  sections: readonly FilePart[],
): readonly FilePart[] {
  const end = segment.offset + segment.sizeBytes;
  const parts = sections.filter((section) =>
    section.offset >= segment.offset && section.offset + section.sizeBytes <= end
  );
  if (parts.length > 0) return parts;
  if (segment.offset >= FILE_HEADER_BYTES) return [segment];
  if (sections.length > 0) return [];
  const state = "the segment holds the file's own headers and no section table tells them from " +
    "the program; link with -n, or keep the section table";
  return elf.fail("unsupported", segment.headerOffset, state);
}

/** Bounds-checked access to the tables of one file. */
class ElfFile {
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(file: string, bytes: Uint8Array) {
    this.#file = file;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get entryAddress(): number {
    return this.#uint32(24);
  }

  checkHeader(): void {
    if (this.#bytes.length < 20) {
      this.fail("truncated", this.#bytes.length, "the file ends within the ELF header");
    }
    if (this.#view.getUint32(0) !== 0x7F454C46) this.fail("format", 0, "no ELF file");
    if (this.#bytes[4] !== ELFCLASS32) {
      this.fail("unsupported", 4, "a 64-bit ELF file, expected ELF32 for ARM");
    }
    if (this.#bytes[5] !== ELFDATA2LSB) {
      this.fail("unsupported", 5, "a big-endian ELF file, expected little-endian");
    }
    const machine = this.#uint16(18);
    if (machine !== EM_ARM) {
      this.fail("unsupported", 18, `an ELF file for machine ${machine}, expected 40 (ARM)`);
    }
    const type = this.#uint16(16);
    if (type !== ET_EXEC) {
      this.fail("unsupported", 16, `an ELF file of type ${type}, expected 2 (linked executable)`);
    }
    if (this.#bytes.length < FILE_HEADER_BYTES) {
      this.fail("truncated", this.#bytes.length, "the file ends within the ELF header");
    }
  }

  segments(): readonly Segment[] {
    const tableOffset = this.#uint32(28);
    const entryBytes = this.#uint16(42);
    const count = this.#uint16(44);
    if (count > PROGRAM_HEADERS_MAX) {
      this.fail(
        "unsupported",
        44,
        `${count} program headers, expected ${PROGRAM_HEADERS_MAX} at most`,
      );
    }
    if (count > 0 && entryBytes < PROGRAM_HEADER_BYTES) {
      this.fail("syntax", 42, `program headers of ${entryBytes} bytes, expected 32`);
    }
    this.#checkInside("the program header table", 28, tableOffset, count * entryBytes);
    const segments: Segment[] = [];
    for (let i = 0; i < count; i++) {
      const headerOffset = tableOffset + i * entryBytes;
      const sizeBytes = this.#uint32(headerOffset + 16);
      if (this.#uint32(headerOffset) !== PT_LOAD || sizeBytes === 0) continue;
      const offset = this.#uint32(headerOffset + 4);
      const physicalAddress = this.#uint32(headerOffset + 12);
      this.#checkInside("the segment", headerOffset, offset, sizeBytes);
      if (sizeBytes > this.#uint32(headerOffset + 20)) {
        this.fail("syntax", headerOffset + 16, "the segment is larger in the file than in memory");
      }
      if (physicalAddress + sizeBytes > ADDRESS_SPACE_END) {
        const state = "the segment passes address 0xFFFFFFFF, the last one";
        this.fail("address-wrap", headerOffset + 12, state);
      }
      segments.push({ headerOffset, offset, sizeBytes, physicalAddress });
    }
    return segments;
  }

  /** The sections that occupy memory and have bytes in the file; empty without a section table. */
  sections(): readonly FilePart[] {
    const tableOffset = this.#uint32(32);
    const entryBytes = this.#uint16(46);
    const count = this.#uint16(48);
    if (tableOffset === 0 || count === 0) return [];
    if (entryBytes < SECTION_HEADER_BYTES) {
      this.fail("syntax", 46, `section headers of ${entryBytes} bytes, expected 40`);
    }
    this.#checkInside("the section header table", 32, tableOffset, count * entryBytes);
    const sections: FilePart[] = [];
    for (let i = 0; i < count; i++) {
      const headerOffset = tableOffset + i * entryBytes;
      const isAllocated = (this.#uint32(headerOffset + 8) & SHF_ALLOC) !== 0;
      const sizeBytes = this.#uint32(headerOffset + 20);
      if (!isAllocated || this.#uint32(headerOffset + 4) === SHT_NOBITS || sizeBytes === 0) {
        continue;
      }
      const offset = this.#uint32(headerOffset + 16);
      this.#checkInside("the section", headerOffset, offset, sizeBytes);
      sections.push({ offset, sizeBytes });
    }
    return sections;
  }

  fail(problem: ImageProblem, offset: number, state: string): never {
    throw new ImageFormatError(problem, { file: this.#file, offset }, state);
  }

  #checkInside(what: string, statedAt: number, offset: number, sizeBytes: number): void {
    if (offset + sizeBytes <= this.#bytes.length) return;
    const state = `${what} ends at byte ${hex(offset + sizeBytes, 4)}, but the file at ` +
      hex(this.#bytes.length, 4);
    this.fail("truncated", statedAt, state);
  }

  #uint16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  #uint32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }
}
