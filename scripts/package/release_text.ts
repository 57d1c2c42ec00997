/** What a release changes in the project's own texts. */

/**
 * Gives what is unreleased in CHANGELOG.md its version.
 *
 * @param changelog The text.
 * @param version The version: `1.2.3`.
 * @param date The day: `2026-12-01`.
 * @returns The text with an empty section for what comes next.
 * @throws {RangeError} If nothing is unreleased, or the version is there already.
 */
export function releasedChangelog(changelog: string, version: string, date: string): string {
  if (changelog.includes(`\n## ${version} `)) {
    throw new RangeError(`CHANGELOG.md has a section of ${version} already`);
  }
  const [before, after] = changelog.split("\n## Unreleased\n") as [string, string?];
  const section = after?.split("\n## ")[0] ?? "";
  if (!/^- /m.test(section)) throw new RangeError("CHANGELOG.md has nothing under Unreleased");
  return `${before}\n## Unreleased\n\n## ${version} - ${date}\n${after}`;
}

/**
 * Replaces the version in one of the files that hold it.
 *
 * @param text The file's text.
 * @param from The version so far.
 * @param to The version that it gets.
 * @returns The text.
 * @throws {RangeError} If the version so far does not stand in it once, in quotes.
 */
export function withVersion(text: string, from: string, to: string): string {
  const parts = text.split(`"${from}"`);
  if (parts.length !== 2) throw new RangeError(`"${from}" stands there ${parts.length - 1} times`);
  return parts.join(`"${to}"`);
}

/**
 * Tells whether a version may follow another.
 *
 * @param from The version so far: three numbers.
 * @param to The next one.
 * @returns Whether it is three numbers, and the same or larger.
 */
export function mayFollow(from: string, to: string): boolean {
  if (!/^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}$/.test(to)) return false;
  const [one, other] = [from, to].map((version) => version.split(".").map(Number)) as [
    number[],
    number[],
  ];
  const at = one.findIndex((number, i) => number !== other[i]);
  return at < 0 || other[at]! > one[at]!;
}
