import type { Prng } from "../core/mod.ts";
import type { BankStatus } from "../stm32/mod.ts";
import { RecordStore } from "./application_record.ts";
import { type BankTrial, TrialStore } from "./trial_store.ts";
import type { VirtualFlash } from "./virtual_flash.ts";

/** How long programming option bytes takes, in ms: their page is erased and programmed. */
export const OPTION_WRITE_MS = 25;

/** What a node with two banks holds of them without power, beside its flash. */
export interface BankControlSnapshot {
  /** The option bit as it was loaded at the last reset. */
  readonly isSwapped: boolean;
  /** The option bit as it is programmed. */
  readonly isSwapProgrammed: boolean;
  /** The note of the trial. */
  readonly trial: Uint8Array;
  /** The notes of what was accepted in each bank. */
  readonly records: readonly [Uint8Array, Uint8Array];
}

/**
 * What decides which of two banks runs: the option bit that exchanges them, which takes effect at the
 * next reset, the trial of the one that was exchanged last, and for each bank the note of what was
 * accepted there.
 */
export class BankControl {
  readonly #trial = new TrialStore();
  readonly #records: readonly [RecordStore, RecordStore] = [new RecordStore(), new RecordStore()];
  #isSwapped = false;
  #isSwapProgrammed = false;

  /** Which bank runs, by its place in silicon. */
  get activeIndex(): 0 | 1 {
    return this.#isSwapped ? 1 : 0;
  }

  /** Which one does not. */
  get inactiveIndex(): 0 | 1 {
    return this.#isSwapped ? 0 : 1;
  }

  /** Whether the second bank stands at the start of flash. */
  get isSwapped(): boolean {
    return this.#isSwapped;
  }

  /** Whether the next reset exchanges the banks. */
  get isSwapDue(): boolean {
    return this.#isSwapped !== this.#isSwapProgrammed;
  }

  /** The trial that was noted last, of whichever bank. */
  get trial(): BankTrial | undefined {
    return this.#trial.trial;
  }

  /** Whether the bank that runs is not confirmed yet. */
  get isOnTrial(): boolean {
    return this.trial?.bankIndex === this.activeIndex;
  }

  /** What the node tells of its banks. */
  get status(): BankStatus {
    return { hasTwoBanks: true, isSwapped: this.#isSwapped, isOnTrial: this.isOnTrial };
  }

  /** The note of what was accepted in the bank that runs. */
  get activeRecord(): RecordStore {
    return this.#records[this.activeIndex];
  }

  /** The note of what was accepted in the other one. */
  get inactiveRecord(): RecordStore {
    return this.#records[this.inactiveIndex];
  }

  /**
   * Loads the option bit, as each reset does.
   *
   * @param flash The flash whose banks it exchanges.
   */
  load(flash: VirtualFlash): void {
    if (this.isSwapDue) flash.exchangeBanks();
    this.#isSwapped = this.#isSwapProgrammed;
  }

  /**
   * Programs the option bit.
   *
   * @param isSwapped Its value.
   */
  programSwap(isSwapped: boolean): void {
    this.#isSwapProgrammed = isSwapped;
  }

  /**
   * Power goes while it is programmed: it is one or the other.
   *
   * @param isSwapped Its value.
   * @param prng Which.
   */
  tearSwap(isSwapped: boolean, prng: Prng): void {
    if (prng.chance(0.5)) this.#isSwapProgrammed = isSwapped;
  }

  /**
   * Notes a trial, or that there is none.
   *
   * @param trial The trial.
   */
  writeTrial(trial: BankTrial | undefined): void {
    this.#trial.write(trial);
  }

  /**
   * Power goes while that is noted.
   *
   * @param trial The trial.
   * @param prng What becomes of it.
   */
  tearTrial(trial: BankTrial | undefined, prng: Prng): void {
    this.#trial.tear(trial, prng);
  }

  /**
   * Takes what it holds.
   *
   * @returns A value for `restore`.
   */
  snapshot(): BankControlSnapshot {
    const [first, second] = this.#records;
    return {
      isSwapped: this.#isSwapped,
      isSwapProgrammed: this.#isSwapProgrammed,
      trial: this.#trial.snapshot(),
      records: [first.snapshot(), second.snapshot()],
    };
  }

  /**
   * Puts back what it held; the flash is put back by itself.
   *
   * @param snapshot From `snapshot`.
   */
  restore(snapshot: BankControlSnapshot): void {
    this.#isSwapped = snapshot.isSwapped;
    this.#isSwapProgrammed = snapshot.isSwapProgrammed;
    this.#trial.restore(snapshot.trial);
    this.#records.forEach((store, i) => store.restore(snapshot.records[i]!));
  }
}
