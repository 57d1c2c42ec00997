/** One fenced block of a document. */
export interface DocBlock {
  /** `sh`, `yaml`, `js`, ...; nothing for plain text. */
  readonly language: string;
  /** What stands behind it: `hardware`, `beside`, or the name of the file that the block is. */
  readonly words: readonly string[];
  /** Its content, moved left. */
  readonly text: string;
}

/** Words that look like something to type. */
const COMMAND = /^\s*(?:\$ )?(?:sudo |scripts\/|canvoy |deno |docker |ip link|cp -r|chmod )/;
/** Blocks whose lines are not for typing: what a program says. */
const OUTPUT = "text";

/**
 * Takes the fenced blocks out of a document.
 *
 * @param markdown The document.
 * @returns The blocks, in their order.
 */
export function docBlocks(markdown: string): readonly DocBlock[] {
  return [...markdown.matchAll(/^( *)```(.*)\n([\s\S]*?)^ *```$/gm)].map((found) => {
    const [, indent, info, body] = found as unknown as [string, string, string, string];
    const [language = "", ...words] = info.trim().split(/\s+/);
    const text = body.split("\n").map((line) =>
      line.startsWith(indent) ? line.slice(indent.length) : line
    );
    return { language, words, text: text.join("\n") };
  });
}

/**
 * Finds lines to type that no test would run: outside of fenced blocks, or in blocks of other kinds.
 *
 * @param markdown The document.
 * @returns The lines.
 */
export function strayCommands(markdown: string): readonly string[] {
  const outside = markdown.replace(/^( *)```[\s\S]*?^ *```$/gm, "").split("\n")
    .filter((line) => line.startsWith("    "));
  const inside = docBlocks(markdown)
    .filter(({ language }) => language !== "sh" && language !== OUTPUT)
    .flatMap(({ text }) => text.split("\n"));
  return [...outside, ...inside].filter((line) => COMMAND.test(line));
}

/**
 * Finds configurations that no test would read: blocks of YAML that name no file.
 *
 * @param markdown The document.
 * @returns Their first lines.
 */
export function strayConfigs(markdown: string): readonly string[] {
  return docBlocks(markdown)
    .filter(({ language, words }) => language === "yaml" && !words.some((one) => one.includes(".")))
    .map(({ text }) => text.split("\n")[0]!);
}
