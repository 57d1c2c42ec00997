/** Phrases of docs/explanation/words.md that were rewritten do not come back. */
import { deepStrictEqual, ok } from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
const WORDS = "docs/explanation/words.md";
/** Where readers meet canvoy's English: what it prints, and what is written about it. */
const READ = ["src", "docs", "configs", "scripts"];
const READ_FILES = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md"];

/** The left column of the table of rewritten sentences. */
function rewritten(markdown: string): readonly string[] {
  const table = markdown.split("| before")[1] ?? "";
  return table.split("\n").slice(2).flatMap((row) => {
    const [, before] = /^\| (.*?) +\| /.exec(row) ?? [];
    return before === undefined ? [] : [before.replaceAll("\\|", "|")];
  });
}

/** Files below a folder that are text. */
function files(folder: string): readonly string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return files(path);
    return /\.(ts|md|yaml|json|html|js)$/.test(name) && path !== WORDS ? [path] : [];
  });
}

/** The phrases that occur in a text, however its lines are broken. */
function oldPhrases(text: string, phrases: readonly string[]): readonly string[] {
  const joined = text.replace(/" \+\n\s*"/g, "").replace(/\n\s*(?:\*|\/\/)? ?/g, " ");
  return phrases.filter((phrase) => joined.includes(phrase));
}

const PHRASES = rewritten(Deno.readTextFileSync(new URL(WORDS, ROOT)));

Deno.test("tidy: sentences that were rewritten do not come back", () => {
  const found = [...READ.flatMap(files), ...READ_FILES].map((path) =>
    [path, oldPhrases(Deno.readTextFileSync(new URL(path, ROOT)), PHRASES)] as const
  );
  deepStrictEqual(found.filter(([, phrases]) => phrases.length > 0), []);
});

Deno.test("each of at least forty old sentences is found where it stands", () => {
  ok(PHRASES.length >= 40, `${PHRASES.length}`);
  for (const phrase of PHRASES) {
    const half = phrase.lastIndexOf(" ");
    const broken = half < 0 ? phrase : `${phrase.slice(0, half)}\n   * ${phrase.slice(half + 1)}`;
    deepStrictEqual(oldPhrases(`// ${broken}`, [phrase]), [phrase]);
  }
});
