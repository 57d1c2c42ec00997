import type { z } from "zod";
import { nearestWord } from "../core/mod.ts";
import { hintFor } from "./_value_hints.ts";
import { FleetFileError, type FleetFileIssue } from "./fleet_file_error.ts";
import type { YamlPath, YamlSource } from "./_yaml_source.ts";

type ZodIssue = z.core.$ZodIssue;

/** Collects the mistakes of one file, each at its place and each once. */
export class IssueList {
  readonly #file: string;
  readonly #source: YamlSource;
  readonly #issues = new Map<string, FleetFileIssue>();
  readonly #perNode = new Map<string, { readonly first: FleetFileIssue; moreCount: number }>();
  /** Mistakes in files that this one names, by file. */
  readonly #others: FleetFileIssue[] = [];

  /**
   * Begins without mistakes.
   *
   * @param file Name of the file.
   * @param source Its content.
   */
  constructor(file: string, source: YamlSource) {
    this.#file = file;
    this.#source = source;
  }

  /**
   * Notes a mistake.
   *
   * @param path What it is about.
   * @param message What was expected.
   * @param at Whether the key is meant, or what follows it.
   */
  report(path: YamlPath, message: string, at: "key" | "value" = "value"): void {
    const place = this.#source.placeOf(path, at);
    const issue = { ...place, path: formatPath(path), message };
    this.#issues.set(`${place.line}:${place.column}:${issue.path}:${message}`, issue);
  }

