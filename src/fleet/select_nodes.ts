import { CanvoyError, nearestWord } from "../core/mod.ts";
import type { Fleet, FleetFileNode } from "./fleet.ts";
import { isMeantBy } from "./node_selector.ts";

/** A selection that names what the fleet does not have, or leaves nothing. */
export class SelectionError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "SELECTION";

  /**
   * States what is wrong.
   *
   * @param state What is wrong.
   */
  constructor(state: string) {
    super(`Cannot select nodes: ${state}`);
  }
}

/** Which nodes of a fleet are meant: words as `isMeantBy` takes them. */
export interface NodeSelection {
  /** These and no others; all when empty. */
  readonly only: readonly string[];
  /** Not these. */
  readonly except: readonly string[];
}

/**
 * Selects nodes.
 *
 * @param fleet The fleet.
 * @param selection Which of its nodes.
 * @returns At least one node, in the order of the file.
 * @throws {SelectionError} If a word means no node, or no node is left.
 */
export function selectNodes(fleet: Fleet, selection: NodeSelection): readonly FleetFileNode[] {
  const known = new Set(fleet.nodes.flatMap(({ name, groups }) => [name, ...groups]));
  for (const word of [...selection.only, ...selection.except]) {
    if (fleet.nodes.some((node) => isMeantBy(word, node))) continue;
    throw new SelectionError(unknownState(fleet.file, word, known));
  }
  const isMeant = (node: FleetFileNode, words: readonly string[]): boolean =>
    words.some((word) => isMeantBy(word, node));
  const selected = fleet.nodes.filter((node) =>
    (selection.only.length === 0 || isMeant(node, selection.only)) &&
    !isMeant(node, selection.except)
  );
  if (selected.length === 0) throw new SelectionError("nothing is left of the fleet");
  return selected;
}

/** Names that a message lists. */
const NAMED_MAX = 8;

function unknownState(file: string, name: string, known: ReadonlySet<string>): string {
  if (/[*?]|\d\.\./.test(name)) return `${file} has no node and no group like "${name}"`;
  // A name with another number is another node's.
  const digits = name.replaceAll(/\D/g, "");
  const alike = [...known].filter((other) => other.replaceAll(/\D/g, "") === digits);
  const nearest = nearestWord(name, alike);
  const hint = nearest === undefined
    ? `; it has ${[...known].slice(0, NAMED_MAX).join(", ")}` +
      (known.size > NAMED_MAX ? ` and ${known.size - NAMED_MAX} more` : "")
    : `, did you mean "${nearest}"?`;
  return `${file} has no node and no group "${name}"${hint}`;
}
