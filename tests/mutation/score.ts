/** How much of a folder's mutants is noticed. */
import type { Result } from "./results.ts";
import { wilson } from "./sample.ts";

/**
 * Adds results up.
 *
 * @param folder The folder's name.
 * @param results The results of its mutants.
 * @param isSample Whether these are some of them: an interval is told then.
 * @returns A line of text.
 */
export function scoreLine(folder: string, results: readonly Result[], isSample: boolean): string {
  const counts = { caught: 0, endless: 0, survived: 0, uncovered: 0 };
  for (const { verdict } of results) counts[verdict]++;
  const noticed = counts.caught + counts.endless;
  const { low, high } = wilson(noticed, results.length);
  const interval = isSample ? ` (95 %: ${low.toFixed(3)} to ${high.toFixed(3)})` : "";
  return `${folder}: score ${(noticed / results.length).toFixed(3)}${interval}: ` +
    `${results.length} mutants, ${counts.caught} caught, ${counts.endless} endless, ` +
    `${counts.survived} survived, ${counts.uncovered} not covered in process`;
}