  /**
   * Tells where a part stands.
   *
   * @param path The part.
   * @returns File, line and column, as messages begin; `undefined` where there is no such part.
   */
  placeOf(path: YamlPath): string | undefined {
    if (this.#source.quote(path) === undefined) return undefined;
    const { line, column } = this.#source.placeOf(path, "key");
    return `${this.#file}:${line}:${column}`;
  }

  /**
   * Takes over what is wrong with a file that this one names.
   *
   * @param error Its mistakes; each mistake counts once, however often the file is named.
   */
  adopt({ file, issues }: FleetFileError): void {
    if (this.#others.some((other) => other.file === file)) return;
    this.#others.push(...issues.map((issue) => ({ file, ...issue })));
  }

  /**
   * Notes a mistake that each node of a range makes, with its own numbers: the first is told, the
   * others are counted.
   *
   * @param path What it is about.
   * @param message What was expected of this node.
   */
  reportPerNode(path: YamlPath, message: string): void {
    const id = formatPath(path);
    const known = this.#perNode.get(id);
    if (known !== undefined) {
      if (known.first.message !== message) known.moreCount++;
      return;
    }
    const first = { ...this.#source.placeOf(path, "value"), path: id, message };
    this.#perNode.set(id, { first, moreCount: 0 });
  }

  /**
   * Notes that a value is not what was expected; quotes it.
   *
   * @param path The value.
   * @param expected What was expected, as "expected ...".
   * @param hint What was probably meant, as "did you mean ...?".
   */
  reportValue(path: YamlPath, expected: string, hint?: string): void {
    const found = this.#source.quote(path);
    if (found === undefined) this.report(path, `missing, ${expected}`);
    else this.report(path, `${expected}, not ${found}${hint === undefined ? "" : `; ${hint}`}`);
  }

  /**
   * Quotes a part of the file.
   *
   * @param path The part.
   * @returns It as it was written; `undefined` where there is none.
   */
  quote(path: YamlPath): string | undefined {
    return this.#source.quote(path);
  }

  /**
   * Notes what the schema found.
   *
   * @param issues Its issues.
   */
  reportSchemaIssues(issues: readonly ZodIssue[]): void {
    for (const issue of issues.flatMap((issue) => innermost(issue, []))) this.#reportSchema(issue);
  }

  /** @returns How many mistakes there are so far. */
  get count(): number {
    return this.#issues.size + this.#perNode.size + this.#others.length;
  }

  /**
   * Ends the reading when there were mistakes.
   *
   * @throws {FleetFileError} With all mistakes, by place.
   */
  throwIfAny(): void {
    if (this.count === 0) return;
    const perNode = [...this.#perNode.values()].map(({ first, moreCount }) => ({
      ...first,
      message: first.message + moreNodes(moreCount),
    }));
    const issues = [...this.#issues.values(), ...perNode]
      .sort((left, right) => left.line - right.line || left.column - right.column);
    throw new FleetFileError(this.#file, [...issues, ...this.#others]);
  }

  #reportSchema(issue: ZodIssue): void {
    switch (issue.code) {
      case "unrecognized_keys": {
        const messages = issue.message.split("\n");
        issue.keys.forEach((key, i) => this.report([...issue.path, key], messages[i]!, "key"));
        break;
      }
      case "invalid_key":
        this.report(issue.path, issue.message, "key");
        break;
      default:
        this.reportValue(issue.path, issue.message, this.#hintFor(issue));
    }
  }

  #hintFor(issue: ZodIssue): string | undefined {
    const found = this.#source.quote(issue.path);
    return found === undefined ? undefined : hintFor(issue, found);
  }
}

/**
 * Says that a mistake is one of several.
 *
 * @param count How many nodes more make it.
 * @returns The end of a message.
 */
export function moreNodes(count: number): string {
  return count === 0 ? "" : `, and so for ${count} more ${count === 1 ? "node" : "nodes"}`;
}

/** Of a union, the issues of the one branch that was clearly meant; otherwise the union's own. */
function innermost(issue: ZodIssue, base: YamlPath): readonly ZodIssue[] {
  const path = [...base, ...issue.path];
  if (issue.code !== "invalid_union") return [{ ...issue, path }];
  const branches = issue.errors
    .map((branch) => branch.flatMap((inner) => innermost(inner, path)))
    .filter((branch) => branch.some((inner) => isInside(inner, path)))
    .map((branch) => ({ branch, weight: branch.reduce((sum, inner) => sum + weightOf(inner), 0) }))
    .sort((left, right) => left.weight - right.weight);
  const [best, next] = branches;
  if (best !== undefined && best.weight !== next?.weight) return best.branch;
  return [misspelt(issue, path) ?? { ...issue, path }];
}

/** A key that no branch of a union knows, but that is near to one. */
function misspelt(union: ZodIssue, path: YamlPath): ZodIssue | undefined {
  const found = unknownKeys(union);
  for (const key of new Set(found.flatMap(({ keys }) => keys))) {
    if (!found.every(({ keys }) => keys.includes(key))) continue;
    const lines = found.map(({ keys, message }) => message.split("\n")[keys.indexOf(key)]!);
    const meant = lines.flatMap((line) => /did you mean "(.*)"\?$/.exec(line)?.[1] ?? []);
    const nearest = nearestWord(key, meant);
    if (nearest === undefined) continue;
    const message = `unknown key, did you mean "${nearest}"?`;
    return { code: "unrecognized_keys", keys: [key], path: [...path], message };
  }
  return undefined;
}

function unknownKeys(
  issue: ZodIssue,
): readonly { readonly keys: readonly string[]; readonly message: string }[] {
  if (issue.code === "unrecognized_keys") return issue.path.length === 0 ? [issue] : [];
  return issue.code === "invalid_union" ? issue.errors.flat().flatMap(unknownKeys) : [];
}

function isInside(issue: ZodIssue, path: YamlPath): boolean {
  return issue.path.length > path.length || issue.code === "unrecognized_keys";
}

function weightOf(issue: ZodIssue): number {
  return issue.code === "unrecognized_keys" ? issue.keys.length : 1;
}

/**
 * Writes a path as messages have it.
 *
 * @param path The path.
 * @returns For example `nodes[3].request`.
 */
export function formatPath(path: YamlPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? String(step) : `.${String(step)}`;
  }
  return text;
}
