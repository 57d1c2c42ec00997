import { ok, strictEqual } from "node:assert/strict";
import { HOLES } from "./holes.ts";
import { MUTANTS } from "./list.ts";
import { placeOf } from "./mutant.ts";
import { PEOPLE } from "./people.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;

Deno.test("MUTANTS can all be applied, and README.md tells what caught each", () => {
  const readme = Deno.readTextFileSync(`${PROJECT}tests/README.md`);
  for (const mutant of [...MUTANTS, ...HOLES, ...PEOPLE]) {
    const { what, file, tests } = mutant;
    const text = Deno.readTextFileSync(`${PROJECT}${file}`);
    const places = [...text.matchAll(placeOf(mutant))].length;
    strictEqual(places, 1, `${what}: ${file} must hold its text once`);
    ok(tests.every((test) => Deno.statSync(`${PROJECT}${test}`).isFile));
    ok(readme.includes(`| ${what} `), `README.md must tell of: ${what}`);
  }
  ok(MUTANTS.length >= 10);
});
