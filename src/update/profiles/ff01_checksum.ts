import { ISO14229_TEXT } from "./iso14229.ts";
import { changeProfile, type ProfileText } from "./profile_text.ts";

/**
 * The dependency check carries the checksum itself: `31 01 FF01 44 address length crc16` over the
 * whole image, which goes out in blocks of 2 KiB.
 *
 * Source: the sixth sequence of the project's survey. It does not name the CRC; CRC-16/CCITT-FALSE is
 * taken for it. What it leaves open is as in `iso14229`.
 */
export const FF01_CHECKSUM_TEXT: ProfileText = changeProfile(ISO14229_TEXT, {
  download: { unit: "image", maxNumberOfBlockLengthCap: 2048 + 2 },
  check: {
    scope: "image",
    request: "31 01 FF 01 44 {address:4} {size:4} {checksum:2}",
    algorithm: "crc16-ccitt",
    readOnly: false,
  },
  finish: ["11 01"],
});
