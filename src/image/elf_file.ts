import { hex } from "../core/mod.ts";
import { ImageFormatError, type ImageProblem } from "./errors.ts";
import { ADDRESS_SPACE_END } from "./pieces.ts";

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

/** Longest name of a section that messages show. */
const SECTION_NAME_BYTES_MAX = 64;

/** A part of the file. */
export interface FilePart {
  /** Index of its first byte. */
  readonly offset: number;
  /** How many bytes. */
  readonly sizeBytes: number;
}

/** A loadable segment with bytes in the file. */
export interface ElfSegment extends FilePart {
  /** Where its program header stands in the file. */
  readonly headerOffset: number;
  /** Where it lies at run time. */
  readonly virtualAddress: number;
  /** Where it is loaded. */
  readonly physicalAddress: number;
}

/** A section that occupies memory and has bytes in the file. */
export interface ElfSection extends FilePart {
  /** Its name; empty where there is none that could be shown. */
  readonly name: string;
  /** Where its header stands in the file. */
  readonly headerOffset: number;
  /** Where it lies at run time. */
  readonly address: number;
}

/** Bounds-checked access to the tables of one file. */
export class ElfFile {
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /**
   * Looks at nothing yet.
   *
   * @param file The file's name, for messages.
   * @param bytes Its content.
   */
  constructor(file: string, bytes: Uint8Array) {
    this.#file = file;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where execution starts; 0 where the file does not say. */
  get entryAddress(): number {
    return this.#uint32(24);
  }

  /** The file's own headers that loaders read: its ELF header and the program header table. */
  get headers(): readonly FilePart[] {
    const sizeBytes = this.#uint16(42) * this.#uint16(44);
    return [
      { offset: 0, sizeBytes: FILE_HEADER_BYTES },
      { offset: this.#uint32(28), sizeBytes },
    ];
  }

  /** Refuses all but a linked little-endian ELF32 file for ARM. */
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

  /** The loadable segments that have bytes in the file. */
  segments(): readonly ElfSegment[] {
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
    const segments: ElfSegment[] = [];
    for (let i = 0; i < count; i++) {
      const headerOffset = tableOffset + i * entryBytes;
      const sizeBytes = this.#uint32(headerOffset + 16);
      if (this.#uint32(headerOffset) !== PT_LOAD || sizeBytes === 0) continue;
      const offset = this.#uint32(headerOffset + 4);
      const virtualAddress = this.#uint32(headerOffset + 8);
      const physicalAddress = this.#uint32(headerOffset + 12);
      this.#checkInside("the segment", headerOffset, offset, sizeBytes);
      if (sizeBytes > this.#uint32(headerOffset + 20)) {
        this.fail("syntax", headerOffset + 16, "the segment is larger in the file than in memory");
      }
      for (const [field, address] of [[8, virtualAddress], [12, physicalAddress]] as const) {
        this.#checkAddresses("the segment", headerOffset + field, address, sizeBytes);
      }
      segments.push({ headerOffset, offset, sizeBytes, virtualAddress, physicalAddress });
    }
    return segments;
  }

  /** The sections that occupy memory and have bytes in the file; empty without a section table. */
  sections(): readonly ElfSection[] {
    const tableOffset = this.#uint32(32);
    const entryBytes = this.#uint16(46);
    const count = this.#uint16(48);
    if (tableOffset === 0 || count === 0) return [];
    if (entryBytes < SECTION_HEADER_BYTES) {
      this.fail("syntax", 46, `section headers of ${entryBytes} bytes, expected 40`);
    }
    this.#checkInside("the section header table", 32, tableOffset, count * entryBytes);
    const sections: ElfSection[] = [];
    for (let i = 0; i < count; i++) {
      const headerOffset = tableOffset + i * entryBytes;
      const isAllocated = (this.#uint32(headerOffset + 8) & SHF_ALLOC) !== 0;
      const sizeBytes = this.#uint32(headerOffset + 20);
      if (!isAllocated || this.#uint32(headerOffset + 4) === SHT_NOBITS || sizeBytes === 0) {
        continue;
      }
      const offset = this.#uint32(headerOffset + 16);
      const address = this.#uint32(headerOffset + 12);
      this.#checkInside("the section", headerOffset, offset, sizeBytes);
      this.#checkAddresses("the section", headerOffset + 12, address, sizeBytes);
      const name = this.#sectionName(tableOffset, entryBytes, this.#uint32(headerOffset));
      sections.push({ name, headerOffset, offset, sizeBytes, address });
    }
    return sections;
  }

  /**
   * Reads a part of the file.
   *
   * @param part Which.
   * @returns A view of it.
   */
  bytesOf({ offset, sizeBytes }: FilePart): Uint8Array {
    return this.#bytes.subarray(offset, offset + sizeBytes);
  }

  /**
   * Gives up at a byte of the file.
   *
   * @param problem What kind of thing is wrong.
   * @param offset Where in the file.
   * @param state What was found and what was expected.
   */
  fail(problem: ImageProblem, offset: number, state: string): never {
    throw new ImageFormatError(problem, { file: this.#file, offset }, state);
  }

  /** Only for messages: what cannot be read is called by nothing. */
  #sectionName(tableOffset: number, entryBytes: number, nameOffset: number): string {
    const index = this.#uint16(50);
    if (index >= this.#uint16(48)) return "";
    const header = tableOffset + index * entryBytes;
    const start = this.#uint32(header + 16) + nameOffset;
    if (start >= this.#bytes.length) return "";
    const bytes = this.#bytes.subarray(start, start + SECTION_NAME_BYTES_MAX);
    const end = bytes.indexOf(0);
    const name = new TextDecoder().decode(bytes.subarray(0, Math.max(0, end)));
    return /^[\x21-\x7E]+$/.test(name) ? name : "";
  }

  #checkAddresses(what: string, statedAt: number, address: number, sizeBytes: number): void {
    if (address + sizeBytes <= ADDRESS_SPACE_END) return;
    this.fail("address-wrap", statedAt, `${what} passes address 0xFFFFFFFF, the last one`);
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
