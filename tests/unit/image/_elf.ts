/** One loadable segment of a hand-made ELF file. */
export interface ElfSegment {
  readonly physicalAddress: number;
  readonly data: Uint8Array;
  /** The run address; the load address by default. */
  readonly virtualAddress?: number;
  /** Size in memory; that in the file by default. */
  readonly memoryBytes?: number;
}

/**
 * Builds a minimal ELF32 file for ARM without sections, apart from the reader under test.
 *
 * @param segments What it loads.
 * @returns The file. Headers: the file's (52 bytes), then 32 bytes a segment, then the data.
 */
export function makeElf(segments: readonly ElfSegment[]): Uint8Array {
  const headersBytes = 52 + 32 * segments.length;
  const dataBytes = segments.reduce((sum, { data }) => sum + data.length, 0);
  const bytes = new Uint8Array(headersBytes + dataBytes);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7F, 0x45, 0x4C, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, 40, true); // EM_ARM
  view.setUint32(20, 1, true);
  view.setUint32(24, 0x08008011, true); // e_entry
  view.setUint32(28, 52, true); // e_phoff
  view.setUint16(40, 52, true);
  view.setUint16(42, 32, true); // e_phentsize
  view.setUint16(44, segments.length, true); // e_phnum
  let offset = headersBytes;
  segments.forEach(({ physicalAddress, data, virtualAddress, memoryBytes }, i) => {
    const header = 52 + 32 * i;
    const words = [
      1, // PT_LOAD
      offset,
      virtualAddress ?? physicalAddress,
      physicalAddress,
      data.length,
      memoryBytes ?? data.length,
      5,
      4,
    ];
    words.forEach((word, k) => view.setUint32(header + 4 * k, word, true));
    bytes.set(data, offset);
    offset += data.length;
  });
  return bytes;
}
