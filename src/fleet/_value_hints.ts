import type { z } from "zod";
import {
  ADDRESS_RANGE_RULE,
  hex,
  meantAddressRange,
  meantNumber,
  mendNumbers,
  nearestWord,
  parseAddressRange,
  rangeSizeBytes,
} from "../core/mod.ts";
import { meantInProfile } from "./_profile_hints.ts";
import { NUMBER_EXPRESSION } from "./_number_expression.ts";
import { SIZE_TEXT, sizeBytes } from "./_size_text.ts";

type ZodIssue = z.core.$ZodIssue;

/** What stands where a range counts, as other programs write it. */
const COUNTER = /\$?\{\s*i\s*\}|\$i\b|<i>|\[i\]|%d/gi;
/** How a key without a value is told. */
const NOTHING = "nothing";
/** Longest 11-bit identifier. */
const SHORT_ID_MAX = 0x7FF;

/**
 * Says what was probably meant by a value that is wrong.
 *
 * @param issue What the schema found.
 * @param found The value as it was written; texts with their quotes.
 * @returns `did you mean ...?`; `undefined` where nothing is near.
 */
export function hintFor(issue: ZodIssue, found: string): string | undefined {
  const isText = found.startsWith('"');
  const meant = isText ? meantByText(issue, found.slice(1, -1)) : meantByOther(issue, found);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

/** Bytes as C writes them. */
function bytesOf(text: string): string | undefined {
  const pairs = text.replaceAll(/0x/gi, " ").trim().replaceAll(/[\s,]+/g, "");
  if (!/0x/i.test(text) || !/^(?:[0-9A-Fa-f]{2}){1,16}$/.test(pairs)) return undefined;
  return `"${pairs.match(/../g)!.join(" ")}"`;
}

function meantByOther({ code, message, ...issue }: ZodIssue, found: string): string | undefined {
  const expected = code === "invalid_type" && "expected" in issue ? issue.expected : undefined;
  const own = meantInProfile(message, found);
  if (own !== undefined) return own;
  const isBare = /^[\w.+-]+$/.test(found) && found !== NOTHING;
  if (isBare && expected === "string" && message.includes("a text of one line")) {
    return `"${found}"`;
  }
  if (message.includes("hexadecimal text")) return bytesOf(found);
  if (message.startsWith("expected bit/s") && /^[0-9]{2,4}$/.test(found)) return `${found}000`;
  if (message.includes("{idBits: 29") && Number(found) > SHORT_ID_MAX) {
    return `{idBits: 29, id: ${found}}`;
  }
  if (message.includes("a sum with {i}") && found === "a mapping {i}") return '"{i}"';
  return undefined;
}

function meantByText(issue: ZodIssue, text: string): string | undefined {
  const { message } = issue;
  if (message.includes("hexadecimal text")) return bytesOf(text);
  const own = meantInProfile(message, text);
  if (own !== undefined) return own;
  const words = wordsOf(issue);
  const nearest = nearestWord(text, words.filter((word) => isSameNumber(word, text))) ??
    onlyEnding(text, words);
  if (nearest !== undefined) return nearest;
  if (message.includes("expected true")) return meantFlag(text);
  if (message.endsWith(", or none") && meantFlag(text) === "false") return "none";
  const expected = issue.code === "invalid_type" ? issue.expected : undefined;
  if (expected === "array" && /^[\w.-]+$/.test(text)) return `[${text}]`;
  if (message.includes("a size")) return meantSize(text);
  if (message.includes(ADDRESS_RANGE_RULE)) return meantAddressRange(text);
  if (message.includes("{start, size}")) return regionOf(text);
  if (message.includes("a sum")) return meantSum(text);
  if (message.includes("an address")) return meantNumber(text) ?? addressOf(text);
  if (message.includes("a name of letters")) return meantName(issue, text);
  if (message.includes("a text of one line")) return withoutQuotes(text);
  if (expected === undefined || expected === "string") return undefined;
  return meantQuantity(text) ?? meantNumber(text);
}

/** The one word of all that ends so. */
function onlyEnding(text: string, words: readonly string[]): string | undefined {
  const ending = words.filter((word) => word.toLowerCase().endsWith(text.toLowerCase()));
  return ending.length === 1 && text.length > 1 ? ending[0] : undefined;
}

/** As YAML had them once. */
function meantFlag(text: string): "true" | "false" | undefined {
  if (/^(?:yes|on|y|true)$/i.test(text)) return "true";
  return /^(?:no|off|n|false)$/i.test(text) ? "false" : undefined;
}

/** A duration or a rate with its unit. */
function meantQuantity(text: string): string | undefined {
  const [, digits, factor] = /^(\d+(?:\.\d+)?) ?([kKM]?)(?:bit|bps|bit\/s|Bd|Hz|ms)?$/.exec(text) ??
    [];
  if (digits === undefined) return undefined;
  return String(Number(digits) * (factor === "" ? 1 : factor === "M" ? 1e6 : 1000));
}

/** In another unit, or half of one. */
function meantSize(text: string): string | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?) ?([km])i?b?$/i.exec(text) ?? [];
  if (count === undefined) return meantNumber(text);
  const kib = Number(count) * (unit!.toUpperCase() === "M" ? 1024 : 1);
  if (kib === 0 || !Number.isInteger(kib)) return undefined;
  return Number.isInteger(Number(count)) ? `${Number(count)}${unit!.toUpperCase()}` : `${kib}K`;
}

