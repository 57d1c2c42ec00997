import { hex } from "../core/mod.ts";

/** How many hexadecimal digits a key's numbers are written with; others are decimal. */
const HEX_DIGITS: readonly (readonly [key: RegExp, digits: number])[] = [
  [/^(?:did|\w+Did|routineIdentifier)$/, 4],
  [/^(?:good|busy|bad|notReadyNrcs|securityAccess)$/, 2],
  [/^(?:polynomial|initial|finalXor)$/, 2],
  [/^base$/, 8],
];

/** Words that YAML takes as they are. */
const PLAIN_WORD = /^[A-Za-z][\w-]*$/;
const OTHER_VALUES: ReadonlySet<string> = new Set(["true", "false", "null"]);

/**
 * Writes a value of a profile as YAML, on one line.
 *
 * @param value The value.
 * @param key The key that it stands at: numbers of some are hexadecimal.
 * @returns The text.
 */
export function flowYaml(value: unknown, key: string): string {
  if (typeof value === "number") return numberYaml(value, key);
  if (typeof value === "string") return textYaml(value);
  if (Array.isArray(value)) return `[${value.map((item) => flowYaml(item, key)).join(", ")}]`;
  if (!isMapping(value)) return String(value);
  const entries = Object.entries(value).map(([name, part]) => `${name}: ${flowYaml(part, name)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/**
 * Tells a mapping from everything else.
 *
 * @param value Any value.
 * @returns Whether it has keys.
 */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberYaml(value: number, key: string): string {
  const digits = HEX_DIGITS.find(([form]) => form.test(key))?.[1];
  return digits === undefined ? String(value) : hex(value, digits);
}

function textYaml(value: string): string {
  return PLAIN_WORD.test(value) && !OTHER_VALUES.has(value) ? value : JSON.stringify(value);
}
