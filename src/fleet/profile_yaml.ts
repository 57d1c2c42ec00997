import { BUILT_IN_PROFILE_SUMMARIES, keyDefault, type ProfileText } from "../update/mod.ts";
import { type KeySchema, ProfileSchema, unitOfKey } from "./_profile_schema_walk.ts";
import { flowYaml, isMapping } from "./_profile_values.ts";

/** Where comments begin, and where lines end. */
const COMMENT_COLUMN = 40;
const WIDTH = 108;
/** What is longer has its comment above it. */
const LEFT_MAX = 64;
const INDENT = 2;

interface Line {
  /** The YAML, or what would be it behind `#`. */
  readonly left: string;
  readonly comment: string;
}

/** Where lines are written. */
interface Place {
  /** The keys down to it. */
  readonly path: readonly string[];
  readonly indent: number;
  /** Whether nothing says it: its lines are comments. */
  readonly isUnsaid: boolean;
}

/**
 * Writes a profile down as a whole: each key with its value or default, its unit and what it is.
 * Keys that it does not say, and that no value stands for, are comments.
 *
 * @param name Its name.
 * @param text The profile.
 * @param as The name that it gets in a fleet file; absent: as a profile's own file.
 * @returns YAML that builds the same profile.
 */
export function profileYaml(name: string, text: ProfileText, as?: string): string {
  const writer = new ProfileWriter(new ProfileSchema());
  const base = as === undefined ? 0 : 2 * INDENT;
  writer.sections({ ...text }, base);
  const use = as === undefined
    ? "a profile's file: name it in a fleet file by profiles: { ours: { file: FILE } }"
    : "a part of a fleet file";
  const head = [
    `# The built-in profile ${name}: ${BUILT_IN_PROFILE_SUMMARIES[name] ?? ""}.`,
    `# This is ${use}.`,
    "# Keys behind # are not said by it. A key that is left out is as in iso14229.",
    ...(as === undefined ? [] : ["profiles:", `  ${as}:`]),
  ];
  return [...head, ...writer.lines.flatMap(lineText)].join("\n") + "\n";
}

class ProfileWriter {
  readonly lines: Line[] = [];
  readonly #schema: ProfileSchema;
  /** Mappings whose unsaid keys were shown: not twice. */
  readonly #shown = new Set<string>();

  constructor(schema: ProfileSchema) {
    this.#schema = schema;
  }

  sections(text: Readonly<Record<string, unknown>>, indent: number): void {
    for (const [key, given] of Object.entries(this.#schema.root.properties ?? {})) {
      if (key === "extends") continue;
      this.lines.push({ left: "", comment: "" });
      this.#entry(key, given, text[key], { path: [key], indent, isUnsaid: false });
    }
  }

  #entry(key: string, given: KeySchema, said: unknown, place: Place): void {
    const value = said ?? keyDefault(place.path);
    const comment = this.#comment(key, given, value);
    if (value === undefined) this.#unsaid(key, given, comment, place);
    else if (isMapping(value)) this.#mapping(key, given, value, comment, place);
    else if (Array.isArray(value)) this.#list(key, given, value, comment, place);
    else this.#write(`${key}: ${flowYaml(value, key)}`, comment, place);
  }

