/** Mutants: small changes to code that a machine makes, and what they are known by. */

/** A change as the instrumenter tells it; lines and columns count from 0. */
export interface RawMutant {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: {
    readonly start: { readonly line: number; readonly column: number };
    readonly end: { readonly line: number; readonly column: number };
  };
}

/** What a mutant is known by, wherever its lines move to. */
export interface MutantName {
  /** The file, from the project's folder. */
  readonly file: string;
  /** The function around it, as `name` or `Class.name`; empty outside of functions. */
  readonly function: string;
  /** What is changed into what, on one line; a long text is shortened and has a digest. */
  readonly change: string;
  /** Which of several equal changes in that function it is, from 1 on. */
  readonly nth: number;
}

/** A mutant in an instrumented folder. */
export interface Mutant extends MutantName {
  /** The instrumenter's number: switches it on, and changes with every edit. */
  readonly id: string;
  /** Its line, from 1 on. */
  readonly line: number;
}

const TEXT_MAX = 160;

/**
 * Gives mutants of one file their names.
 *
 * @param file The file's path from the project's folder.
 * @param source Its text.
 * @param raw Its mutants, in any order.
 * @returns The mutants, as they stand in the file.
 */
export function nameMutants(file: string, source: string, raw: readonly RawMutant[]): Mutant[] {
  const lines = source.split("\n");
  const seen = new Map<string, number>();
  const ordered = [...raw].sort((a, b) =>
    a.location.start.line - b.location.start.line ||
    a.location.start.column - b.location.start.column || Number(a.id) - Number(b.id)
  );
  return ordered.map(({ id, location, replacement }) => {
    const found = functionAround(lines, location.start.line);
    const change = `${shortened(textAt(lines, location))} -> ${shortened(replacement)}`;
    const key = `${found}\n${change}`;
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    return { id, file, function: found, change, nth, line: location.start.line + 1 };
  });
}

/**
 * One text for a name, to compare and to store by.
 *
 * @param name The name.
 * @returns The text.
 */
export function keyOf(name: MutantName): string {
  return [name.file, name.function, name.change, name.nth].join("\n");
}

function textAt(lines: readonly string[], { start, end }: RawMutant["location"]): string {
  if (start.line === end.line) return lines[start.line]!.slice(start.column, end.column);
  const between = lines.slice(start.line + 1, end.line);
  return [lines[start.line]!.slice(start.column), ...between, lines[end.line]!.slice(0, end.column)]
    .join("\n");
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  if (line.length <= TEXT_MAX) return line;
  return `${line.slice(0, TEXT_MAX - 12)}... #${digest(line)}`;
}

/** FNV-1a, 32 bits: tells texts apart that begin alike. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

const OUTER = /^(?:export )?(?:default )?(?:async )?(?:abstract )?(function\*?|class|const) (\w+)/;

/** Reads what `deno fmt` wrote: what is around a line stands further out. */
function functionAround(lines: readonly string[], line: number): string {
  let indent = Infinity;
  let method = "";
  for (let at = line; at >= 0 && indent > 0; at--) {
    const text = lines[at]!;
    const own = /^ */.exec(text)![0].length;
    // `): Type {` ends a header of several lines, which begins further up.
    if (text.trim() === "" || own >= indent || /^ *[)}\]]/.test(text)) continue;
    indent = own;
    const [, kind, outer] = OUTER.exec(text) ?? [];
    if (outer !== undefined) {
      return kind === "class" && method !== "" ? `${outer}.${method}` : outer;
    }
    method = methodName(text) ?? method;
  }
  return method;
}

function methodName(line: string): string | undefined {
  return /^ {2}(?:(?:static|override|async|private|readonly|get|set) )*\*?(#?\w+)(?:<.*>)?\((?:.*[{(,])?$/
    .exec(line)?.[1]?.replace(/^(?:if|for|while|switch|return|super)$/, "") || undefined;
}
