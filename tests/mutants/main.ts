/**
 * Applies each wrong change of `list.ts`, `holes.ts` and `people.ts` to a copy of the project, one at a
 * time, and runs the tests that must notice it: `deno task mutants`, or with words of a change's
 * description those alone.
 */
import { HOLES } from "./holes.ts";
import { MUTANTS } from "./list.ts";
import { type Mutant, placeOf } from "./mutant.ts";
import { PEOPLE } from "./people.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;
const COPIED = [
  "configs",
  "deno.json",
  "deno.lock",
  "mod.ts",
  "node_modules",
  "package.json",
  "scripts",
  "src",
  "tests",
];

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function run(command: string, args: readonly string[], cwd?: string): Deno.CommandOutput {
  return new Deno.Command(command, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
  }).outputSync();
}

/** The first test that fails, or nothing. */
function firstFailure(folder: string, tests: readonly string[]): string | undefined {
  const { code, stdout } = run(Deno.execPath(), [
    "test",
    "--no-check",
    "--fail-fast",
    "--allow-read",
    "--allow-write",
    "--allow-run",
    "--allow-env",
    "--allow-net=127.0.0.1",
    ...tests,
  ], folder);
  if (code === 0) return undefined;
  // deno-lint-ignore no-control-regex
  const text = new TextDecoder().decode(stdout).replaceAll(/\x1b\[[0-9;]*m/g, "");
  // What is thrown where nobody listens ends the run: the test at hand is called off then.
  return /^(.*) \.\.\..* (?:FAILED|cancelled)/m.exec(text)?.[1] ?? "the tests do not load";
}

function check(folder: string, mutant: Mutant): string | undefined {
  const path = `${folder}/${mutant.file}`;
  const text = Deno.readTextFileSync(path);
  const mutated = text.replace(placeOf(mutant), () => mutant.replace);
  if (mutated === text) throw new Error(`${mutant.file} has no such place: ${mutant.what}`);
  Deno.writeTextFileSync(path, mutated);
  try {
    return firstFailure(folder, mutant.tests);
  } finally {
    Deno.writeTextFileSync(path, text);
  }
}

const words = Deno.args.join(" ");
const chosen = [...MUTANTS, ...HOLES, ...PEOPLE].filter(({ what }) => what.includes(words));
const folder = Deno.makeTempDirSync({ prefix: "canvoy-mutants-" });
let survivors = 0;
try {
  run("cp", ["-r", ...COPIED.map((name) => `${PROJECT}${name}`), folder]);
  const clean = firstFailure(folder, [...new Set(chosen.flatMap(({ tests }) => tests))]);
  if (clean !== undefined) throw new Error(`a test fails without any change: ${clean}`);
  for (const mutant of chosen) {
    const caughtBy = check(folder, mutant);
    if (caughtBy === undefined) survivors++;
    say(`${caughtBy === undefined ? "SURVIVED" : "caught"}  ${mutant.what}\n    ${caughtBy ?? ""}`);
  }
} finally {
  Deno.removeSync(folder, { recursive: true });
}
say(`${chosen.length} changes, ${survivors} not noticed`);
if (survivors > 0) Deno.exit(1);
