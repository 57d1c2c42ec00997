import type { BanksText } from "./profile_text.ts";

/**
 * What a profile with `banks` says unless it says otherwise.
 *
 * ISO 14229-1 knows no exchange of banks. Routines 0x4253 ("BS") exchanges, 0x4243 ("BC") confirms;
 * the record 0x4253 is one byte: bit 0 two banks, bit 1 the second one runs, bit 2 on trial. See
 * docs/bootloader-duties.md.
 */
export const BANKS_TEXT: BanksText = {
  statusDid: 0x4253,
  twoBanks: { bit: 0, value: 1 },
  swapped: { bit: 1, value: 1 },
  trial: { bit: 2, value: 1 },
  swap: ["31 01 42 53", "11 01"],
  confirm: ["31 01 42 43"],
  rollbackMsMax: 30_000,
};
