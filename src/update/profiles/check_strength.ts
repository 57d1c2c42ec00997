import { type SummedBy, summedSizeBytes } from "../../codec/mod.ts";
import type { CheckProfile } from "./profile.ts";

/** Among nodes with another image, one in 2^32 has the same by chance. */
const STRONG_BYTES_MIN = 4;

/**
 * Tells whether a checksum that agrees may spare an erase. Behind a write it says whether what was sent
 * has arrived; before, whether any two images are the same, which one byte says wrongly for one pair in
 * 256, and a sum for all that differ in the order of their bytes.
 *
 * @param check How the profile checks; absent where it does not.
 * @returns Whether a node may be asked, before it is erased, what need not be written.
 */
export function sparesErases(check: CheckProfile | undefined): check is CheckProfile {
  return check !== undefined && check.readOnly && isStrong(check.algorithm);
}

function isStrong(algorithm: SummedBy): boolean {
  const isSum = typeof algorithm === "string" && algorithm.startsWith("sum");
  return !isSum && summedSizeBytes(algorithm) >= STRONG_BYTES_MIN;
}
