/** A filter of the kernel: a frame passes when `(its identifier & mask) == (id & mask)`. */
export interface CanFilter {
  /** Identifier with the kernel's flags. */
  readonly id: number;
  /** Which of its bits count, with the kernel's flags. */
  readonly mask: number;
  /** Whether just the others pass. */
  readonly invert?: boolean;
}

/** Flags of linux/can.h in the 32 bits of an identifier. */
const EFF_FLAG = 0x8000_0000;
const RTR_FLAG = 0x4000_0000;
/** `CAN_RAW_FILTER_MAX` of linux/can/raw.h: more are refused, in silence. */
const FILTERS_MAX = 512;
/** What `canIdKey` adds to an identifier of 29 bits. */
const EXTENDED_KEY = 0x8000_0000;

/** Lets every data frame pass. */
export const ALL_FRAMES: readonly CanFilter[] = [{ id: 0, mask: 0 }];
/** Lets no frame pass. */
export const NO_FRAMES: readonly CanFilter[] = [{ id: 0, mask: 0, invert: true }];

/**
 * Makes the filters that let data frames of certain identifiers pass, and no others as long as the
 * kernel takes as many; beyond that, neighbours of theirs too.
 *
 * @param keys The identifiers, as `canIdKey` makes them.
 * @returns At least one filter, at most 512.
 */
export function filtersFor(keys: Iterable<number>): readonly CanFilter[] {
  const all = [...keys];
  for (let ignoredBits = 0;; ignoredBits++) {
    const filters = new Map<number, CanFilter>();
    for (const key of all) {
      const isExtended = key >= EXTENDED_KEY;
      const bits = (isExtended ? 0x1FFF_FFFF : 0x7FF) & -(2 ** ignoredBits);
      const id = (key % EXTENDED_KEY) & bits;
      const kind = isExtended ? EXTENDED_KEY : 0;
      filters.set(id + kind, { id: id + (isExtended ? EFF_FLAG : 0), mask: flagged(bits) });
    }
    if (filters.size === 0) return NO_FRAMES;
    if (filters.size <= FILTERS_MAX) return [...filters.values()];
  }
}

function flagged(bits: number): number {
  return bits + EFF_FLAG + RTR_FLAG;
}
