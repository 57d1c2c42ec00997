import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { referenceFiles } from "../../scripts/build_reference.ts";
import { EVENT_LINE } from "../../scripts/event_schema.ts";
import { runProgram, withFolder } from "../support/programs.ts";

const PROJECT = new URL("../../", import.meta.url);
const DOCS = new URL("docs/", PROJECT);

/** The commands of a page, in their order; blocks marked as hardware are left out. */
function commandsOf(text: string): readonly string[] {
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)]
    .flatMap(([, block]) => block!.split("\n")).map((line) => line.trim())
    .filter((line) => line !== "");
}

function pages(folder: URL): readonly URL[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const url = new URL(entry.isDirectory ? `${entry.name}/` : entry.name, folder);
    if (entry.isDirectory) return pages(url);
    return entry.name.endsWith(".md") ? [url] : [];
  });
}

for (const page of pages(DOCS)) {
  const name = page.href.slice(DOCS.href.length);
  const commands = commandsOf(Deno.readTextFileSync(page));
  if (commands.length === 0) continue;
  Deno.test(`docs/${name}: every command does what it should`, () => {
    withFolder((folder) => {
      for (const path of ["scripts", "configs"]) {
        Deno.symlinkSync(new URL(path, PROJECT).pathname, `${folder}/${path}`);
      }
      for (const command of commands) {
        runProgram(
          "bash",
          ["-c", `set -euo pipefail; cd ${folder}; ${command} > /dev/null`]
            .map((part) => part.replace(/(> [\w.]+) > \/dev\/null$/, "$1")),
        );
      }
    });
  });
}

Deno.test("docs/reference is what the code says", () => {
  for (const [name, text] of referenceFiles()) {
    strictEqual(Deno.readTextFileSync(new URL(`reference/${name}`, DOCS)), text, name);
  }
});

Deno.test("the schema of events holds for every line of a run with faults, and for nothing else", () => {
  const launcher = new URL("scripts/canvoy", PROJECT).pathname;
  const lines = runProgram(launcher, ["demo", "--virtual-time", "--json"]).trimEnd().split("\n");
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
