/** The rules find what they look for: each is given what it must not let through. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
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

const BODY = "  run();\n".repeat(69);

Deno.test("lineCount() counts the lines of a text that ends in a line's end", () => {
  strictEqual(lineCount("a\nb\n"), 2);
});

Deno.test("longFunctions() finds functions and methods of more than 70 lines", () => {
  deepStrictEqual(longFunctions(`export function far(): void {\n${BODY}}\n`), ["far (71 lines)"]);
  deepStrictEqual(longFunctions(`function near(): void {\n${BODY.slice(9)}}\n`), []);
  const method = BODY.replaceAll("  run", "    run");
  deepStrictEqual(longFunctions(`class A {\n  #far(): void {\n${method}  }\n}\n`), [
    "#far (71 lines)",
  ]);
});

Deno.test("forbiddenWords() finds what is put off and what is left out", () => {
  const lines = ["// TO" + "DO: later", "Deno.test.on" + "ly(", "  ignore: tr" + "ue,", "ok();"];
  deepStrictEqual(forbiddenWords(lines.join("\n")), [
    "1: TO" + "DO",
    "2: Deno.test.on" + "ly",
    "3: ignore: tr" + "ue",
  ]);
});

Deno.test("mentionedPaths() and linkTargets() find what a document points to", () => {
  deepStrictEqual(mentionedPaths("see `src/core` and scripts/lint_plugin.ts."), [
    "src/core",
    "scripts/lint_plugin.ts",
  ]);
  deepStrictEqual(linkTargets("[a](docs/a.md#x) [b](https://b.example) [c](#c)"), ["docs/a.md"]);
});

Deno.test("isGenerated() believes files whose head names the script that writes them", () => {
  strictEqual(
    isGenerated("// Made of figures/ by scripts/build_benchmark.ts; a test keeps it in step.\n"),
    true,
  );
  strictEqual(isGenerated("/** Made by hand. */\n"), false);
});

Deno.test("circles() finds files that import each other, by whatever way", () => {
  deepStrictEqual(
    importedFiles(
      'import { a } from "./a.ts";\nimport type {\n  B,\n} from "../b/mod.ts";\n' +
        'export * from "./c.ts";\n/** import { d } from "./d.ts"; */\nimport "rxjs";\n',
    ),
    ["./a.ts", "../b/mod.ts", "./c.ts"],
  );
  const imports = new Map([["a", ["b", "d"]], ["b", ["c"]], ["c", ["a"]], ["d", ["d2"]], ["e", [
    "e",
  ]]]);
  deepStrictEqual(circles(imports), [
    "a -> b -> c -> a",
    "b -> c -> a -> b",
    "c -> a -> b -> c",
    "e -> e",
  ]);
});
