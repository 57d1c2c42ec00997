import { ISO14229_TEXT } from "./iso14229.ts";
import { changeProfile, type ProfileText } from "./profile_text.ts";

/**
 * A supplier's sequence that answers 04 for "good" and compares hashes of 32 bytes: functional
 * `10 03`, `85 02`, `28 03 01`; `10 02`, `27 11/12`, F184 with 16 zero bytes and a BCD date; a flash
 * driver with `0202` and its hash; erase of the whole range; the application with `0202` and its
 * hash; FF01; `11 01`, a second of rest, `10 03`; functional `28 00 01`, `85 01`, `10 01`.
 *
 * Source: a supplier's test notes, as the project's survey of sequences quotes them. They do not name
 * the hash; SHA-256 is taken for it.
 */
export const SUPPLIER_HASH_TEXT: ProfileText = changeProfile(ISO14229_TEXT, {
  before: ["10 03", "85 02", "28 03 01"],
  enter: [
    "10 02",
    { securityAccess: 0x11 },
    "2E F1 84 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 {fingerprint}",
  ],
  driver: { check: { request: "31 01 02 02 {checksum:32}", good: [0x04] } },
  erase: { scope: "image", good: [0x04] },
  download: { unit: "image" },
  check: {
    scope: "image",
    request: "31 01 02 02 {checksum:32}",
    algorithm: "sha256",
    good: [0x04],
    readOnly: false,
  },
  finish: [
    { request: "31 01 FF 01", good: [0x04] },
    "11 01",
    { waitMs: 1000 },
    "10 03",
  ],
  after: ["28 00 01", "85 01", "10 01"],
});
