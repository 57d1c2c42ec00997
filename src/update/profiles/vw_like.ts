import { ISO14229_TEXT } from "./iso14229.ts";
import { changeProfile, type ProfileText } from "./profile_text.ts";

/**
 * Blocks by number, as Volkswagen's control units have them: OBD service 04; `10 03`, precondition
 * routine 0203, `10 02`, `27 11/12`, nine bytes of workshop data to F15A; erase `FF00 01 id`;
 * RequestDownload with a block number of one byte and a size of four (0x41); check `0202 01 id 00 04`
 * and four bytes of checksum; FF01, five seconds of rest, `11 01`; 04 again.
 *
 * Source: VW_Flash, `lib/flash_uds.py` (commit 00b533f), whose client waits up to 30 s for each
 * answer after `10 02` and looks at no status. Its checksum is the block's own; CRC-32 stands for it.
 */
export const VW_LIKE_TEXT: ProfileText = changeProfile(ISO14229_TEXT, {
  before: ["04"],
  enter: [
    "10 03",
    { request: "31 01 02 03", good: "any" },
    "10 02",
    { securityAccess: 0x11 },
    "2E F1 5A {fingerprint:9}",
  ],
  erase: { scope: "image", request: "31 01 FF 00 01 {block:1}", good: "any" },
  download: { unit: "image", request: "34 00 41 {block:1} {size:4}" },
  check: {
    scope: "image",
    request: "31 01 02 02 01 {block:1} 00 04 {checksum:4}",
    readOnly: false,
  },
  finish: [{ request: "31 01 FF 01", good: "any" }, { waitMs: 5000 }, "11 01"],
  after: ["04"],
});
