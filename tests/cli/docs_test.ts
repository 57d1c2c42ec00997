import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { referenceFiles } from "../../scripts/build_reference.ts";
import { EVENT_LINE } from "../../scripts/event_schema.ts";
import { runCanvoy } from "../support/canvoy_run.ts";
import { dearTest } from "../support/dear.ts";
import { type DocBlock, docBlocks, strayCommands, strayConfigs } from "../support/doc_blocks.ts";
import { runDocument } from "../support/doc_runner.ts";

const PROJECT = new URL("../../", import.meta.url);
const DOCS = new URL("docs/", PROJECT);

function pages(folder: URL): readonly URL[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const url = new URL(entry.isDirectory ? `${entry.name}/` : entry.name, folder);
    if (entry.isDirectory) return pages(url);
    return entry.name.endsWith(".md") ? [url] : [];
  });
}

const DOCUMENTS = [new URL("README.md", PROJECT), ...pages(DOCS)];

for (const page of DOCUMENTS) {
  const name = page.href.slice(PROJECT.href.length);
  const markdown = Deno.readTextFileSync(page);
  Deno.test(`${name}: every command and every file stands where a test runs it`, () => {
    deepStrictEqual(strayCommands(markdown), []);
    deepStrictEqual(strayConfigs(markdown), []);
  });
  if (!docBlocks(markdown).some(isForHere)) continue;
  dearTest(`${name}: every command does what it should`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await runDocument(markdown, { folder, hasCan: false });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

function isForHere({ language, words }: DocBlock): boolean {
  return language === "sh" && !words.includes("hardware");
}

Deno.test("strayCommands() and strayConfigs() see what no test would run", () => {
  const markdown = "Text\n\n    canvoy flash x\n\n```text\ncanvoy: out\n```\n\n" +
    "```bash\ndeno task x\n```\n\n```yaml\nbuses:\n```\n\n```sh hardware\nsudo ip\n```\n";
  deepStrictEqual(strayCommands(markdown), ["    canvoy flash x", "deno task x"]);
  deepStrictEqual(strayConfigs(markdown), ["buses:"]);
});

Deno.test("docs/reference is what the code says", () => {
  for (const [name, text] of referenceFiles()) {
    strictEqual(Deno.readTextFileSync(new URL(`reference/${name}`, DOCS)), text, name);
  }
});

Deno.test("the schema of events holds for every line of a run with faults, and for nothing else", async () => {
  const { status, stdout, stderr } = await runCanvoy(["demo", "--virtual-time", "--json"]);
  strictEqual(status, 0, stderr);
  const lines = stdout.trimEnd().split("\n");
  const types = new Set<string>();
  for (const line of lines) {
    const record = JSON.parse(line);
    const { success, error } = EVENT_LINE.safeParse(record);
    ok(success, `${line}: ${error}`);
    types.add(record.type);
  }
  for (const type of ["runStarted", "segmentProgress", "retry", "responsePending", "summary"]) {
    ok(types.has(type), `no ${type} in the run`);
  }
  const bad = [{ atMs: 1, type: "nodePhase", node: "a", phase: "?" }, { type: "other" }, 7];
  deepStrictEqual(bad.map((record) => EVENT_LINE.safeParse(record).success), [false, false, false]);
});
