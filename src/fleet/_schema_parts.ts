import { nearestWord } from "../core/mod.ts";
import { z } from "zod";
import { NUMBER_EXPRESSION } from "./_number_expression.ts";
import { SIZE_TEXT } from "./_size_text.ts";

/**
 * A mapping that has these keys and no others; each unknown key gets its own line of message, in
 * the order of the issue's keys.
 *
 * @param shape Its keys.
 * @param what What was expected where something else stands.
 * @returns The schema.
 */
export function mapping<Shape extends z.core.$ZodShape>(
  shape: Shape,
  what = "a mapping",
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? (issue.keys as string[]).map((key) => unknownKey(key, known, shape)).join("\n")
        : `expected ${what}`,
  });
}

/**
 * A mapping of names that the author chooses.
 *
 * @param value What each name stands for.
 * @param what What the whole is, for messages.
 * @returns The schema.
 */
export function named<Value extends z.ZodType>(
  value: Value,
  what: string,
): z.ZodRecord<typeof nameText, Value> {
  return z.record(nameText, value, {
    error: (issue) => issue.code === "invalid_key" ? `expected ${NAME_RULE}` : `expected ${what}`,
  });
}

/**
 * An integer within bounds.
 *
 * @param min Smallest.
 * @param max Largest.
 * @param what For messages; the bounds by default.
 * @returns The schema.
 */
export function integer(min: number, max: number, what = `an integer in ${min}..${max}`): z.ZodInt {
  const message = `expected ${what}`;
  return z.int(message).min(min, message).max(max, message);
}

/**
 * A number within bounds.
 *
 * @param min Smallest.
 * @param max Largest.
 * @param what For messages.
 * @returns The schema.
 */
export function number(min: number, max: number, what: string): z.ZodNumber {
  const message = `expected ${what}`;
  return z.number(message).min(min, message).max(max, message);
}

/**
 * A text of a form.
 *
 * @param form The form.
 * @param what For messages.
 * @returns The schema.
 */
export function text(form: RegExp, what: string): z.ZodString {
  const message = `expected ${what}`;
  return z.string(message).regex(form, message);
}

/**
 * One of some words.
 *
 * @param words The words.
 * @returns The schema.
 */
export function word<const Words extends readonly string[]>(
  words: Words,
): z.ZodEnum<z.core.util.ToEnum<Words[number]>> {
  return z.enum(words, `expected ${words.join(", ").replace(/, ([^,]*)$/, " or $1")}`);
}

/**
 * A list.
 *
 * @param item Its items.
 * @param what For messages.
 * @returns The schema.
 */
export function list<Item extends z.ZodType>(item: Item, what: string): z.ZodArray<Item> {
  return z.array(item, `expected ${what}`);
}

const NAME_RULE = "a name of letters, digits, . _ and -";
const nameText = text(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, NAME_RULE);

const SIZE_RULE = "a size in bytes, or as 32K or 1M";
const COUNTED_RULE = "a number, or a sum with {i} such as 0x200 + {i}";

/** Durations of profiles and virtual nodes: an hour is more than any of them. */
const MS_MAX = 3_600_000;

/** Words, numbers and bytes that occur in many places. */
export const PART = {
  name: nameText,
  nodeName: text(
    /^[A-Za-z0-9](?:[A-Za-z0-9_.-]|\{i(?::[1-9])?\}){0,63}$/,
    `${NAME_RULE}, {i} where a range counts`,
  ),
  // What begins with a typographic quote was meant to be quoted, and is not.
  line: text(/^(?![\u2018-\u201F\u00AB])[^\p{Cc}]{1,256}$/u, "a text of one line"),
  flag: z.boolean("expected true or false"),
  byte: integer(0, 0xFF, "a byte, 0x00..0xFF"),
  did: integer(0, 0xFFFF, "a data identifier, 0x0000..0xFFFF"),
  address: integer(0, 0xFFFF_FFFF, "an address, 0x00000000..0xFFFFFFFF"),
  ms: number(0, MS_MAX, `milliseconds, 0..${MS_MAX}`),
  positiveMs: number(0.001, MS_MAX, `milliseconds above 0, at most ${MS_MAX}`),
  ratio: number(0, 1, "a ratio, 0..1"),
  bytes: text(
    /^\s*(?:[0-9A-Fa-f]{2}\s*){1,256}$/,
    'bytes as hexadecimal text without 0x, for example "A5 5A"',
  ),
  size: z.union([
    integer(1, 0xFFFF_FFFF, SIZE_RULE),
    text(SIZE_TEXT, SIZE_RULE),
  ], `expected ${SIZE_RULE}`),
  counted: z.union([
    integer(0, 0xFFFF_FFFF, COUNTED_RULE),
    text(NUMBER_EXPRESSION, COUNTED_RULE),
  ], `expected ${COUNTED_RULE}`),
} as const;

/** Words of other tools, and the keys that mean the same here. */
const SYNONYMS: readonly (readonly [RegExp, string])[] = [
  [/^(?:tx|can|req)_?id$|^(?:tx|id)$/i, "request"],
  [/^(?:rx|resp?)_?id$|^rx$/i, "response"],
  [/^(?:mcu|chip|cpu|target|soc|controller|type)$/i, "device"],
  [/^(?:firmware|binary|hex|app|fw)$/i, "image"],
  [/^(?:path|filename|hex|elf|bin|src)$/i, "file"],
  [/^(?:offset|address|start|loadaddress|load_address)$/i, "base"],
  [/^(?:speed|baud|baudrate|rate|kbps|bps)$/i, "bitrate"],
  [/^(?:fd_?bitrate|fd_?rate|data_?rate)$/i, "dataBitrate"],
  [/^(?:interface|channel|port|device|adapter)$/i, "url"],
  [/^(?:flash|memory|partitions?|map)$/i, "layout"],
  [/^(?:length|len|bytes)$/i, "size"],
  [/^(?:from|origin|begin|address|base)$/i, "start"],
  [/^(?:key|seedkey|seed_key|unlock)$/i, "security"],
  [/^(?:id|title|label)$/i, "name"],
];

function unknownKey(key: string, known: readonly string[], shape: z.core.$ZodShape): string {
  const synonym = SYNONYMS.find(([form, meant]) => form.test(key) && known.includes(meant))?.[1];
  const nearest = synonym ?? nearestWord(key, known);
  if (nearest !== undefined) return `unknown key, did you mean "${nearest}"?`;
  const inner = innerNames(known, shape).find((name) => keysOf(shape[name]).includes(key));
  if (inner !== undefined) return `unknown key here, it belongs in "${inner}"`;
  return `unknown key, expected one of ${known.join(", ")}`;
}

/** A section that is always a mapping is meant rather than one that may be none, and than a list. */
function innerNames(known: readonly string[], shape: z.core.$ZodShape): readonly string[] {
  const kinds = [z.ZodObject, z.ZodUnion, z.ZodArray];
  const kindOf = (name: string): number => {
    const schema = shape[name];
    const inner = schema instanceof z.ZodExactOptional ? schema.unwrap() : schema;
    return kinds.findIndex((kind) => inner instanceof kind);
  };
  return kinds.flatMap((_, i) => known.filter((name) => kindOf(name) === i));
}

/** The keys of a mapping, or of those in a list. */
function keysOf(schema: z.core.$ZodType | undefined): readonly string[] {
  if (schema instanceof z.ZodExactOptional) return keysOf(schema.unwrap());
  if (schema instanceof z.ZodArray) return keysOf(schema.element);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(keysOf);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
