/**
 * The memory of the rogue node: an STM32F407VG, stricter than silicon. A unit is programmed once
 * after an erase; what must not be done is written down and not done.
 *
 * Source: RM0090, "Embedded Flash memory in STM32F405xx/07xx": sectors 0 to 3 of 16 KiB, 4 of
 * 64 KiB, 5 to 11 of 128 KiB.
 */

const BASE = 0x0800_0000;
const SIZE_BYTES = 0x10_0000;
const UNIT_BYTES = 4;
const KIB = 1024;
const SECTOR_SIZES = [16, 16, 16, 16, 64, 128, 128, 128, 128, 128, 128, 128].map((k) => k * KIB);

/** What was done to one sector. */
export interface RogueSector {
  /** First address. */
  readonly start: number;
  /** One past the last address. */
  readonly end: number;
  /** When it was erased, in ms. */
  readonly erasedAtMs: number[];
  /** Programmed blocks since its last erase. */
  writesSinceErase: number;
}

/** The flash of an STM32F407VG. */
export class RogueFlash {
  /** All sectors, from the lowest. */
  readonly sectors: readonly RogueSector[];
  /** What was asked and must not be done, in words. */
  readonly violations: string[] = [];
  /** Erases of sectors that were erased before and not written since. */
  readonly idleErases: {
    readonly start: number;
    readonly atMs: number;
    readonly beforeMs: number;
  }[] = [];
  /** Programmed units in all. */
  unitsProgrammed = 0;
  readonly #bytes = new Uint8Array(SIZE_BYTES).fill(0xFF);
  readonly #isProgrammed = new Uint8Array(SIZE_BYTES / UNIT_BYTES);
  readonly #application: { readonly start: number; readonly end: number };

  constructor(application: { readonly start: number; readonly end: number }) {
    this.#application = application;
    let start = BASE;
    this.sectors = SECTOR_SIZES.map((size) => {
      const sector = { start, end: start + size, erasedAtMs: [], writesSinceErase: 0 };
      start += size;
      return sector;
    });
  }

  /** Puts an image there as the factory did: no account is kept of it. */
  load(address: number, data: Uint8Array): void {
    this.#bytes.set(data, address - BASE);
    const first = (address - BASE) / UNIT_BYTES;
    this.#isProgrammed.fill(1, first, first + Math.ceil(data.length / UNIT_BYTES));
    for (const sector of this.sectors) {
      if (sector.start < address + data.length && sector.end > address) sector.writesSinceErase = 1;
    }
  }

  /** Whether a range lies in the application. */
  isInApplication(address: number, sizeBytes: number): boolean {
    const { start, end } = this.#application;
    return sizeBytes > 0 && address >= start && address + sizeBytes <= end;
  }

  /** Sectors that a range touches. */
  sectorsOf(address: number, sizeBytes: number): readonly RogueSector[] {
    return this.sectors.filter(({ start, end }) => start < address + sizeBytes && end > address);
  }

  /** Erases the sectors that a range touches, as servers align it; false where it must not. */
  erase(address: number, sizeBytes: number, atMs: number): boolean {
    const sectors = this.sectorsOf(address, sizeBytes);
    if (sectors.some(({ start, end }) => !this.isInApplication(start, end - start))) {
      this.violations.push(`erase of 0x${address.toString(16)}, outside the application`);
      return false;
    }
    for (const sector of sectors) {
      this.#bytes.fill(0xFF, sector.start - BASE, sector.end - BASE);
      const beforeMs = sector.erasedAtMs.at(-1);
      if (beforeMs !== undefined && sector.writesSinceErase === 0) {
        this.idleErases.push({ start: sector.start, atMs, beforeMs });
      }
      const first = (sector.start - BASE) / UNIT_BYTES;
      this.#isProgrammed.fill(0, first, (sector.end - BASE) / UNIT_BYTES);
      sector.erasedAtMs.push(atMs);
      sector.writesSinceErase = 0;
    }
    return true;
  }

  /** Whether a range is erased and not programmed since. */
  isErased(address: number, sizeBytes: number): boolean {
    const first = Math.floor((address - BASE) / UNIT_BYTES);
    const end = Math.ceil((address + sizeBytes - BASE) / UNIT_BYTES);
    return this.#isProgrammed.subarray(first, end).every((flag) => flag === 0);
  }

  /** Programs bytes; false, and nothing done, where a unit was programmed or the place is wrong. */
  program(address: number, data: Uint8Array): boolean {
    const where = `0x${address.toString(16)}, ${data.length} bytes`;
    const problem = !this.isInApplication(address, data.length)
      ? "outside the application"
      : address % UNIT_BYTES !== 0
      ? "not aligned"
      : !this.isErased(address, data.length)
      ? "programmed before"
      : undefined;
    if (problem !== undefined) {
      this.violations.push(`program ${where}: ${problem}`);
      return false;
    }
    this.#bytes.set(data, address - BASE);
    const first = (address - BASE) / UNIT_BYTES;
    const end = Math.ceil((address + data.length - BASE) / UNIT_BYTES);
    this.#isProgrammed.fill(1, first, end);
    this.unitsProgrammed += end - first;
    for (const sector of this.sectorsOf(address, data.length)) sector.writesSinceErase++;
    return true;
  }

  /** What a range holds. */
  read(address: number, sizeBytes: number): Uint8Array {
    return this.#bytes.subarray(address - BASE, address - BASE + sizeBytes);
  }

  /** Whether it holds these bytes. */
  holds(address: number, data: Uint8Array): boolean {
    const held = this.read(address, data.length);
    return held.length === data.length && held.every((byte, i) => byte === data[i]);
  }
}

/** CRC-32/ISO-HDLC, bit by bit: reflected polynomial 0xEDB88320. */
export function rogueCrc32(data: Uint8Array): number {
  let crc = 0xFFFF_FFFF;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc >>> 1 ^ (crc & 1 ? 0xEDB8_8320 : 0);
  }
  return ~crc >>> 0;
}
