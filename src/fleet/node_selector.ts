/** A node as selections name it. */
export interface SelectableNode {
  /** Its name. */
  readonly name: string;
  /** The groups that it is in. */
  readonly groups: readonly string[];
}

/** `axis-1..axis-9`, or `axis-1..9`. */
const RANGE = /^(.*?)(\d{1,9})\.\.(.*?)(\d{1,9})$/;
const NUMBERED = /^(.*?)(\d{1,9})$/;

/**
 * Tells whether a word of a selection means a node.
 *
 * @param word The name of a node or group; a pattern, in which `*` stands for any text and `?` for one
 * character; or a range of numbered names: `axis-1..axis-9`, `axis-1..9`.
 * @param node The node.
 * @returns Whether it is meant.
 */
export function isMeantBy(word: string, { name, groups }: SelectableNode): boolean {
  if (word === name || groups.includes(word)) return true;
  if (/[*?]/.test(word)) {
    const pattern = patternOf(word);
    return pattern.test(name) || groups.some((group) => pattern.test(group));
  }
  return isInRange(word, name);
}

function patternOf(word: string): RegExp {
  const text = word.replaceAll(/[^*?]/g, (sign) => sign.replace(/[^\w]/, "\\$&"))
    .replaceAll(/\*+/g, ".*").replaceAll("?", ".");
  return new RegExp(`^${text}$`, "s");
}

function isInRange(word: string, name: string): boolean {
  const [, stem, first, lastStem, last] = RANGE.exec(word) ?? [];
  const [, ownStem, number] = NUMBERED.exec(name) ?? [];
  if (stem === undefined || number === undefined || stem !== ownStem) return false;
  if (lastStem !== "" && lastStem !== stem) return false;
  return Number(first) <= Number(number) && Number(number) <= Number(last);
}
