/**
 * SecurityAccess of the rogue node: seed, key, and what some want beside: a record with the seed's
 * request, two levels, a pause, a hurry, or patience after their start.
 *
 * Source: ISO 14229-1:2020, "SecurityAccess (0x27) service".
 */
import { beginsWith, bytesOf } from "./rogue_options.ts";
import { done, refuse, type RogueServiceParts, type RogueVerdict } from "./rogue_services.ts";

const WRONG_KEYS_LOCK_MS = 10_000;

/** 27, both halves. */
export function securityAccess(parts: RogueServiceParts, data: Uint8Array): RogueVerdict {
  const { options, state, now, life } = parts;
  const { secondLevel, lockedAfterStartMs = 0, lockedNrc = 0x37 } = options;
  const subFunction = data[1]! & 0x7F;
  const level = subFunction % 2 === 1 ? subFunction : subFunction - 1;
  if (level > (secondLevel === undefined ? 1 : 3)) return refuse(data, 0x12);
  if (now() < (life.resetAtMs.at(-1) ?? 0) + lockedAfterStartMs) return refuse(data, lockedNrc);
  if (now() < state.lockedUntilMs) return refuse(data, 0x37);
  return subFunction === level ? requestSeed(parts, data, level) : sendKey(parts, data, level);
}

function requestSeed(
  { options, state, now }: RogueServiceParts,
  data: Uint8Array,
  level: number,
): RogueVerdict {
  const { seedRecord = "", secondLevel } = options;
  const record = bytesOf(seedRecord);
  if (data.length !== 2 + record.length) return refuse(data, 0x13);
  if (!beginsWith(data.subarray(2), seedRecord)) return refuse(data, 0x31);
  if (level === 3 && !state.isFirstUnlocked) return refuse(data, 0x33);
  const isUnlocked = secondLevel !== undefined && level === 1
    ? state.isFirstUnlocked
    : state.isUnlocked;
  return done(() => {
    const seed = isUnlocked ? new Uint8Array(4) : state.newSeed();
    state.seedAtMs = now();
    return [0x67, level, ...seed];
  });
}

function sendKey(
  { options, state, now }: RogueServiceParts,
  data: Uint8Array,
  level: number,
): RogueVerdict {
  const { keyNotBeforeMs = 0, seedKnownMs = Infinity, secondLevel } = options;
  if (state.seed === undefined) return refuse(data, 0x24);
  if (data.length !== 2 + state.seed.length) return refuse(data, 0x13);
  const ageMs = now() - state.seedAtMs;
  if (ageMs < keyNotBeforeMs || ageMs > seedKnownMs) {
    state.seed = undefined;
    return refuse(data, ageMs < keyNotBeforeMs ? 0x35 : 0x24);
  }
  const isRight = state.isKey(data.subarray(2), level);
  state.seed = undefined;
  if (isRight) {
    return done(() => {
      if (secondLevel !== undefined && level === 1) state.isFirstUnlocked = true;
      else state.isUnlocked = true;
      state.wrongKeys = 0;
      return [0x67, level + 1];
    });
  }
  if (++state.wrongKeys < (options.wrongKeysMax ?? 3)) return refuse(data, 0x35);
  state.wrongKeys = 0;
  state.lockedUntilMs = now() + WRONG_KEYS_LOCK_MS;
  return refuse(data, 0x36);
}
