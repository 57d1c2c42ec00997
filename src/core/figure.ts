/**
 * Formats a time for messages: at most three digits that mean something.
 *
 * @param ms The time, in ms.
 * @returns For example `0.125 ms`, `111 ms`, `5000 ms`.
 *
 * @example Usage
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { formatMs } from "./figure.ts";
 *
 * strictEqual(formatMs(111.40605409793554), "111 ms");
 * strictEqual(formatMs(5234.7), "5230 ms");
 * ```
 */
export function formatMs(ms: number): string {
  return `${Number(ms.toPrecision(3))} ms`;
}
