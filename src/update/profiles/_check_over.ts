import type { ProfileProblem } from "./_profile_templates.ts";
import type { CheckText, ProfileText } from "./profile_text.ts";

/** Fields by which an erase names a part of the application. */
const NAMES_RANGE = /\{(?:address|offset|page|size)\b/;

/**
 * Finds out whether a check may sum up what it says: what a checksum does not cover would be taken for right.
 *
 * @param check The check.
 * @param profile The profile that it is of.
 * @returns What is wrong with it.
 */
export function overProblems(
  { over, scope, readOnly }: CheckText,
  { erase }: ProfileText,
): readonly ProfileProblem[] {
  const problems: ProfileProblem[] = [];
  const expected = (key: string, message: string): void => {
    problems.push({ path: ["check", "over", key], message: `expected ${message}` });
  };
  const { part, skipBytes = 0, tailBytes = 0 } = over ?? {};
  const leftOut = skipBytes > 0 ? "skipBytes" : "tailBytes";
  if (skipBytes + tailBytes > 0 && scope !== "image") {
    expected(leftOut, "scope: image beside it: it is left out of the whole image");
  }
  if (skipBytes + tailBytes > 0 && readOnly) {
    expected(leftOut, "readOnly: false beside it: nobody would find out that they are different");
  }
  if (part !== "application") return problems;
  if (scope !== "image") expected("part", "scope: image beside application");
  if (erase === "none" || NAMES_RANGE.test(erase.request)) {
    expected("part", "an erase that names no range beside application: the rest is not known");
  }
  return problems;
}
