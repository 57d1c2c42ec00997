/** The whole search, on a project of one file and a few tests. */
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { filesBelow } from "./copied_project.ts";

const MAIN = new URL("main.ts", import.meta.url).pathname;
const FILES = {
  "deno.json": "{}",
  "src/tiny/limit.ts": `const STEPS = [1, 2];

export function isAbove(value: number, limit: number): boolean {
  return value > limit;
}

export function sumTo(end: number): number {
  let sum = 0;
  for (let i = 0; i < end; i += STEPS[0]!) sum += i;
  return sum;
}

export function unused(value: number): number {
  return value + 1;
}
`,
  "tests/unit/limit_test.ts": `import { isAbove, sumTo } from "../../src/tiny/limit.ts";
Deno.test("isAbove() compares", () => {
  // The limit itself is never asked for: that is the hole.
  if (!isAbove(2, 1) || isAbove(1, 2)) throw new Error("wrong");
});
Deno.test({ name: "sumTo() sums", fn: async () => {
  await Promise.resolve();
  if (sumTo(4) !== 6) throw new Error("wrong");
} });
`,
};

function search(project: string): { code: number; lines: readonly string[] } {
  const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      "--allow-read",
      "--allow-write",
      "--allow-run",
      "--allow-env",
      MAIN,
      "tiny",
      `--project=${project}`,
      `--results=${project}/coverage`,
    ],
  }).outputSync();
  const decoder = new TextDecoder();
  return { code, lines: `${decoder.decode(stdout)}${decoder.decode(stderr)}`.split("\n") };
}

Deno.test("a search finds what tests notice and what they do not, and goes on where it was", () => {
  const project = Deno.makeTempDirSync();
  try {
    for (const [path, text] of Object.entries(FILES)) {
      Deno.mkdirSync(`${project}/${path.replace(/\/?[^/]*$/, "")}`, { recursive: true });
      Deno.writeTextFileSync(`${project}/${path}`, text);
    }
    const { code, lines } = search(project);
    const found = () =>
      lines.filter((_, i) => lines[i - 1]?.startsWith("NEW")).map((l) => l.trim());
    strictEqual(code, 1, lines.join("\n"));
    deepStrictEqual(found(), [
      "value > limit -> value >= limit",
      "{ return value + 1; } -> {}",
      "value + 1 -> value - 1",
    ]);
    match(lines.join("\n"), /^tiny: score 0\.\d+: 1\d mutants, .* 1 survived, 2 not covered/m);
    deepStrictEqual(
      filesBelow(project, "src").map((path) => Deno.readTextFileSync(`${project}/${path}`)),
      [FILES["src/tiny/limit.ts"]],
      "the project itself is left as it is",
    );
    list(project);
    const again = search(project);
    strictEqual(again.code, 0, again.lines.join("\n"));
    match(again.lines.join("\n"), /^(\d+) of \1 are known from earlier runs$/m);
  } finally {
    Deno.removeSync(project, { recursive: true });
  }
});

/** Lists all that survived, each of them with its lines moved. */
function list(project: string): void {
  const results = Deno.readTextFileSync(`${project}/coverage/tiny.jsonl`).split("\n");
  const entries = results.filter((line) => line !== "").map((line) => JSON.parse(line))
    .filter(({ verdict }) => verdict === "survived" || verdict === "uncovered")
    .map((entry) => ({ ...entry, line: 1, reason: "a test of the search" }));
  Deno.mkdirSync(`${project}/tests/mutation`, { recursive: true });
  Deno.writeTextFileSync(`${project}/tests/mutation/survivors.json`, JSON.stringify(entries));
}