  #mapping(
    key: string,
    given: KeySchema,
    value: Readonly<Record<string, unknown>>,
    comment: string,
    place: Place,
  ): void {
    const mapping = this.#schema.mappingOf(given, Object.keys(value));
    const at = this.lines.length;
    const inner = { ...place, indent: place.indent + INDENT };
    const saidCount = this.#keys(mapping?.properties ?? {}, value, inner);
    const line = lineOf(saidCount === 0 ? `${key}: {}` : `${key}:`, comment, place);
    this.lines.splice(at, 0, line);
  }

  /** Gives how many keys there are that are no comments. */
  #keys(
    properties: Readonly<Record<string, KeySchema>>,
    value: Readonly<Record<string, unknown>>,
    place: Place,
  ): number {
    let count = 0;
    for (const [key, given] of Object.entries(properties)) {
      const path = [...place.path, key];
      const said = value[key] ?? defaultBeside(value, path);
      if (said !== undefined) count++;
      this.#entry(key, given, said, { ...place, path });
    }
    return count;
  }

  #list(
    key: string,
    given: KeySchema,
    value: readonly unknown[],
    comment: string,
    place: Place,
  ): void {
    const items = this.#schema.ways(given).find(({ type }) => type === "array")?.items;
    const isSteps = items !== undefined && this.#schema.mappingOf(items) !== undefined;
    const isShort = value.length === 0 || value.every((item) => typeof item === "number");
    this.#write(isShort ? `${key}: ${flowYaml(value, key)}` : `${key}:`, comment, place);
    const inner = { ...place, indent: place.indent + INDENT };
    if (isSteps) this.#forms(items, { ...inner, isUnsaid: true });
    if (isShort) return;
    for (const item of value) this.#write(`- ${flowYaml(item, key)}`, "", inner);
  }

  /** What else an item of a list may be. */
  #forms(items: KeySchema, place: Place): void {
    for (const { properties } of this.#schema.ways(items)) {
      if (properties === undefined || this.#wasShown(properties)) continue;
      const at = this.lines.length;
      this.#keys(properties, {}, { ...place, indent: place.indent + INDENT });
      const { left, comment } = this.lines[at]!;
      this.lines[at] = { left: left.replace("  # ", "# - "), comment };
    }
  }

  #unsaid(key: string, given: KeySchema, comment: string, place: Place): void {
    const ways = this.#schema.ways(given);
    const mapping = ways.find(({ properties }) => properties !== undefined);
    const unsaid = { ...place, isUnsaid: true };
    if (mapping?.properties === undefined || this.#wasShown(mapping.properties)) {
      this.#write(`${key}: ${this.#stand(key, ways)}`, comment, unsaid);
      return;
    }
    this.#write(`${key}:`, comment, unsaid);
    this.#keys(mapping.properties, {}, { ...unsaid, indent: place.indent + INDENT });
  }

  /** Unit and meaning, and which other keys there could be. */
  #comment(key: string, given: KeySchema, value: unknown): string {
    const { description } = this.#schema.resolve(given);
    const keys = Object.keys(this.#schema.mappingOf(given)?.properties ?? {});
    const isOther = keys.length > 0 && typeof value === "string";
    const parts = [unitOfKey(key), description, isOther ? `or { ${keys.join(", ")} }` : undefined];
    return parts.filter((part) => part !== undefined).join("; ");
  }

  #wasShown(properties: Readonly<Record<string, KeySchema>>): boolean {
    const keys = Object.keys(properties).join();
    const was = this.#shown.has(keys);
    this.#shown.add(keys);
    return was;
  }

  /** Stands for a value. */
  #stand(key: string, ways: readonly KeySchema[]): string {
    const way = ways.find((one) => one.const !== "none") ?? ways[0]!;
    if (way.enum !== undefined) return way.enum.slice(0, 4).join(" | ");
    if (way.properties !== undefined) return "{ ... }";
    if (way.type === "array") return "[...]";
    if (way.type === "string") return '"..."';
    return unitOfKey(key)?.toUpperCase() ?? "N";
  }

  #write(yaml: string, comment: string, place: Place): void {
    this.lines.push(lineOf(yaml, comment, place));
  }
}

function lineOf(yaml: string, comment: string, { indent, isUnsaid }: Place): Line {
  return { left: `${" ".repeat(indent)}${isUnsaid ? "# " : ""}${yaml}`, comment };
}

/** A status that is good or busy is not bad, whatever it is by default. */
function defaultBeside(
  beside: Readonly<Record<string, unknown>>,
  path: readonly string[],
): unknown {
  const value = keyDefault(path);
  if (path.at(-1) !== "bad" || !Array.isArray(value)) return value;
  const { good = keyDefault([...path.slice(0, -1), "good"]), busy = [] } = beside;
  return good === "any" ? [] : value.filter((status) => ![good, busy].flat().includes(status));
}

function lineText({ left, comment }: Line): readonly string[] {
  if (comment === "") return [left];
  const indent = " ".repeat(left.length - left.trimStart().length);
  if (left.length > LEFT_MAX) return [...wrapped(comment, indent), left];
  const column = " ".repeat(Math.max(COMMENT_COLUMN, left.length + 2));
  const [first = "", ...more] = wrapped(comment, column);
  return [left.padEnd(column.length) + first.slice(column.length), ...more];
}

function wrapped(comment: string, indent: string): readonly string[] {
  const lines: string[] = [];
  for (const word of comment.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(`${indent}# ${word}`);
  }
  return lines;
}
