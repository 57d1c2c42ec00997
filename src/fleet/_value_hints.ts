import type { z } from "zod";
import { nearestWord } from "../core/mod.ts";
import { NUMBER_EXPRESSION } from "./_number_expression.ts";

type ZodIssue = z.core.$ZodIssue;

/** What stands where a range counts, as other programs write it. */
const COUNTER = /\$?\{\s*i\s*\}|\$i\b|<i>|%d/gi;
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
  const isBare = /^[\w.+-]+$/.test(found) && found !== NOTHING;
  if (isBare && expected === "string" && message.includes("a text of one line")) {
    return `"${found}"`;
  }
  if (message.includes("hexadecimal text")) return bytesOf(found);
  if (message.startsWith("expected bit/s") && /^[0-9]{2,4}$/.test(found)) return `${found}000`;
  if (message.includes("{idBits: 29") && Number(found) > SHORT_ID_MAX) {
    return `{idBits: 29, id: ${found}}`;
  }
  return undefined;
}

function meantByText(issue: ZodIssue, text: string): string | undefined {
  const { message } = issue;
  if (message.includes("hexadecimal text")) return bytesOf(text);
  const nearest = nearestWord(text, wordsOf(issue).filter((word) => isSameNumber(word, text)));
  if (nearest !== undefined) return nearest;
  const expected = issue.code === "invalid_type" ? issue.expected : undefined;
  if (expected === "array" && /^[\w.-]+$/.test(text)) return `[${text}]`;
  if (message.includes("a size")) {
    const [, size, unit] = /^([1-9]\d*) ?([km])i?b?$/i.exec(text) ?? [];
    return size === undefined ? undefined : `${size}${unit!.toUpperCase()}`;
  }
  if (message.includes("{i}")) return meantByCounted(text, message.includes("a sum"));
  if (expected === undefined || expected === "string") return undefined;
  const [, digits, factor] = /^(\d+(?:\.\d+)?) ?([kKM]?)(?:bit|bps|bit\/s|Bd|Hz|ms)?$/.exec(text) ??
    [];
  if (digits === undefined) return undefined;
  return String(Number(digits) * (factor === "" ? 1 : factor === "M" ? 1e6 : 1000));
}

/** A word with another number in it names another thing, though one letter makes it of the other. */
function isSameNumber(word: string, text: string): boolean {
  return word.replaceAll(/\D/g, "") === text.replaceAll(/\D/g, "");
}

/** A sum without its braces, a number without its `0x`, a name with another mark. */
function meantByCounted(text: string, isSum: boolean): string | undefined {
  if (isSum && /^[0-9A-Fa-f]{3,8}$/.test(text)) return `0x${text}`;
  const marked = text.replaceAll(COUNTER, "{i}");
  const candidate = isSum ? marked.replaceAll(/(?<![{\w])i(?![}\w])/gi, "{i}") : marked;
  if (candidate === text || (isSum && !NUMBER_EXPRESSION.test(candidate))) return undefined;
  return isSum ? candidate : `"${candidate}"`;
}

/** The words that stood to choose from. */
function wordsOf(issue: ZodIssue): readonly string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code !== "invalid_union") return [];
  return issue.errors.flatMap((branch) => branch.flatMap(wordsOf));
}
