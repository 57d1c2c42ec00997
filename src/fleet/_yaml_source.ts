import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import { DEPTH_MAX, yamlMistake } from "./_yaml_mistakes.ts";
import { FleetFileError, type FleetFileIssue } from "./fleet_file_error.ts";

/** Keys and indices from the file's root down. */
export type YamlPath = readonly PropertyKey[];

/** A thousand nodes written one by one are about a quarter of it. */
const TEXT_LENGTH_MAX = 512 * 1024;
/** Values with all aliases written out. */
const VALUE_COUNT_MAX = 200_000;
/** How much of a wrong value is quoted. */
const QUOTE_LENGTH_MAX = 40;

/**
 * A YAML file: its content as plain data, and the place of each part of it.
 *
 * Aliases are written out within bounds; keys are plain text; one document a file.
 */
export class YamlSource {
  /** Its content: mappings as objects, lists as arrays. */
  readonly content: unknown;
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;
  readonly #issues: FleetFileIssue[] = [];
  #anchored: ReadonlyMap<Alias, unknown> | undefined;
  #valueCount = 0;

  /**
   * Reads the text.
   *
   * @param file Name of the file.
   * @param text Its content.
   * @throws {FleetFileError} If it is no YAML, or more than a fleet file ever is.
   */
  constructor(file: string, text: string) {
    this.#file = file;
    if (text.length > TEXT_LENGTH_MAX) {
      const message = `expected at most ${TEXT_LENGTH_MAX} characters, not ${text.length}`;
      throw new FleetFileError(file, [{ line: 1, column: 1, path: "", message }]);
    }
    this.#document = parse(file, text, this.#lines);
    // What the parser finds behind its first error is of that error's making.
    const [error] = [...this.#document.errors, ...this.#document.warnings];
    if (error !== undefined) {
      const { code, message } = error;
      const place = this.#linePosition(error.pos[0]);
      this.#issues.push({ path: "", ...yamlMistake({ code, message, ...place }, text) });
    }
    this.#throwIssues();
    this.content = this.#toPlain(this.#document.contents, []);
    this.#throwIssues();
  }

  /**
   * Finds the place of a part.
   *
   * @param path The part; where it is missing, its nearest parent is taken.
   * @param at Whether its key is meant, or what follows it.
   * @returns Line and column, from 1.
   */
  placeOf(path: YamlPath, at: "key" | "value" = "value"): { line: number; column: number } {
    for (let length = path.length; length >= 0; length--) {
      const found = this.#find(path.slice(0, length));
      if (found === undefined) continue;
      const isExact = length === path.length;
      const offset = at === "key" && isExact ? found.keyOffset : found.valueOffset;
      return this.#linePosition(offset ?? found.keyOffset ?? 0);
    }
    return { line: 1, column: 1 };
  }

  /**
   * Quotes a part as it was written.
   *
   * @param path The part.
   * @returns For messages; `undefined` where there is no such part.
   */
  quote(path: YamlPath): string | undefined {
    const found = this.#find(path);
    if (found === undefined) return undefined;
    const { node } = found;
    if (isMap(node)) {
      const keys = node.items.map((item) => keyOf(item) ?? "?").join(", ");
      return keys === "" ? "an empty mapping" : shorten(`a mapping {${keys}}`);
    }
    if (isSeq(node)) return "a list";
    const value = isScalar(node) ? node.value : null;
    if (value === null) return "nothing";
    const text = isScalar(node) && typeof value !== "string" ? node.source : undefined;
    const shown = text ?? JSON.stringify(value);
    return shorten(shown);
  }

  #find(
    path: YamlPath,
  ): { node: unknown; keyOffset: number | undefined; valueOffset: number | undefined } | undefined {
    let node = this.#resolve(this.#document.contents);
    let keyOffset = offsetOf(node);
    let valueOffset = keyOffset;
    for (const step of path) {
      if (isSeq(node)) {
        const item: unknown = node.items[Number(step)];
        if (item === undefined) return undefined;
        keyOffset = valueOffset = offsetOf(item);
        node = this.#resolve(item);
        continue;
      }
      const pair = isMap(node)
        ? node.items.find((item) => keyOf(item) === String(step))
        : undefined;
      if (pair === undefined) return undefined;
      keyOffset = offsetOf(pair.key);
      valueOffset = offsetOf(pair.value) ?? keyOffset;
      node = this.#resolve(pair.value);
    }
    return { node, keyOffset, valueOffset };
  }

  #resolve(node: unknown): unknown {
    if (!isAlias(node)) return node;
    this.#anchored ??= anchoredIn(this.#document);
    return this.#anchored.get(node);
  }

  #toPlain(written: unknown, path: YamlPath): unknown {
    if (this.#issues.length > 0) return undefined;
    const node = this.#resolve(written);
    if (isAlias(written) && node === undefined) {
      return this.#refuse(
        offsetOf(written),
        `expected an anchor &${written.source} before its use`,
      );
    }
    if (path.length > DEPTH_MAX) {
      return this.#refuse(offsetOf(written), `expected at most ${DEPTH_MAX} levels`);
    }
    if (++this.#valueCount > VALUE_COUNT_MAX) {
      return this.#refuse(offsetOf(written), `expected at most ${VALUE_COUNT_MAX} values in all`);
    }
    if (isSeq(node)) return node.items.map((item, i) => this.#toPlain(item, [...path, i]));
    if (isMap(node)) return this.#mapToPlain(node.items, path);
    return isScalar(node) ? node.value : null;
  }

  #mapToPlain(items: readonly Pair[], path: YamlPath): unknown {
    const plain: Record<string, unknown> = {};
    for (const pair of items) {
      const key = keyOf(pair);
      if (key === undefined || key === "__proto__") {
        return this.#refuse(offsetOf(pair.key), "expected a plain word as key");
      }
      plain[key] = this.#toPlain(pair.value, [...path, key]);
    }
    return plain;
  }

  #refuse(offset: number | undefined, message: string): undefined {
    this.#issues.push({ ...this.#linePosition(offset ?? 0), path: "", message });
    return undefined;
  }

  #throwIssues(): void {
    if (this.#issues.length > 0) throw new FleetFileError(this.#file, this.#issues);
  }

  #linePosition(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function parse(file: string, text: string, lineCounter: LineCounter): Document {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, strict: true });
  } catch (error) {
    // The parser is recursive: what is nested too deeply ends its stack.
    if (!(error instanceof RangeError)) throw error;
    const message = `expected at most ${DEPTH_MAX} levels`;
    throw new FleetFileError(file, [{ line: 1, column: 1, path: "", message }]);
  }
}

/** What each alias stands for. Asked by itself, each would look through the whole file. */
function anchoredIn(document: Document): ReadonlyMap<Alias, unknown> {
  const anchors = new Map<string, unknown>();
  const anchored = new Map<Alias, unknown>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) anchored.set(node, anchors.get(node.source));
      else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return anchored;
}

function keyOf({ key }: Pair): string | undefined {
  return isScalar(key) && key.value !== null ? String(key.value) : undefined;
}

function shorten(text: string): string {
  return text.length > QUOTE_LENGTH_MAX ? text.slice(0, QUOTE_LENGTH_MAX - 3) + "..." : text;
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)
    ? node.range?.[0]
    : undefined;
}
