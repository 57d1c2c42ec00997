import type { Cell } from "./screen.ts";

const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 18;
const PADDING = 14;
const COLORS: Readonly<Record<number, string>> = {
  0: "#d4d4d4",
  1: "#ffffff",
  2: "#8b949e",
  31: "#ff7b72",
  32: "#7ee787",
  36: "#79c0ff",
};

/**
 * Draws the lines of a terminal.
 *
 * @param lines The lines.
 * @param size The terminal's size.
 * @param title For who cannot see it.
 * @returns An SVG.
 */
export function terminalSvg(
  lines: readonly (readonly Cell[])[],
  size: { readonly columns: number; readonly rows: number },
  title: string,
): string {
  const width = Math.ceil(size.columns * CELL_WIDTH + 2 * PADDING);
  const height = size.rows * CELL_HEIGHT + 2 * PADDING;
  const rows = lines.slice(0, size.rows).map((line, row) => {
    const y = PADDING + (row + 1) * CELL_HEIGHT - 4;
    return line.length === 0 ? "" : `<text y="${y}">${spansOf(line)}</text>\n`;
  }).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img">\n<title>${escape(title)}</title>\n` +
    `<rect width="100%" height="100%" rx="6" fill="#0d1117"/>\n` +
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" ` +
    `font-size="14">\n${rows}</g>\n</svg>\n`;
}

/** Words of one colour, each group beginning at its own column, so that no font moves the rest. */
function spansOf(line: readonly Cell[]): string {
  let text = "";
  for (let i = 0; i < line.length;) {
    const from = i;
    const { code } = line[i]!;
    while (i < line.length && line[i]!.code === code) i++;
    const signs = line.slice(from, i).map(({ sign }) => sign).join("");
    for (const { 0: words, index } of signs.matchAll(/\S+(?: \S+)*/g)) {
      text += spanOf(words, from + index, code);
    }
  }
  return text;
}

function spanOf(words: string, column: number, code: number): string {
  const x = (PADDING + column * CELL_WIDTH).toFixed(1);
  const length = (words.length * CELL_WIDTH).toFixed(1);
  const weight = code === 1 ? ' font-weight="bold"' : "";
  return `<tspan x="${x}" textLength="${length}" lengthAdjust="spacingAndGlyphs" ` +
    `fill="${COLORS[code] ?? COLORS[0]}"${weight}>${escape(words)}</tspan>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
