import { defined } from "../../core/mod.ts";
import type { DataReading } from "../../uds/mod.ts";
import type { IdentityName, IdentityProfile } from "./profile.ts";
import type { IdentityText, ReadingText } from "./profile_text.ts";

/** What a node may tell of itself as text. */
const NAMES: readonly IdentityName[] = ["hardware", "version", "bootloader", "part", "serial"];

/**
 * Makes of an identity as people write it which data identifiers are read, and how.
 *
 * @param text The identity; `none`: the node tells nothing of itself.
 * @returns The identity; what is left out of it is not asked for.
 */
export function buildIdentity(text: IdentityText | "none"): IdentityProfile {
  if (text === "none") return {};
  const identity: { -readonly [Key in keyof IdentityProfile]: IdentityProfile[Key] } = defined({
    sequenceDid: didOf(text.sequenceDid),
  });
  const readings: Partial<Record<IdentityName, readonly DataReading[]>> = {};
  for (const name of NAMES) {
    const written = text[name];
    const own = written === undefined || written === "none" ? [] : readingsOf(written);
    if (own.length > 0) readings[name] = own;
    const did = written === undefined ? didOf(text[`${name}Did`]) : own[0]?.did;
    if (did !== undefined) identity[`${name}Did`] = did;
  }
  return Object.keys(readings).length === 0 ? identity : { ...identity, readings };
}

function didOf(written: number | "none" | undefined): number | undefined {
  return written === "none" ? undefined : written;
}

function readingsOf(written: ReadingText | readonly ReadingText[]): readonly DataReading[] {
  const list: readonly ReadingText[] = Array.isArray(written) ? written : [written];
  return list.map(({ did, format = "text", from = 0, bytes }) => ({
    did,
    format,
    from,
    ...defined({ bytes }),
  }));
}
