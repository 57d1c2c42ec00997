import { crc32 } from "../codec/mod.ts";
import type { Prng } from "../core/mod.ts";

/** A bank that was exchanged for the other and is not confirmed yet. */
export interface BankTrial {
  /** Which bank, by its place in silicon. */
  readonly bankIndex: 0 | 1;
  /** How often it was booted since. */
  readonly boots: number;
}

/** Sequence number (4), bank (1), boots (1), whether there is a trial (1), blank (1), CRC-32 (4). */
const SLOT_BYTES = 12;

/**
 * Where the bootloader counts the boots of a bank on trial: two notes of which the newer whole one
 * holds, so that a write that power cuts short leaves the one before. It lies outside of both banks,
 * as their exchange moves all of them: in backup registers, or a serial EEPROM of the board.
 */
export class TrialStore {
  #slots: readonly [Uint8Array, Uint8Array] = [
    new Uint8Array(SLOT_BYTES).fill(0xFF),
    new Uint8Array(SLOT_BYTES).fill(0xFF),
  ];

  /** The trial under way; `undefined` when there is none. */
  get trial(): BankTrial | undefined {
    const slot = this.#newest();
    if (slot === undefined || slot[6] !== 1) return undefined;
    return { bankIndex: slot[4] === 1 ? 1 : 0, boots: slot[5]! };
  }

  /**
   * Notes a trial, or that there is none.
   *
   * @param trial The trial.
   */
  write(trial: BankTrial | undefined): void {
    this.#older().set(this.#encode(trial));
  }

  /**
   * Power goes while it is written: of the older note some bytes are new, the newer one is whole.
   *
   * @param trial As for `write`.
   * @param prng Which.
   */
  tear(trial: BankTrial | undefined, prng: Prng): void {
    const slot = this.#older();
    const next = this.#encode(trial);
    slot.set(slot.map((byte, i) => prng.chance(0.5) ? next[i]! : byte));
  }

  /**
   * Takes what it holds.
   *
   * @returns A value for `restore`.
   */
  snapshot(): Uint8Array {
    return Uint8Array.of(...this.#slots[0], ...this.#slots[1]);
  }

  /**
   * Puts back what it held.
   *
   * @param snapshot From `snapshot`.
   */
  restore(snapshot: Uint8Array): void {
    this.#slots = [snapshot.slice(0, SLOT_BYTES), snapshot.slice(SLOT_BYTES)];
  }

  #newest(): Uint8Array | undefined {
    return this.#slots.filter(isWhole).sort((a, b) => sequenceOf(b) - sequenceOf(a))[0];
  }

  #older(): Uint8Array {
    return this.#slots[0] === this.#newest() ? this.#slots[1] : this.#slots[0];
  }

  #encode(trial: BankTrial | undefined): Uint8Array {
    const bytes = new Uint8Array(SLOT_BYTES);
    const view = new DataView(bytes.buffer);
    const newest = this.#newest();
    view.setUint32(0, newest === undefined ? 1 : sequenceOf(newest) + 1, true);
    if (trial !== undefined) bytes.set([trial.bankIndex, trial.boots, 1], 4);
    view.setUint32(8, crc32(bytes.subarray(0, 8)), true);
    return bytes;
  }
}

function isWhole(slot: Uint8Array): boolean {
  return crc32(slot.subarray(0, 8)) ===
    new DataView(slot.buffer, slot.byteOffset).getUint32(8, true);
}

function sequenceOf(slot: Uint8Array): number {
  return new DataView(slot.buffer, slot.byteOffset).getUint32(0, true);
}