/** A range where a mapping stands. */
function regionOf(text: string): string | undefined {
  const range = parseAddressRange(text);
  if (range === undefined) return undefined;
  const size = rangeSizeBytes(range);
  return `{start: ${hex(range.start, 8)}, size: ${size % 1024 === 0 ? `${size / 1024}K` : size}}`;
}

/** An address as a sum: `0x08000000 + 32K`. */
function addressOf(text: string): string | undefined {
  let sum = 0;
  for (const term of text.split("+")) {
    const word = term.trim();
    const isNumber = /^(?:0x[0-9A-Fa-f]{1,8}|[0-9]{1,10})$/.test(word);
    if (!isNumber && !SIZE_TEXT.test(word)) return undefined;
    sum += isNumber ? Number(word) : sizeBytes(word);
  }
  return sum < 2 ** 32 ? hex(sum, 8) : undefined;
}

/** As editors and word processors write them. */
function withoutQuotes(text: string): string | undefined {
  const inner = /^[\u2018-\u201F\u00AB](.+?)[\u2018-\u201F\u00BB]?$/.exec(text)?.[1];
  return inner === undefined ? undefined : `"${inner}"`;
}

/** A name of one's own: with the marks that may stand in it. One of others is none of its letters. */
function meantName({ path }: ZodIssue, text: string): string | undefined {
  const counted = text.replaceAll(COUNTER, "{i}").replaceAll(/\{i:0([1-9])d?\}/g, "{i:$1}");
  if (path.at(-1) !== "name") return undefined;
  const plain = counted.normalize("NFD").replaceAll(/\p{M}/gu, "")
    .replaceAll(/(?:[\s\u2010-\u2015/]|(?<!\{i):)+/g, "-");
  const meant = plain.startsWith("{i") ? `node-${plain}` : plain;
  const isName = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]|\{i(?::[1-9])?\}){0,63}$/.test(meant);
  return meant !== text && isName ? `"${meant}"` : undefined;
}

/** A word with another number in it names another thing, though one letter makes it of the other. */
function isSameNumber(word: string, text: string): boolean {
  return word.replaceAll(/\D/g, "") === text.replaceAll(/\D/g, "");
}

/** A sum without its braces or with others, a number without its `0x` or with letters in it. */
function meantSum(text: string): string | undefined {
  if (/^[0-9A-Fa-f]{3,8}$/.test(text)) return `0x${text}`;
  const marked = text.replaceAll(COUNTER, "{i}").replace(/^\((.*)\)$/, "$1");
  const counted = marked.replaceAll(/(?<![{\w])i(?![}\w])/gi, "{i}");
  const candidate = mendNumbers(counted).replace(/^\+/, "").trim();
  return candidate !== text && NUMBER_EXPRESSION.test(candidate) ? candidate : undefined;
}

/** The words that stood to choose from. */
function wordsOf(issue: ZodIssue): readonly string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code !== "invalid_union") return [];
  return issue.errors.flatMap((branch) => branch.flatMap(wordsOf));
}
