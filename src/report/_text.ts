/** The escape codes that colour text. */
const COLOUR = new RegExp(`${String.fromCharCode(0x1B)}\\[[0-9;]*m`, "g");

/**
 * Cuts a line to a width, colours not counted.
 *
 * @param line One line.
 * @param columns The width.
 * @returns The line, or its beginning and `…`; a line that was cut has no colours.
 */
export function cut(line: string, columns: number): string {
  const plain = line.replace(COLOUR, "");
  if (plain.length <= columns) return line;
  return columns < 1 ? "" : plain.slice(0, columns - 1) + "…";
}

/**
 * Measures a line as a terminal shows it.
 *
 * @param line One line.
 * @returns Its characters, colours not counted.
 */
export function visibleWidth(line: string): number {
  return line.replace(COLOUR, "").length;
}

/**
 * Breaks a text into lines between its words; a word that is longer than a line is broken itself.
 *
 * @param text One paragraph, without colours.
 * @param columns The width.
 * @returns The lines, at least one; nothing of the text is lost but blanks at their ends.
 */
export function wrapWords(text: string, columns: number): readonly string[] {
  const width = Math.max(1, columns);
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== "") lines.push(line);
    for (; word.length > width; word = word.slice(width)) lines.push(word.slice(0, width));
    line = word;
  }
  return [...lines, line];
}

/**
 * Formats a count of bytes for people.
 *
 * @param count The bytes.
 * @returns For example `812 B`, `63.4 KiB`, `1.25 MiB`.
 */
export function formatBytes(count: number): string {
  if (count < 1024) return `${Math.round(count)} B`;
  if (count < 1024 * 1024) return `${(count / 1024).toFixed(1)} KiB`;
  return `${(count / 1024 / 1024).toFixed(2)} MiB`;
}

/**
 * Formats a duration for people.
 *
 * @param ms The duration, in ms.
 * @param isShort Whether the unit of minutes is left out.
 * @returns For example `0.4 s`, `12.3 s`, `2:05 min`.
 */
export function formatDuration(ms: number, isShort = false): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return isShort ? formatClock(ms) : `${formatClock(ms)} min`;
}

/**
 * Formats a duration as clocks do, for what is only a guess.
 *
 * @param ms The duration, in ms.
 * @returns For example `0:04`, `12:05`, `1:02:05`.
 */
export function formatClock(ms: number): string {
  const whole = Math.round(Math.max(0, ms) / 1000);
  const seconds = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${seconds}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${seconds}`;
}

/**
 * Counts things in words.
 *
 * @param count How many.
 * @param singular What one is called.
 * @param plural What several are called.
 * @returns For example `1 retry`, `3 retries`.
 */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}
