/** Something new that a node tells, and wants to see again in its erase. */
import { beginsWith, bytesOf, type RogueOptions, textOf } from "./rogue_options.ts";
import { done, refuse, type RogueServiceParts, type RogueVerdict } from "./rogue_services.ts";

const NONCE_BYTES = 4;

/** Answers the question for it; `undefined`: that is another one. */
export function tellNonce(
  { options, state }: RogueServiceParts,
  data: Uint8Array,
): RogueVerdict | undefined {
  const { eraseNonceBy } = options;
  if (eraseNonceBy === undefined || textOf(data) !== eraseNonceBy) return undefined;
  return done(() => {
    state.nonce = [...state.newSeed()].slice(0, NONCE_BYTES);
    state.seed = undefined;
    return [data[0]! + 0x40, ...data.subarray(1), ...nonceBytes(options, state.nonce)];
  });
}

/** How many bytes of an erase it takes. */
export function nonceLength({ eraseNonceBy }: RogueOptions): number {
  return eraseNonceBy === undefined ? 0 : NONCE_BYTES;
}

/** What is wrong with that of an erase; one that a routine gives is good for one erase. */
export function nonceRefusal(
  { options, state }: RogueServiceParts,
  data: Uint8Array,
): RogueVerdict | undefined {
  const { eraseNonceBy } = options;
  if (eraseNonceBy === undefined) return undefined;
  if (state.nonce === undefined) return refuse(data, 0x24);
  const isRight = beginsWith(data.subarray(-NONCE_BYTES), textOf(Uint8Array.from(state.nonce)));
  if (!isRight) return refuse(data, 0x31);
  if (bytesOf(eraseNonceBy)[0] === 0x31) state.nonce = undefined;
  return undefined;
}

/** A node may tell more of it, or less, than its description says. */
function nonceBytes(
  { toldNonceBytes = NONCE_BYTES }: RogueOptions,
  nonce: readonly number[],
): readonly number[] {
  return Array.from({ length: toldNonceBytes }, (_, i) => nonce[i] ?? 0xEE);
}
