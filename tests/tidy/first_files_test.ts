import { deepStrictEqual, ok } from "node:assert/strict";
import { loadedFiles } from "../support/loaded_files.ts";

// Either is loaded at each run of the command line, before anything else is known.
for (const root of ["src/cli/front.ts", "scripts/permissions.ts"]) {
  Deno.test(`${root} loads no package and none of the doors behind which packages stand`, () => {
    const { files, packages } = loadedFiles([root]);
    deepStrictEqual(packages, []);
    deepStrictEqual(files.filter((path) => path.endsWith("/mod.ts")), []);
    ok(files.length > 20);
  });
}

Deno.test("src/cli/main.ts loads packages, so a walk that found none would be blind", () => {
  ok(loadedFiles(["src/cli/main.ts"]).packages.includes("rxjs"));
});

Deno.test("scripts/imports.json names each package that src/ does, and files that exist", () => {
  const { imports } = JSON.parse(Deno.readTextFileSync("scripts/imports.json"));
  const config = JSON.parse(Deno.readTextFileSync("deno.json"));
  const names = new Set(Object.keys(imports).map((name) => name.split("/")[0]!));
  for (const [name, path] of Object.entries<string>(imports)) {
    ok(name.split("/")[0]! in config.imports, name);
    ok(Deno.statSync(`scripts/${path}`).isFile, path);
  }
  const { packages } = loadedFiles(["src/cli/main.ts", "src/cli/commands/flash.ts"]);
  deepStrictEqual(packages.filter((name) => !name.startsWith("node:") && !(name in imports)), []);
  ok(names.has("socketcan"));
});
