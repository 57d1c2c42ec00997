/** Begins and ends what a terminal shows at once. */
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_BELOW = "\x1b[0J";
const CLEAR_LINE_END = "\x1b[K";

/**
 * Draws rows over the rows drawn before.
 *
 * @param rows The rows, none wider than the terminal.
 * @param drawnCount How many rows were drawn before; the cursor stands below them.
 * @returns What to write to the terminal; afterwards the cursor stands below the rows.
 */
export function redraw(rows: readonly string[], drawnCount: number): string {
  const up = drawnCount > 0 ? `\x1b[${drawnCount}A\r` : "";
  const lines = rows.map((row) => `${row}${CLEAR_LINE_END}\n`).join("");
  return `${HIDE_CURSOR}${up}${lines}${CLEAR_BELOW}${SHOW_CURSOR}`;
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
  return `${up}${line}${CLEAR_LINE_END}\n${redraw(rows, 0)}`;
}
