import { ISO14229_TEXT } from "./iso14229.ts";
import { changeProfile, type ProfileText } from "./profile_text.ts";

/**
 * The sequence of tutorials: functional `10 03`, `85 02`, `28`; physical `10 02`, `27 03/04`, a date
 * of four bytes to F199, erase FF00, download by address, FF01 answered with 00; `11 01`; functional
 * `10 03`, `28 00 03`, `85 01`, `10 01`. No checksum is asked for.
 *
 * Source: CSDN article 86623321, as the project's survey of sequences quotes it; it leaves the
 * communication type of the first `28` open, taken here as the last one's.
 */
export const TEXTBOOK_TEXT: ProfileText = changeProfile(ISO14229_TEXT, {
  before: ["10 03", "85 02", "28 03 03"],
  enter: ["10 02", { securityAccess: 0x03 }, "2E F1 99 {fingerprint:4}"],
  check: "none",
  after: ["10 03", "28 00 03", "85 01", "10 01"],
});
