/**
 * Counts what separates two words.
 *
 * @param left One word.
 * @param right The other.
 * @returns How many letters must be put in, taken out or changed to make one from the other.
 */
export function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    for (let j = 1; j <= right.length; j++) {
      const change = previous[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      current.push(Math.min(change, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}

/** Longer words are not compared: nobody mistypes them by a letter or two. */
const WORD_LENGTH_MAX = 64;

/**
 * Finds the word that was probably meant.
 *
 * @param word What was written; any text.
 * @param known The words that would have been understood.
 * @returns The nearest of them, when it is near: at most a third of its letters are wrong, and the
 * case does not count; `undefined` otherwise.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { nearestWord } from "./suggest.ts";
 *
 * strictEqual(nearestWord("falsh", ["demo", "flash", "plan"]), "flash");
 * strictEqual(nearestWord("reboot", ["demo", "flash", "plan"]), undefined);
 * ```
 */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  if (word.length > WORD_LENGTH_MAX) return undefined;
  const wanted = word.toLowerCase();
  let nearest: string | undefined;
  let distanceMin = Infinity;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    const allowed = Math.max(1, Math.ceil(Math.max(wanted.length, candidate.length) / 3));
    if (distance <= allowed && distance < distanceMin && distance < candidate.length) {
      nearest = candidate;
      distanceMin = distance;
    }
  }
  return nearest;
}
