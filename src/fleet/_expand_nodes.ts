import { nearestWord } from "../core/mod.ts";
import { fillIndex } from "./_number_expression.ts";
import type { IssueList } from "./_issue_list.ts";
import type { YamlPath } from "./_yaml_source.ts";
import type { FleetDocument, NodeDocument, NodeFields } from "./fleet_schema.ts";

/** A fleet has no more nodes than this. */
const NODE_COUNT_MAX = 4096;

/** One node with its template and the defaults taken in. */
export interface ExpandedNode {
  /** Its name. */
  readonly name: string;
  /** Where its name stands. */
  readonly namePath: YamlPath;
  /** What `{i}` stands for. */
  readonly i: number;
  /** What it says, wherever that stands. */
  readonly fields: NodeFields;

  /**
   * Finds where the file says something.
   *
   * @param key The field.
   * @returns Its place; the node's own, where nothing says it.
   */
  pathOf(key: keyof NodeFields): YamlPath;
}

/**
 * Writes the nodes of a fleet out: ranges, templates, defaults.
 *
 * What stands nearer to the node replaces what stands farther away, field by field; `sim` is merged
 * key by key, so that a fault can be added to one node.
 *
 * @param document The file.
 * @param issues Takes its mistakes.
 * @returns The nodes, in the order of the file.
 */
export function expandNodes(document: FleetDocument, issues: IssueList): readonly ExpandedNode[] {
  const nodes: ExpandedNode[] = [];
  for (const [index, node] of document.nodes.entries()) {
    const sources = sourcesOf(document, node, index, issues);
    if (sources === undefined) continue;
    const fields = mergeFields(sources);
    const pathOf = (key: keyof NodeFields): YamlPath => {
      const source = sources.find((source) => source.fields[key] !== undefined);
      return [...(source ?? sources[0]!).path, key];
    };
    const namePath = ["nodes", index, "name"];
    checkName(node, namePath, issues);
    const first = node.first ?? 0;
    for (let i = first; i < first + (node.count ?? 1); i++) {
      nodes.push({ name: fillIndex(node.name, i), namePath, i, fields, pathOf });
    }
    if (nodes.length > NODE_COUNT_MAX) {
      issues.report(["nodes", index], `expected at most ${NODE_COUNT_MAX} nodes in all`);
      return [];
    }
  }
  return nodes;
}

interface FieldSource {
  readonly path: YamlPath;
  readonly fields: NodeFields;
}

/** The node itself, its template, the defaults: nearest first. */
function sourcesOf(
  document: FleetDocument,
  node: NodeDocument,
  index: number,
  issues: IssueList,
): readonly FieldSource[] | undefined {
  const { name: _name, count: _count, first: _first, template, ...fields } = node;
  const sources: FieldSource[] = [{ path: ["nodes", index], fields }];
  if (template !== undefined) {
    const found = ownEntry(document.templates ?? {}, template);
    if (found === undefined) {
      const names = Object.keys(document.templates ?? {});
      issues.report(["nodes", index, "template"], unknownName("templates", template, names));
      return undefined;
    }
    sources.push({ path: ["templates", template], fields: found });
  }
  if (document.defaults !== undefined) {
    sources.push({ path: ["defaults"], fields: document.defaults });
  }
  return sources;
}

function mergeFields(sources: readonly FieldSource[]): NodeFields {
  const merged = Object.assign({}, ...sources.toReversed().map(({ fields }) => fields));
  const sims = sources.toReversed().flatMap(({ fields }) => fields.sim ?? []);
  if (sims.length === 0) return merged;
  const behaviour = Object.assign({}, ...sims.map((sim) => sim.behaviour));
  return { ...merged, sim: { ...Object.assign({}, ...sims), behaviour } };
}

function checkName(node: NodeDocument, path: YamlPath, issues: IssueList): void {
  const isRange = node.count !== undefined;
  const counts = /\{i/.test(node.name);
  if (isRange && !counts) issues.reportValue(path, "expected {i} in the name of a range");
  if (!isRange && counts) {
    issues.report(path, "expected a count besides, as {i} stands in the name");
  }
}

/**
 * Looks a name up without finding what every object has.
 *
 * @param entries What is known by name.
 * @param name The name.
 * @returns The entry; `undefined` when there is none.
 */
export function ownEntry<Value>(
  entries: Readonly<Record<string, Value>>,
  name: string,
): Value | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

/**
 * Says that a name is not known.
 *
 * @param what Which names: `buses`.
 * @param name The name.
 * @param known The names that are.
 * @returns The message, with the name that was probably meant.
 */
export function unknownName(what: string, name: string, known: Iterable<string>): string {
  const names = [...known];
  const nearest = nearestWord(name, names) ?? nearestWord(name.replace(/\.\w+$/, ""), names);
  const hint = nearest === undefined
    ? names.length === 0 ? "; there are none" : `; there are ${names.slice(0, 12).join(", ")}`
    : `; did you mean "${nearest}"?`;
  return `expected one of the ${what}, not "${name}"${hint}`;
}
