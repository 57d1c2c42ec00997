import { bytesToHex } from "../core/mod.ts";

/** What one rule of docs/group-download.md came to on a node. */
export interface GroupFinding {
  /** Where the rule stands: `3.1`, `4.2`. */
  readonly section: string;
  /** The rule, as what a good node does. */
  readonly rule: string;
  /** `skipped`: it could not be tried on this node. */
  readonly result: "ok" | "wrong" | "skipped";
  /** What a good node answers or shows; `**` stands for any byte. */
  readonly expected: string;
  /** What this one did; why it was skipped. */
  readonly seen: string;
}

/** Longer answers are not shown whole. */
const SHOWN_BYTES_MAX = 48;

/**
 * Shows bytes as they came.
 *
 * @param answer An answer; empty: none came.
 * @returns Hexadecimal bytes, or `silence`.
 */
export function seenText(answer: Uint8Array): string {
  if (answer.length === 0) return "silence";
  const rest = answer.length - SHOWN_BYTES_MAX;
  return bytesToHex(answer.subarray(0, SHOWN_BYTES_MAX)) + (rest > 0 ? ` and ${rest} more` : "");
}

/**
 * Compares an answer with what is expected.
 *
 * @param answer The answer.
 * @param expected Hexadecimal bytes; `**` stands for any, `...` at the end for any more.
 * @returns Whether they fit.
 */
export function isLike(answer: Uint8Array, expected: string): boolean {
  const isOpen = expected.endsWith("...");
  const wanted = expected.replace(/ ?\.\.\.$/, "").split(" ");
  if (isOpen ? answer.length < wanted.length : answer.length !== wanted.length) return false;
  return wanted.every((text, i) => text === "**" || parseInt(text, 16) === answer[i]);
}
