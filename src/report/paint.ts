/** What a piece of text is: decides its colour. */
export type Tone = "good" | "busy" | "bad" | "dim" | "strong";

/**
 * Colours a piece of text.
 *
 * @param text The text.
 * @param tone What it is.
 * @returns The text, with escape codes around it or without.
 */
export type Paint = (text: string, tone: Tone) => string;

const CODES: Readonly<Record<Tone, number>> = { good: 32, busy: 36, bad: 31, dim: 2, strong: 1 };

/**
 * Colours by ANSI escape codes.
 *
 * @param text The text.
 * @param tone What it is.
 * @returns The text between escape codes.
 */
export function paintAnsi(text: string, tone: Tone): string {
  return `\x1b[${CODES[tone]}m${text}\x1b[0m`;
}

/**
 * Colours nothing: for pipes, and where NO_COLOR is set.
 *
 * @param text The text.
 * @returns The text.
 */
export function paintNothing(text: string): string {
  return text;
}
