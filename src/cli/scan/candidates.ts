import { type CanId, canIdKey } from "../../can/mod.ts";

/** All nodes listen to it: no single node does. */
const FUNCTIONAL_ID = 0x7DF;
/** Physical requests of ISO 15765-4, then the range of most benches. */
const USUAL: readonly (readonly [first: number, last: number])[] = [
  [0x7E0, 0x7E7],
  [0x700, 0x7FF],
];

/**
 * Lists the identifiers that a search tries, the likeliest first: those of a fleet file, then those
 * that the standards and most benches use, then the rest of the range.
 *
 * @param options The fleet file's identifiers of requests; the range of 11 bits, both ends included;
 * whether 0x18DA00F1 to 0x18DAFFF1 (normal fixed, from tester 0xF1) are tried too.
 * @returns Each identifier once.
 */
export function scanCandidates(options: {
  readonly known: readonly CanId[];
  readonly range: { readonly first: number; readonly last: number };
  readonly hasFixed: boolean;
}): readonly CanId[] {
  const { known, range, hasFixed } = options;
  const ids: CanId[] = [...known];
  for (const [first, last] of [...USUAL, [0, 0x7FF] as const]) {
    for (let id = Math.max(first, range.first); id <= Math.min(last, range.last); id++) {
      ids.push({ id, extended: false });
    }
  }
  for (let target = 0; hasFixed && target <= 0xFF; target++) {
    ids.push({ id: 0x18DA00F1 + target * 0x100, extended: true });
  }
  const byKey = new Map(
    ids.filter(({ id, extended }) => extended || id !== FUNCTIONAL_ID)
      .map((id) => [canIdKey(id), id]),
  );
  return [...byKey.values()];
}
