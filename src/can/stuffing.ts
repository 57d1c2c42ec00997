// Bit stuffing as a machine of nine states: nothing sent yet, or the last bit and how often in a
// row it stands on the wire, 1 to 4 times (the fifth is followed by its complement, a new run of
// one). One look-up takes up to eight bits; that is what lets a bus be simulated at a million
// frames a second.

/** Nothing on the wire yet. */
export const NO_BITS = 0;

const STATE_BITS = 4;
const STATE_MASK = 15;

/** By state and by bits with a leading 1 that marks how many: stuff bits added, and next state. */
const STEPS = stepTable();

/**
 * Puts bits on the wire and counts the stuff bits that they cause.
 *
 * @param tally What was sent before: {@linkcode NO_BITS}, or this function's last result.
 * @param count How many bits, 0..8.
 * @param bits The bits, the first one most significant.
 * @returns The tally after them; {@linkcode stuffBitCount} reads it.
 */
export function stuff(tally: number, count: number, bits: number): number {
  const state = tally & STATE_MASK;
  return tally - state + STEPS[(state << 9) | (1 << count) | bits]!;
}

/**
 * @param tally A result of {@linkcode stuff}.
 * @returns How many stuff bits there have been.
 */
export function stuffBitCount(tally: number): number {
  return tally >> STATE_BITS;
}

function stepTable(): Uint8Array {
  const steps = new Uint8Array(9 * 512);
  for (let state = 0; state < 9; state++) {
    steps[(state << 9) | 1] = state;
    for (let marked = 2; marked < 512; marked++) {
      const before = steps[(state << 9) | (marked >> 1)]!;
      const next = afterBit(before & STATE_MASK, marked & 1);
      steps[(state << 9) | marked] = before - (before & STATE_MASK) + next;
    }
  }
  return steps;
}

function afterBit(state: number, bit: number): number {
  const last = state > 4 ? 1 : 0;
  const run = state === NO_BITS || last !== bit ? 0 : state - 4 * last;
  return run < 4 ? 4 * bit + run + 1 : (1 << STATE_BITS) + 4 * (1 - bit) + 1;
}
