/**
 * Orders versions: numbers between dots count as numbers; `2.0.0-rc.1` comes before `2.0.0`.
 *
 * Source: Semantic Versioning 2.0.0, section 11, for any count of numbers.
 *
 * @param left One version.
 * @param right The other.
 * @returns Less than 0, 0 or more; `undefined` where one is no such version and they differ.
 */
export function compareVersions(left: string, right: string): number | undefined {
  if (left === right) return 0;
  const [a, b] = [parse(left), parse(right)];
  if (a === undefined || b === undefined) return undefined;
  const byNumbers = compareLists(a.numbers, b.numbers);
  if (byNumbers !== 0) return byNumbers;
  if (a.suffix.length === 0 || b.suffix.length === 0) return b.suffix.length - a.suffix.length;
  return compareLists(a.suffix, b.suffix) || a.suffix.length - b.suffix.length;
}

function parse(
  version: string,
): { readonly numbers: readonly string[]; readonly suffix: readonly string[] } | undefined {
  const match = /^v?(\d{1,9}(?:\.\d{1,9})*)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/.exec(version);
  if (match === null) return undefined;
  return { numbers: match[1]!.split("."), suffix: match[2]?.split(".") ?? [] };
}

function compareLists(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [a, b] = [left[i] ?? "0", right[i] ?? "0"];
    const areNumbers = /^\d+$/.test(a) && /^\d+$/.test(b);
    if (areNumbers && Number(a) !== Number(b)) return Number(a) - Number(b);
    if (!areNumbers && a !== b) return a < b ? -1 : 1;
  }
  return 0;
}
