const FUNCTION_LINES_MAX = 70;

/** Whether a script wrote a file: it says so at its top. */
export function isGenerated(text: string): boolean {
  return /^\/\/ Made of .* by scripts\/\w+\.ts; a test keeps it in step\.$/m.test(
    text.slice(0, 300),
  );
}

/** How many lines a text has; the last one ends it. */
export function lineCount(text: string): number {
  return text.split("\n").length - 1;
}

/**
 * Functions and methods that are too long, as `name (lines)`.
 *
 * It reads what `deno fmt` wrote: a body ends at the `}` that stands as far in as its first line.
 */
export function longFunctions(text: string): readonly string[] {
  const lines = text.split("\n");
  const found: string[] = [];
  for (const [index, line] of lines.entries()) {
    const name = functionName(line);
    if (name === undefined) continue;
    const indent = /^ */.exec(line)![0];
    const length = lines.slice(index).findIndex((end, i) => i > 0 && end === `${indent}}`) + 1;
    if (length > FUNCTION_LINES_MAX) found.push(`${name} (${length} lines)`);
  }
  return found;
}

function functionName(line: string): string | undefined {
  if (line.endsWith(";")) return undefined;
  return /^ *(?:export )?function\*? (\w+)[(<]/.exec(line)?.[1] ??
    /^ {2}(?:(?:static|override|get|set) )*([#\w]+)\(.*\{?$/.exec(line)?.[1];
}

/** Words that put something off, and switches that leave a test out, as `line: words`. */
export function forbiddenWords(text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) => {
    const word = FORBIDDEN.exec(line)?.[0];
    return word === undefined ? [] : [`${index + 1}: ${word}`];
  });
}

// In pieces, so that this file does not find itself.
const FORBIDDEN = new RegExp(
  [
    "\\b(?:TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b",
    "Deno\\.test\\.(?:on" + "ly|ignore)",
    "\\b(?:on" + "ly|ignore): true",
    "\\bdeb" + "ugger;",
  ].join("|"),
);

/** Paths of this repository that a document names in code: `src/core`, `scripts/test`. */
export function mentionedPaths(markdown: string): readonly string[] {
  const found = markdown.matchAll(/(?<![\w./-])((?:src|tests|scripts|configs|docs)\/[\w./-]*\w)/g);
  return [...found].map(([, path]) => path!);
}

/** Targets of relative links of a document. */
export function linkTargets(markdown: string): readonly string[] {
  return [...markdown.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)].map(([, path]) => path!);
}

/**
 * Files that a module imports from beside it, types included.
 *
 * @param text The module.
 * @returns As they are written: `./frame.ts`.
 */
export function importedFiles(text: string): readonly string[] {
  return [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)"/gm)].map(([, path]) =>
    path!
  );
}

/**
 * Finds circles of imports.
 *
 * @param imports What each file imports, by its path.
 * @returns A circle for each file that lies on one, from it back to it.
 */
export function circles(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...imports.keys()].flatMap((start) => {
    const cameFrom = new Map<string, string>();
    const waiting = [start];
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      for (const next of imports.get(file) ?? []) {
        if (next === start) {
          const way = [start];
          for (let at: string | undefined = file; at !== undefined && at !== start;) {
            way.unshift(at);
            at = cameFrom.get(at);
          }
          return [[start, ...way].join(" -> ")];
        }
        if (cameFrom.has(next)) continue;
        cameFrom.set(next, file);
        waiting.push(next);
      }
    }
    return [];
  });
}
