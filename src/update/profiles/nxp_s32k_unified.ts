import { ISO14229_TEXT } from "./iso14229.ts";
import { changeProfile, type ProfileText } from "./profile_text.ts";

/**
 * NXP's unified bootloader: `10 03`, `28 03 03`, `10 02`, `27 01/02`, F15A; a flash driver into RAM,
 * checked, before the erase FF00 without operands; one download of the whole image in blocks of whole
 * 8 bytes; check `0202` with CRC-16/DNP right-aligned in four bytes; FF01, `11 01`.
 *
 * Its keys are AES-128-CBC of a 16-byte seed: the node's `security` must name a source of such keys.
 *
 * Source: EcuBus-Pro, `resources/examples/nxp_bootloader` (`bootloader.ts` and its readme).
 */
export const NXP_S32K_UNIFIED_TEXT: ProfileText = changeProfile(ISO14229_TEXT, {
  before: [],
  enter: [
    "10 03",
    "28 03 03",
    "10 02",
    { securityAccess: 0x01 },
    { request: "2E F1 5A {fingerprint}", optional: true },
  ],
  driver: { check: "31 01 02 02 00 00 {checksum:2}" },
  erase: { scope: "image", request: "31 01 FF 00" },
  download: { unit: "image", blockMultipleBytes: 8 },
  check: {
    scope: "image",
    request: "31 01 02 02 00 00 {checksum:2}",
    algorithm: "crc16-dnp",
    readOnly: false,
  },
  after: [],
});
