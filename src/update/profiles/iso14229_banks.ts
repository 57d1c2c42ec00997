import { BANKS_TEXT } from "./_banks_text.ts";
import { ISO14229_TEXT } from "./iso14229.ts";
import { changeProfile, type ProfileText } from "./profile_text.ts";

/**
 * `iso14229` for parts with two banks: the image is written to the one that does not run, the banks
 * are exchanged once it is verified, and the new application is confirmed once it has answered.
 * On a part with one bank it is `iso14229`.
 *
 * Source: the project's own routines and record, docs/bootloader-duties.md.
 */
export const ISO14229_BANKS_TEXT: ProfileText = changeProfile(ISO14229_TEXT, {
  erase: { bad: [0x01] },
  banks: BANKS_TEXT,
});
