import { deepStrictEqual, ok } from "node:assert/strict";
import { COMMON_OPTIONS } from "../../src/cli/command_spec.ts";
import { COMMANDS } from "../../src/cli/commands_table.ts";

const ROOT = new URL("../../", import.meta.url);
const TASKS = Object.keys(JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))).tasks);
const ALL_OPTIONS = [...COMMON_OPTIONS, ...COMMANDS.flatMap(({ options }) => options)];

/** What operators read: the README and all beneath `docs`. */
function documents(folder = ""): readonly string[] {
  const entries = [...Deno.readDirSync(new URL(folder || ".", ROOT))];
  return entries.flatMap(({ name, isDirectory }) => {
    if (isDirectory) return folder === "" && name !== "docs" ? [] : documents(`${folder}${name}/`);
    return name.endsWith(".md") ? [folder + name] : [];
  });
}

/** Words in backquotes within a text; fenced blocks are run by tests of their own. */
function spans(markdown: string): readonly string[] {
  const prose = markdown.replace(/^( *)```[\s\S]*?^ *```$/gm, "");
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, span]) => span!.replaceAll(/\s+/g, " "));
}

/** What is wrong with a span that names a command, an option or a task; nothing where all exists. */
function faults(span: string): readonly string[] {
  const task = /^deno task (?:-\S+ )*(\S+)/.exec(span)?.[1];
  if (task !== undefined) return TASKS.includes(task) ? [] : [`${span}: no such task`];
  const line = /^(?:scripts\/)?canvoy (.+)$/.exec(span)?.[1];
  const named = COMMANDS.filter(({ name }) => `${line ?? span} `.startsWith(`${name} `));
  if (line !== undefined && named.length === 0 && !line.startsWith("-")) {
    return [`${span}: no such command`];
  }
  if (named.length === 0 && !span.startsWith("--") && line === undefined) return [];
  const options = named.length === 0 ? ALL_OPTIONS : [...COMMON_OPTIONS, ...named[0]!.options];
  return [...span.matchAll(/(?:^| )--([a-z-]+)/g)]
    .filter(([, option]) => option !== "version" && !options.some(({ name }) => name === option))
    .map(([, option]) => `${span}: no option --${option}`);
}

Deno.test("documents name commands, options and tasks that there are", () => {
  const found = documents().map((path) =>
    [path, spans(Deno.readTextFileSync(new URL(path, ROOT))).flatMap(faults)] as const
  );
  deepStrictEqual(found.filter(([, wrong]) => wrong.length > 0), []);
  ok(found.length > 10);
});

Deno.test("a command, an option or a task that there is not is found", () => {
  for (
    const span of [
      "canvoy flsh",
      "scripts/canvoy flash --wbe",
      "flash --extended",
      "--nowhere",
      "deno task nothing",
    ]
  ) {
    ok(faults(span).length > 0, span);
  }
  deepStrictEqual(["canvoy flash --web", "flash", "--json", "deno task ok"].flatMap(faults), []);
});
