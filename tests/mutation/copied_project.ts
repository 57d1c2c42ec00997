/** A copy of the project that a search may change. */

const LEFT_OUT = [".git", "node_modules", "coverage", ".deno-npm"];
const CODE = ["src", "tests", "mod.ts"];
/** No other test uses what is there. */
const NOT_USED = ["tests/mutants/", "tests/mutation/"];

/**
 * Copies a project.
 *
 * @param project Its folder.
 * @returns A temporary folder; installed packages are those of the project itself.
 */
export function copyProject(project: string): string {
  const copy = Deno.makeTempDirSync({ prefix: "canvoy-mutation-" });
  const names = [...Deno.readDirSync(project)].map(({ name }) => name)
    .filter((name) => !LEFT_OUT.includes(name));
  const { success } = new Deno.Command("cp", {
    args: ["-r", ...names.map((name) => `${project}/${name}`), copy],
  }).outputSync();
  if (!success) throw new Error(`Cannot copy ${project} to ${copy}`);
  if (exists(`${project}/node_modules`)) {
    Deno.symlinkSync(`${project}/node_modules`, `${copy}/node_modules`);
  }
  return copy;
}

/** Digests of what results depend on. */
export interface Digests {
  /** Of each file of `src`, by path. */
  readonly sources: ReadonlyMap<string, string>;
  /** Of each file of tests, by path. */
  readonly tests: ReadonlyMap<string, string>;
  /** Of all code that tests use. */
  readonly used: string;
  /** Of all code and all tests. */
  readonly project: string;
}

/**
 * Makes digests of a project.
 *
 * @param project The project's folder.
 * @returns The digests; the search itself is in none of them.
 */
export async function digestProject(project: string): Promise<Digests> {
  const sources = new Map<string, string>();
  const tests = new Map<string, string>();
  let used = "";
  const files = CODE.flatMap((name) => filesBelow(project, name))
    .filter((path) => !path.endsWith(".md") && !NOT_USED.some((one) => path.startsWith(one)));
  for (const path of files.sort()) {
    const digest = await digestOf(Deno.readFileSync(`${project}/${path}`));
    if (path.startsWith("src/")) sources.set(path, digest);
    if (/^tests\/.*_test\.ts$/.test(path)) tests.set(path, digest);
    else used += `${path} ${digest}\n`;
  }
  const encoder = new TextEncoder();
  return {
    sources,
    tests,
    used: await digestOf(encoder.encode(used)),
    project: await digestOf(encoder.encode(used + JSON.stringify([...tests]))),
  };
}

/**
 * Every file below a folder.
 *
 * @param project The project's folder.
 * @param path A file or a folder in it.
 * @returns Paths from the project's folder, in a fixed order; none where there is nothing.
 */
export function filesBelow(project: string, path: string): string[] {
  if (!exists(`${project}/${path}`)) return [];
  if (Deno.statSync(`${project}/${path}`).isFile) return [path];
  return [...Deno.readDirSync(`${project}/${path}`)]
    .flatMap(({ name }) => filesBelow(project, `${path}/${name}`)).sort();
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.slice(0, 8).toHex();
}
