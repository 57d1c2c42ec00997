/** The repository's own layout, kept by a test: what STYLE and CONTRIBUTING promise of it. */
import { deepStrictEqual, ok } from "node:assert/strict";
import {
  circles,
  forbiddenWords,
  importedFiles,
  isGenerated,
  lineCount,
  linkTargets,
  longFunctions,
  mentionedPaths,
} from "./_rules.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;
const FILE_LINES_MAX = 400;

/** What convention expects at the top, beside what is not kept. */
const TOP_LEVEL = [
  ".ci",
  ".gitignore",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "DECISIONS.md",
  "LICENSE",
  "README.md",
  "SECURITY.md",
  "configs",
  "deno.json",
  "deno.lock",
  "docs",
  "mod.ts",
  "package.json",
  "scripts",
  "src",
  "tests",
];
/** What tools and git leave there. */
const NOT_KEPT = [".git", ".deno-npm", "node_modules", "coverage"];

/** Every file below a folder, as paths from the project; in a fixed order. */
function filesBelow(folder: string): readonly string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(`${PROJECT}/${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...filesBelow(path));
    else found.push(path);
  }
  return found.sort();
}

function foldersBelow(folder: string): readonly string[] {
  return [...new Set(filesBelow(folder).map((path) => path.slice(0, path.lastIndexOf("/"))))];
}

const SOURCES = filesBelow("src");
const CODE = [...SOURCES, ...filesBelow("tests"), ...filesBelow("scripts"), "mod.ts"].filter((
  path,
) => path.endsWith(".ts"));
const DOCUMENTS = [...Deno.readDirSync(PROJECT)].map(({ name }) => name).filter((name) =>
  name.endsWith(".md")
);

function text(path: string): string {
  return Deno.readTextFileSync(`${PROJECT}/${path}`);
}

Deno.test("tidy: each file of src has at most 400 lines, each function at most 70", () => {
  const written = SOURCES.filter((path) => !isGenerated(text(path)));
  const long = written.filter((path) => lineCount(text(path)) > FILE_LINES_MAX);
  deepStrictEqual(long, []);
  deepStrictEqual(
    written.flatMap((path) => longFunctions(text(path)).map((found) => `${path}: ${found}`)),
    [],
  );
});

Deno.test("tidy: files of src have snake_case names", () => {
  deepStrictEqual(
    SOURCES.filter((path) => !/\/_?[a-z0-9]+(_[a-z0-9]+)*\.(ts|js|css|html|json)$/.test(path)),
    [],
  );
  deepStrictEqual(foldersBelow("src").filter((path) => !/^[a-z0-9/_]+$/.test(path)), []);
});

Deno.test("tidy: no file imports itself by way of others, types included", () => {
  const imports = SOURCES.filter((path) => path.endsWith(".ts")).map((path) => {
    const found = importedFiles(text(path)).map((name) =>
      new URL(name, `file:///${path}`).pathname
    );
    return [path, found.map((name) => name.slice(1))] as const;
  });
  deepStrictEqual(circles(new Map(imports)), []);
});

Deno.test("tidy: each layer has its door", () => {
  const layers = [...Deno.readDirSync(`${PROJECT}/src`)].map(({ name }) => name);
  // The command line is entered by main.ts, not by import.
  const doors = layers.filter((name) => name !== "cli").map((name) => `src/${name}/mod.ts`);
  deepStrictEqual(doors.filter((door) => !SOURCES.includes(door)), []);
  ok(SOURCES.includes("src/cli/main.ts"));
});

Deno.test("tidy: tests/unit mirrors src and scripts", () => {
  const known = new Set([...foldersBelow("src"), "src/scripts"]);
  const strange = foldersBelow("tests/unit").map((path) => path.replace("tests/unit", "src"))
    .filter((path) => path !== "src" && !known.has(path));
  deepStrictEqual(strange, []);
  const untested = [...Deno.readDirSync(`${PROJECT}/src`)].map(({ name }) => name).filter((name) =>
    !foldersBelow("tests").some((path) => path.split("/").includes(name))
  );
  // What is tested by whole updates and properties instead of by itself.
  deepStrictEqual(untested.filter((name) => !["core", "update"].includes(name)), []);
});

Deno.test("tidy: nothing is put off, and no test is left out", () => {
  deepStrictEqual(
    CODE.flatMap((path) => forbiddenWords(text(path)).map((found) => `${path}:${found}`)),
    [],
  );
});

Deno.test("tidy: the top level holds what convention expects", () => {
  const there = [...Deno.readDirSync(PROJECT)].map(({ name }) => name).filter((name) =>
    !NOT_KEPT.includes(name) && !name.endsWith(".log")
  );
  deepStrictEqual(there.filter((name) => !TOP_LEVEL.includes(name)).sort(), []);
});

Deno.test("tidy: documents mention only files that are there", () => {
  const exists = (path: string): boolean => {
    try {
      Deno.statSync(`${PROJECT}/${path}`);
      return true;
    } catch {
      return false;
    }
  };
  ok(mentionedPaths(text("ARCHITECTURE.md")).length > 5, "paths are found at all");
  deepStrictEqual(
    DOCUMENTS.flatMap((document) =>
      [...mentionedPaths(text(document)), ...linkTargets(text(document))]
        .filter((path) => !exists(path)).map((path) => `${document}: ${path}`)
    ),
    [],
  );
});

Deno.test("tidy: the code that ARCHITECTURE.md quotes is in the file that it names", () => {
  const [before, ...rest] = text("ARCHITECTURE.md").split("```ts\n");
  const bare = (code: string): string => code.replaceAll(/^ +/gm, "");
  let prose = before!;
  for (const part of rest) {
    const [code, behind] = part.split("```\n");
    const file = mentionedPaths(prose).findLast((path) => path.endsWith(".ts"))!;
    ok(bare(text(file)).includes(bare(code!)), `${file} holds:\n${code}`);
    prose = behind!;
  }
  ok(rest.length >= 2, "code is quoted at all");
});
