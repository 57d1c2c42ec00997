import type { BankControl } from "./bank_control.ts";
import type { FlashOperation } from "./flash_worker.ts";

/** What a bootloader notes about its banks before it decides what runs. */
export interface BankBoot {
  /** What is written, in order. */
  readonly operations: readonly FlashOperation[];
  /** Whether the banks are exchanged back: a reset follows. */
  readonly isBack: boolean;
}

/**
 * Decides at boot about a bank on trial: it is counted, or, where it cannot be started or was booted
 * too often without being confirmed, exchanged back. A trial of the bank that does not run is left
 * from an exchange that never took place, or was undone.
 *
 * @param banks The banks, their option bit loaded.
 * @param trial Whether what lies in the bank that runs can be started, and how often it may be.
 * @returns What to note; nothing when there is no trial.
 */
export function bankBoot(
  banks: BankControl,
  trial: { readonly isStartable: boolean; readonly bootsMax: number },
): BankBoot {
  const noted = banks.trial;
  if (noted === undefined) return { operations: [], isBack: false };
  const none: FlashOperation = { kind: "trial", trial: undefined };
  if (!banks.isOnTrial) return { operations: [none], isBack: false };
  if (trial.isStartable && noted.boots < trial.bootsMax) {
    const counted = { ...noted, boots: noted.boots + 1 };
    return { operations: [{ kind: "trial", trial: counted }], isBack: false };
  }
  return { operations: [{ kind: "option", isSwapped: !banks.isSwapped }, none], isBack: true };
}
