import { ISO14229_TEXT } from "./iso14229.ts";
import { changeProfile, type ProfileText } from "./profile_text.ts";

/**
 * Blocks that carry their own address, length and CRC, as PSA's control units have them: `10 02`,
 * `27 01/02`; erase `FF00 id F05A`, sent again until it answers 02; RequestDownload without address
 * and size, whose answer leaves the block length at 0; TransferData with an address, up to 255 bytes,
 * their count and a CRC-16/X-25, answered with 02; a RequestTransferExit in which the unit checks
 * itself (0x78 meanwhile); at last FF04, begun and asked about. Nothing is sent functionally.
 *
 * There is no checksum question: the CRC of each block and the unit's own check stand for it.
 *
 * Source: arduino-psa-diag, `UDS_FLASH.md` (commit 28720b0), found by reverse engineering. Addresses
 * there have one or two bytes, here the four of an STM32; the CRC's byte order is taken to be that of
 * all else; the identification zone (ZI) is not written, and `11 01` is added to start what is new.
 */
export const PSA_LIKE_TEXT: ProfileText = changeProfile(ISO14229_TEXT, {
  before: [],
  enter: ["10 02", { securityAccess: 0x01 }],
  erase: {
    scope: "image",
    request: "31 01 FF 00 {block:1} F0 5A",
    good: [0x02],
    busy: [0x01],
    poll: {},
  },
  download: {
    unit: "image",
    request: "34 {block:1} 11 00 00",
    blockMultipleBytes: 8,
    block: {
      request: "36 {counter:1} {address:4} {data} {size:1} {checksum:2}",
      algorithm: "crc16-x25",
      good: [0x02],
    },
  },
  check: "none",
  finish: [
    { request: "31 01 FF 04", good: [0x02], busy: [0x01], poll: { request: "31 03 FF 04" } },
    "11 01",
  ],
  after: [],
});
