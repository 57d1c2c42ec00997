/** Which mutants a search takes, and how sure a score from a sample is. */
import { Prng } from "../../src/core/mod.ts";

/**
 * Draws without repetition.
 *
 * @param all What there is, in a fixed order.
 * @param options `count` how many, at most all; `seed` the same seed draws the same ones.
 * @returns The drawn ones, in the order of `all`.
 */
export function drawSample<T>(
  all: readonly T[],
  { count, seed }: { count: number; seed: number },
): T[] {
  const prng = new Prng(seed);
  const places = all.map((_, index) => index);
  for (let i = 0; i < Math.min(count, places.length); i++) {
    const other = i + prng.below(places.length - i);
    [places[i], places[other]] = [places[other]!, places[i]!];
  }
  return places.slice(0, count).sort((a, b) => a - b).map((index) => all[index]!);
}

/**
 * A seed for each week.
 *
 * @param date Any moment of the week.
 * @returns Year and week as ISO 8601 counts them: 202601 for the first week of 2026.
 */
export function weekSeed(date: Date): number {
  const day = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()));
  // A week belongs to the year that its Thursday is in.
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  const dayOfYear = (day.getTime() - Date.UTC(day.getUTCFullYear(), 0, 1)) / 86_400_000;
  return day.getUTCFullYear() * 100 + Math.floor(dayOfYear / 7) + 1;
}

/**
 * Where a ratio lies that was found in a sample, with 95 % certainty.
 *
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
 *
 * @param hits How many of the sample.
 * @param count The sample's size, at least 1.
 * @returns The interval's ends, 0 to 1.
 */
export function wilson(hits: number, count: number): { low: number; high: number } {
  const z = 1.96;
  const ratio = hits / count;
  const scale = 1 + z * z / count;
  const middle = (ratio + z * z / (2 * count)) / scale;
  const half = z / scale * Math.sqrt(ratio * (1 - ratio) / count + z * z / (4 * count * count));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
