import { deepStrictEqual, match, ok } from "node:assert/strict";
import { runProgram } from "../support/programs.ts";
import { RUN_OPTIONS } from "../support/run_options.ts";

const PROJECT = new URL("../../", import.meta.url);
const LINES_MAX = 30;

function example(name: string): string {
  return new URL(name, import.meta.url).pathname;
}

Deno.test("examples: a program of thirty lines updates the demo's twelve nodes and follows them", () => {
  const args = ["run", ...RUN_OPTIONS, "--ignore-env", "--allow-read"];
  const configs = new URL("configs", PROJECT).pathname;
  const said = runProgram(Deno.execPath(), [
    ...args,
    example("flash_virtual.ts"),
    ...[configs, "demo.yaml"],
  ]).trimEnd().split("\n");
  match(said.pop()!, /^12 nodes in \d+ ms$/);
  deepStrictEqual(said.filter((line) => !/^[\w-]+ runs 2\.0\.0$/.test(line)), []);
  ok(new Set(said).size === 12, said.join("\n"));
});

for (const { name } of Deno.readDirSync(new URL(".", import.meta.url))) {
  if (name.endsWith("_test.ts")) continue;
  Deno.test(`examples: ${name} has at most ${LINES_MAX} lines, and imports the package as others do`, () => {
    const text = Deno.readTextFileSync(example(name));
    ok(text.trimEnd().split("\n").length <= LINES_MAX);
    const imports = [...text.matchAll(/from "([^"]+)"/g)].map(([, specifier]) => specifier!);
    deepStrictEqual(imports.filter((one) => !one.startsWith("@canvoy/canvoy")), []);
  });
}
