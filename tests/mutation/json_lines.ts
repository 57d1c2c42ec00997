/** Files of JSON, one value a line, that a killed process leaves usable. */

/**
 * Reads such a file.
 *
 * @param path The file; one that is missing holds nothing.
 * @returns The values; a line that is torn is passed over.
 */
export function readLines<T>(path: string): T[] {
  let text = "";
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}

/**
 * Adds a value.
 *
 * @param path The file.
 * @param value The value.
 */
export function addLine(path: string, value: unknown): void {
  // A line break first, too: the process before may have been killed within a line.
  Deno.writeTextFileSync(path, `\n${JSON.stringify(value)}\n`, { append: true });
}
