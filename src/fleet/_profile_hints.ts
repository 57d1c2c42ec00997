/** Words that documents and other tools have for what a profile calls otherwise. */
const WORDS: readonly (readonly [expected: RegExp, written: RegExp, meant: string])[] = [
  [/^expected segment or image/, /^(?:all|whole|application|full|once)$/i, "image"],
  [/^expected segment or image/, /^(?:each|sector|block|range)s?$/i, "segment"],
  [/^expected text, hex/, /^(?:ascii|string|utf-?8)$/i, "text"],
  [/^expected text, hex/, /^(?:raw|bytes|hexadecimal)$/i, "hex"],
  [/^expected auto, functional/, /^(?:yes|always|on|true)$/i, "auto"],
  [/^expected auto, functional/, /^(?:no|never|off|false)$/i, "none"],
  [/^expected a list of status bytes, or any$/, /^(?:all|every|\*)$/i, "any"],
];

/**
 * Says what was probably meant by a value of a profile.
 *
 * @param message What was expected.
 * @param found The value: a text without its quotes, or another one as it was written.
 * @returns The value that was meant; `undefined` where none is near.
 */
export function meantInProfile(message: string, found: string): string | undefined {
  const word = WORDS.find(([expected, written]) => expected.test(message) && written.test(found));
  if (word !== undefined) return word[2];
  if (message.startsWith("expected a data identifier") && /^[0-9A-F]{4}h?$/i.test(found)) {
    return `0x${found.slice(0, 4).toUpperCase()}`;
  }
  if (
    message.startsWith("expected a list of status bytes") && /^(?:0x)?[0-9A-F]{1,2}$/i.test(found)
  ) {
    return `[${found}]`;
  }
  if (message.startsWith("expected a list of steps") && found.startsWith("a mapping {")) {
    return "a list of it, [{ ... }]";
  }
  const isStep = message.startsWith("expected a request such as");
  return isStep && /^(?:[0-9]{2})+$/.test(found) ? `"${spaced(found)}"` : undefined;
}

/**
 * Says what was probably meant by a request that cannot be read.
 *
 * @param text The request as it was written, or something else that stands there.
 * @param message What is wrong with it.
 * @returns The end of a message; empty where nothing is near.
 */
export function requestHint(text: string, message: string): string {
  if (/\b0x[0-9a-f]{1,2}\b/i.test(text)) return '; bytes are written without 0x, as "31 01 FF 00"';
  const meant = meantRequest(text, message);
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

function meantRequest(text: string, message: string): string | undefined {
  if (message.includes("with bit 7 of its subfunction clear")) {
    return text.replace(
      /^([0-9A-Fa-f]{2}\s*)([89A-Fa-f])/,
      (_, sid: string, digit: string) => sid + (parseInt(digit, 16) - 8).toString(16).toUpperCase(),
    );
  }
  if (!message.startsWith("Cannot read request template")) return undefined;
  const mended = text
    .replaceAll(/\{[^{}]*$/g, (field) => `${field.trimEnd()}}`)
    .replaceAll(/\{(\w+) *: *([0-9]+) *be\}/gi, "{$1:$2}")
    .replaceAll(/\{(\w+):0\}/g, "{$1:4}")
    .replaceAll(/\{(\w+) *[,= ] *([0-9]+)\}/g, "{$1:$2}")
    .split(/(\{[^{}]*\})/).map((part) => part.startsWith("{") ? part : mendedBytes(part)).join("");
  return mended === text ? undefined : mended;
}

/** Letters that look like digits, and bytes of one digit; a lone 0 may be either half of one. */
function mendedBytes(part: string): string {
  // Alone it may be a part of anything.
  if (!/(?<![0-9A-Za-z])[0-9A-FOIl]{2}(?![0-9A-Za-z])/i.test(part)) return part;
  return part.replaceAll(/[Oo]/g, "0").replaceAll(/[Il]/g, "1").replaceAll(/[,;.-]/g, " ")
    .replaceAll(/(?<![0-9A-Fa-f])([1-9A-Fa-f])(?![0-9A-Fa-f])/g, "0$1");
}

function spaced(digits: string): string {
  return digits.match(/../g)!.join(" ");
}
