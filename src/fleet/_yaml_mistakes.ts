/** What a YAML parser found. */
interface YamlError {
  /** Its kind. */
  readonly code: string;
  /** In the parser's words. */
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A mistake in a file's YAML, in words of the file. */
interface YamlMistake {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What was expected. */
  readonly message: string;
}

/** Fleet files are six deep; what is deeper is an alias that holds itself. */
export const DEPTH_MAX = 32;

/** Kinds that a wrong indent, a missing space or a missing bracket may all be told as. */
const STRUCTURE: ReadonlySet<string> = new Set([
  "BAD_INDENT",
  "BLOCK_AS_IMPLICIT_KEY",
  "BLOCK_IN_FLOW",
  "MISSING_CHAR",
  "MULTILINE_IMPLICIT_KEY",
]);

/** Blanks that look like spaces and are none, as word processors write them. */
const OTHER_BLANK = /[\u00A0\u2000-\u200B\u202F\u205F\u3000\uFEFF]/;

/**
 * Says what a parser's error means to somebody who writes a fleet file: where the mistake is, which
 * may be a line before or behind, and what was expected there.
 *
 * @param error What the parser found first.
 * @param text The whole file.
 * @returns The mistake.
 */
export function yamlMistake(error: YamlError, text: string): YamlMistake {
  const lines = text.split(/\r?\n/);
  const { code, line, column } = error;
  const written = lines[line - 1] ?? "";
  const here = (message: string): YamlMistake => ({ line, column, message });
  if (code === "TAB_AS_INDENT") return here("expected spaces in front, not a tab");
  if (code === "DUPLICATE_KEY") {
    const key = /^[^:\s]+/.exec(written.slice(column - 1))?.[0] ?? "";
    return here(`expected each key once, ${JSON.stringify(key)} stands in this mapping already`);
  }
  if (code === "BAD_SCALAR_START") {
    return here(`expected quotes around a text that begins with ${written.charAt(column - 1)}`);
  }
  // The parser is recursive: what is nested too deeply ends its stack, and it says so.
  if (code === "RESOURCE_EXHAUSTION") return here(`expected at most ${DEPTH_MAX} levels`);
  if (code === "MULTIPLE_DOCS") return here("expected one fleet in a file, and no --- between");
  const [, closing] = /"([}\]])"$/.exec(error.message) ?? [];
  if (code === "UNEXPECTED_TOKEN" && closing !== undefined) {
    return here(`expected no ${closing} here: none is open`);
  }
  const quote = openQuote(line, lines);
  if (quote !== undefined) return quote;
  const outside = BEHIND_END.test(error.message) ? behindEnd(error, lines) : undefined;
  if (outside !== undefined) return outside;
  const found = STRUCTURE.has(code) ? structureMistake(error, lines) : undefined;
  if (found !== undefined) return found;
  if (BEHIND_END.test(error.message)) {
    return here("expected nothing behind the value that ends here, or quotes around all of it");
  }
  return here(error.message.slice(0, 1).toLowerCase() + error.message.slice(1));
}

/** A quote above, or in this line, that is not closed in its line. */
function openQuote(line: number, lines: readonly string[]): YamlMistake | undefined {
  for (let number = line; number > 0; number--) {
    const written = lines[number - 1]!;
    // A text in quotes begins behind a key, a dash, a bracket or a comma.
    const begins = /(?:^|[:\-,[{]\s*)(["'])/g;
    let end = 0;
    for (let found = begins.exec(written); found !== null; found = begins.exec(written)) {
      if (/(?:^|\s)#/.test(written.slice(end, found.index + 1))) break;
      const mark = found[1]!;
      const open = found.index + found[0].length - 1;
      const close = written.indexOf(mark, open + 1);
      if (close < 0) {
        const message = `expected a ${mark} that closes this one`;
        return { line: number, column: open + 1, message };
      }
      end = begins.lastIndex = close + 1;
    }
  }
  return undefined;
}

/** What the parser says where more stands behind a value that has ended. */
const BEHIND_END = /^Unexpected [\w-]+ at node end$/;

/** A text that begins with a brace but is none, or a comma as JSON has it. */
function behindEnd(
  { line }: YamlError,
  lines: readonly string[],
): YamlMistake | undefined {
  const written = (lines[line - 1] ?? "").replace(/\s+#.*$/, "").trimEnd();
  const [, key, value] = /^\s*(?:-\s+)?([\w.-]+):\s+(\{i(?::\d)?\}.*)$/.exec(written) ??
    [];
  if (key !== undefined) {
    const column = written.length - value!.length + 1;
    const [, factor, first] = /^\{i\}\s*(?:\*\s*(\w+)\s*)?\+\s*(\w+)$/.exec(value!) ?? [];
    const meant = key === "name"
      ? `node-${value}`
      : first === undefined
      ? `"${value}"`
      : `${first} + {i}${factor === undefined ? "" : ` * ${factor}`}`;
    const expected = key === "name"
      ? "a name that begins with a letter or a digit"
      : "quotes around a text that begins with {";
    return { line, column, message: `expected ${expected}; did you mean ${key}: ${meant}?` };
  }
  if (!written.endsWith(",")) return undefined;
  return { line, column: written.length, message: "expected no comma at the end of the line" };
}

function structureMistake(error: YamlError, lines: readonly string[]): YamlMistake | undefined {
  const { line, message } = error;
  const written = lines[line - 1] ?? "";
  if (/end with a [}\]]$/.test(message)) {
    const opened = openedAbove(line, lines);
    if (opened !== undefined) return opened;
  }
  const blank = written.replace(/#.*/, "").search(OTHER_BLANK);
  if (blank >= 0) {
    const number = written.charCodeAt(blank).toString(16).toUpperCase().padStart(4, "0");
    return { line, column: blank + 1, message: `expected a space, not the blank U+${number}` };
  }
  const at = (message: string): YamlMistake => ({
    line,
    column: written.length - written.trimStart().length + 1,
    message,
  });
  const inner = /[{,]\s*[\w.-]+:\s+([^\s,{}"'][^,{}"']*:\s[^,{}"']*)[,}]/.exec(written);
  if (inner !== null && !/^[\w.-]+\s+[\w.-]+:\s/.test(inner[1]!)) {
    const column = written.indexOf(inner[1]!, inner.index) + 1;
    return { line, column, message: 'expected quotes around a text with ": " in it' };
  }
  const comma = /\{[^{}]*:\s+[^\s,{}"']+\s+([\w.-]+):\s/.exec(written);
  if (comma !== null) {
    const column = written.indexOf(comma[1]!, comma.index) + 1;
    return { line, column, message: `expected a comma in front of ${JSON.stringify(comma[1])}` };
  }
  const [, dash = "", key, value] = /^\s*(-\s+)?([\w.-]+):([^\s"'#].*)$/.exec(written) ?? [];
  if (key !== undefined) {
    return at(`expected a space behind the colon: ${JSON.stringify(`${dash}${key}: ${value}`)}`);
  }
  const item = /^\s*-([A-Za-z].*)$/.exec(written)?.[1];
  if (item !== undefined) {
    return at(`expected a space behind the dash: ${JSON.stringify(`- ${item}`)}`);
  }
  const [, first, rest] = /^\s*(?:-\s+)?([\w.-]+)\s+([^:#\s][^:#]*)$/.exec(written) ?? [];
  if (first !== undefined) {
    const value = rest!.trim().replace(/^=\s*/, "");
    return at(`expected a colon behind the key: ${JSON.stringify(`${first}: ${value}`)}`);
  }
  if (/^[^"'{[#]*:\s+[^\s"'{[#]\S*:\s*$/.test(written)) {
    return at("expected quotes around a text that ends with a colon");
  }
  if (/^[^"'{[#]*:\s[^"'{[#]*:\s/.test(written)) {
    return at('expected one key in a line, or quotes around a text with ": " in it');
  }
  return indentMistake(error, lines);
}

/** The last line above with a bracket that is not closed in it. */
function openedAbove(line: number, lines: readonly string[]): YamlMistake | undefined {
  for (let number = line; number > 0; number--) {
    const written = lines[number - 1]!.replace(/(^|\s)#.*$/, "$1").replaceAll(
      /\{i(?::\d)?\}/g,
      "   ",
    );
    for (const [open, close] of [["{", "}"], ["[", "]"]] as const) {
      const column = written.lastIndexOf(open);
      if (column < 0 || written.indexOf(close, column) >= 0) continue;
      return {
        line: number,
        column: column + 1,
        message: `expected a ${close} that closes this ${open}`,
      };
    }
  }
  return undefined;
}

/** The line that is not where its neighbour's key is: this one, or the next. */
function indentMistake(
  { code, line }: YamlError,
  lines: readonly string[],
): YamlMistake | undefined {
  const isWritten = (text: string | undefined): boolean => !/^\s*(#.*)?$/.test(text ?? "");
  const next = lines.findIndex((text, i) => i >= line && isWritten(text));
  const isItself = code === "BAD_INDENT" || code === "MISSING_CHAR";
  const isNextDeeper = !isItself && next >= 0 &&
    keyColumn(lines[next]!) > keyColumn(lines[line - 1]!);
  const wrong = isNextDeeper ? next : line - 1;
  const above = lines.findLastIndex((text, i) => i < wrong && isWritten(text));
  if (above < 0) return undefined;
  const expected = keyColumn(lines[above]!);
  const column = keyColumn(lines[wrong]!);
  if (column === expected) return undefined;
  return {
    line: wrong + 1,
    column: column + 1,
    message: `expected ${expected} columns in front of the key, as in line ${
      above + 1
    }, not ${column}`,
  };
}

/** How many columns stand in front of a line's key; a dash is one of them. */
function keyColumn(line: string): number {
  return /^\s*(?:-\s+)*/.exec(line)![0].length;
}
