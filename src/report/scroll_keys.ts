/** A key that scrolls the rows of nodes. */
export type ScrollKey = "up" | "down" | "pageUp" | "pageDown" | "home" | "end";

/** How far rows can be scrolled. */
export interface ScrollRange {
  /** How many rows are in sight at once. */
  readonly pageRows: number;
  /** How many rows are scrolled past when the last one is in sight. */
  readonly endRows: number;
}

/** A key as it is sent: a control sequence, `ESC O` and a sign, `ESC` and a sign, or a sign alone. */
// deno-lint-ignore no-control-regex
const KEY = /\x1b(?:\[[0-?]{0,16}[ -/]?[@-~]|O[ -~]|[^[O\x1b])|[^\x1b]/g;
/** The beginning of a key whose end has not been read yet. */
// deno-lint-ignore no-control-regex
const BEGUN = /\x1b(?:\[[0-?]{0,16}[ -/]?|O)?$/;

/** What terminals send: as they are, in application mode, and by the numbers of the VT220. */
const SCROLL_KEYS: ReadonlyMap<string, ScrollKey> = new Map([
  ...keysOf("up", "k", "\x1b[A", "\x1bOA"),
  ...keysOf("down", "j", "\x1b[B", "\x1bOB"),
  ...keysOf("pageUp", "\x1b[5~"),
  ...keysOf("pageDown", "\x1b[6~"),
  ...keysOf("home", "g", "\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"),
  ...keysOf("end", "G", "\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~"),
]);

function keysOf(key: ScrollKey, ...sent: readonly string[]): readonly [string, ScrollKey][] {
  return sent.map((text) => [text, key]);
}

/**
 * Finds the keys that scroll in what was typed; all others are passed over.
 *
 * @param typed What was read, behind the rest of what was read before.
 * @returns The keys, and the rest: the beginning of a key that is not whole yet.
 *
 * @example Usage
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { decodeKeys } from "./scroll_keys.ts";
 *
 * deepStrictEqual(decodeKeys("j\x1b["), { keys: ["down"], rest: "\x1b[" });
 * deepStrictEqual(decodeKeys("\x1b[" + "6~"), { keys: ["pageDown"], rest: "" });
 * ```
 */
export function decodeKeys(
  typed: string,
): { readonly keys: readonly ScrollKey[]; readonly rest: string } {
  const rest = BEGUN.exec(typed)?.[0] ?? "";
  const whole = typed.slice(0, typed.length - rest.length);
  const keys = [...whole.matchAll(KEY)].map(([sent]) => SCROLL_KEYS.get(sent))
    .filter((key) => key !== undefined);
  return { keys, rest };
}

/**
 * Scrolls.
 *
 * @param scrolledRows How many rows were scrolled past.
 * @param key The key.
 * @param range How far it goes.
 * @returns How many rows are scrolled past now.
 */
export function scroll(scrolledRows: number, key: ScrollKey, range: ScrollRange): number {
  const { pageRows, endRows } = range;
  const steps = { up: -1, down: 1, pageUp: -pageRows, pageDown: pageRows, home: -Infinity };
  const rows = key === "end" ? endRows : scrolledRows + steps[key];
  return Math.max(0, Math.min(rows, endRows));
}
