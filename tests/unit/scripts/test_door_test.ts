import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { dearTest } from "../../support/dear.ts";

const PROJECT = new URL("../../../", import.meta.url).pathname;

const TESTS = `
import { dearTest } from "../support/dear.ts";
const options = { ignore: Deno.args.length === 0 };
Deno.test("a quick one", () => {});
dearTest("a dear one", () => {});
dearTest("another one", () => { if (Deno.env.get("FAILS")) throw new Error("no"); });
dearTest("one without its program", () => { throw new Error("no program"); }, options);
`;

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs scripts/test in a project that has nothing but those tests. */
function test(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "canvoy tests " }));
  try {
    for (const name of ["scripts", "tests/support", "tests/few", "node_modules"]) {
      Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
    }
    for (const name of ["scripts/test", "scripts/lib.sh", "tests/support/dear.ts"]) {
      Deno.copyFileSync(PROJECT + name, `${folder}/${name}`);
    }
    for (const name of ["deno.lock", "node_modules/.canvoy.lock"]) {
      Deno.writeTextFileSync(`${folder}/${name}`, '{ "version": "5" }\n');
    }
    Deno.writeTextFileSync(`${folder}/deno.json`, "{}");
    Deno.writeTextFileSync(`${folder}/tests/few/few_test.ts`, TESTS);
    const { code, stdout, stderr } = new Deno.Command(`${folder}/scripts/test`, {
      args: [...args],
      env: {
        PATH: `${Deno.execPath().replace(/\/[^/]*$/, "")}:${Deno.env.get("PATH")}`,
        NO_COLOR: "1",
        CANVOY_TESTS_PASSED_OVER: "",
        ...env,
      },
      stdin: "null",
    }).outputSync();
    const decoder = new TextDecoder();
    return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("scripts/test passes dear tests over, and says how many and how to run them", () => {
  const { status, stdout, stderr } = test([], { FAILS: "1" });
  strictEqual(status, 0, stdout + stderr);
  match(stdout, /1 passed .* 0 failed .* 3 ignored/);
  deepStrictEqual(stderr.match(/^canvoy: .*$/gm), [
    "canvoy: 3 dear tests passed over: scripts/test --all",
  ]);
});

dearTest("scripts/test --all runs every test, and so does who names a path", () => {
  for (const args of [["--all"], ["tests/few"]]) {
    const { status, stdout, stderr } = test(args);
    strictEqual(status, 0, stdout + stderr);
    match(stdout, /3 passed .* 0 failed .* 1 ignored/);
    ok(!stderr.includes("passed over"), stderr);
  }
  strictEqual(test(["--all"], { FAILS: "1" }).status, 1);
});
