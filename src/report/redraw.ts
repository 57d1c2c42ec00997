import { visibleWidth } from "./_text.ts";

/** Begins and ends what a terminal shows at once. */
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_BELOW = "\x1b[0J";
/** Before a row, not behind it: there it would take the sign in the last column away. */
const CLEAR_LINE = "\x1b[2K";
/** A row that is wider than measured must not move the rows below it. */
const WRAP_OFF = "\x1b[?7l";
const WRAP_ON = "\x1b[?7h";

/**
 * Draws rows over the rows drawn before.
 *
 * @param rows The rows, none wider than the terminal.
 * @param drawnCount How many rows were drawn before; the cursor stands below them.
 * @returns What to write to the terminal; afterwards the cursor stands below the rows.
 */
export function redraw(rows: readonly string[], drawnCount: number): string {
  const up = drawnCount > 0 ? `\x1b[${drawnCount}A\r` : "";
  const lines = rows.map((row) => `${CLEAR_LINE}${row}\n`).join("");
  return `${HIDE_CURSOR}${WRAP_OFF}${up}${lines}${CLEAR_BELOW}${WRAP_ON}${SHOW_CURSOR}`;
}

/**
 * Counts the lines that rows take after the terminal's size has changed: terminals break lines anew
 * that have become too long.
 *
 * @param rows The rows, as they were drawn.
 * @param size The terminal now.
 * @returns How far up the first of them is; never beyond the top of the terminal.
 */
export function linesAfterResize(
  rows: readonly string[],
  size: { readonly columns: number; readonly rows: number },
): number {
  const columns = Math.max(1, size.columns);
  const lines = rows.reduce(
    (sum, row) => sum + Math.max(1, Math.ceil(visibleWidth(row) / columns)),
    0,
  );
  return Math.min(lines, Math.max(0, size.rows - 1));
}

/**
 * Puts a line above rows that stay, so that a log runs upwards out of the terminal.
 *
 * @param line The line.
 * @param rows The rows.
 * @param drawnCount How many rows were drawn before.
 * @returns What to write to the terminal.
 */
export function drawAbove(line: string, rows: readonly string[], drawnCount: number): string {
  const up = drawnCount > 0 ? `\x1b[${drawnCount}A\r` : "";
  return `${up}${CLEAR_LINE}${line}\n${redraw(rows, 0)}`;
}
