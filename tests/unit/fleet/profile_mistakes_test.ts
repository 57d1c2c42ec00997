/** Bad profiles: each mistake is told with its place, what was expected, and what was probably meant. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { FleetFileError, readFleetFile, readProfileFile } from "../../../src/fleet/mod.ts";
import { fleetText } from "./_support.ts";

const VECTOR = new URL("../../vectors/profiles/mistakes.txt", import.meta.url);
const NAME = "ours.yaml";
/** So many are promised. */
const COUNT_MIN = 60;

/** One profile of the vector. */
interface BadProfile {
  readonly title: string;
  readonly text: string;
  /** What is said of it, a line each. */
  readonly told: readonly string[];
}

function badProfiles(): readonly BadProfile[] {
  const [, ...blocks] = Deno.readTextFileSync(VECTOR).trimEnd().split(/\n\n+/);
  return blocks.map((block) => {
    const lines = block.split("\n");
    return {
      title: lines[0]!.slice(2),
      text: lines.filter((line) => line.startsWith(">")).map((line) => `${line.slice(2)}\n`).join(
        "",
      ),
      told: lines.slice(1).filter((line) => !line.startsWith(">")),
    };
  });
}

/** Only the file itself is there. */
function read(path: string, text: string): { text: string } | { expected: string } {
  return path === NAME ? { text } : { expected: `expected a file, there is none at ${path}` };
}

function issuesOf(reads: () => unknown): FleetFileError["issues"] {
  try {
    reads();
  } catch (error) {
    if (error instanceof FleetFileError) return error.issues;
    throw error;
  }
  return [];
}

function told(issues: FleetFileError["issues"]): readonly string[] {
  return issues.map(({ line, column, path, message }) =>
    `${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`
  );
}

function toldOf(text: string): readonly string[] {
  return told(issuesOf(() => readProfileFile({ name: NAME, text }, (path) => read(path, text))));
}

const PROFILES = badProfiles();

for (const { title, text, told: expected } of PROFILES) {
  Deno.test(`bad profile: ${title}`, () => {
    deepStrictEqual(toldOf(text), expected);
  });

  Deno.test(`bad profile: ${title}: a fleet that names it is refused as a whole`, () => {
    const fleet = fleetText({
      file: `profiles: { mine: { file: ${NAME} } }`,
      node: "profile: mine",
    });
    const lookups = { ...FLEET_LOOKUPS, profileFile: (path: string) => read(path, text) };
    // Nothing is built of it, so there is nobody who could send a frame.
    const issues = issuesOf(() => readFleetFile({ name: "fleet.yaml", text: fleet }, lookups));
    ok(issues.length > 0);
    ok(issues.every(({ file }) => file === NAME), JSON.stringify(issues));
  });
}

Deno.test("bad profiles: there are enough of them, and each message says what was expected", () => {
  ok(PROFILES.length >= COUNT_MIN, `${PROFILES.length} profiles`);
  strictEqual(new Set(PROFILES.map(({ title }) => title)).size, PROFILES.length);
  for (const { title, told: lines } of PROFILES) {
    ok(lines.length > 0, title);
    for (const line of lines) {
      ok(/^\d+:\d+: /.test(line), line);
      ok(/expected |did you mean |it belongs in |written without 0x, as /.test(line), line);
    }
  }
});

Deno.test("bad profiles: what was probably meant is right itself", () => {
  for (const { title, text, told: lines } of PROFILES) {
    const quoted = lines.length === 1 ? /did you mean "(.*)"\?$/.exec(lines[0]!)?.[1] : undefined;
    const written = /"([^"]*)"/.exec(text)?.[1];
    if (quoted === undefined || written === undefined || !lines[0]!.includes(written)) continue;
    deepStrictEqual(toldOf(text.replace(written, quoted)), [], title);
  }
});

if (import.meta.main && Deno.args[0] === "--write") {
  const [head] = Deno.readTextFileSync(VECTOR).split(/\n\n/);
  const blocks = PROFILES.map(({ title, text }) =>
    [
      `# ${title}`,
      ...text.trimEnd().split("\n").map((line) => `> ${line}`.trimEnd()),
      ...toldOf(text),
    ]
      .join("\n")
  );
  Deno.writeTextFileSync(VECTOR, `${[head, ...blocks].join("\n\n")}\n`);
}
