// deno-lint-ignore-file no-console
/**
 * Makes a release from a clean checkout: runs the gate, gives the CHANGELOG's section its version,
 * writes the version where it stands, packs, writes checksums. Commits nothing and tags nothing.
 *
 *     deno task release X.Y.Z [OUT]
 */
import { mayFollow, releasedChangelog, withVersion } from "./package/release_text.ts";

const PROJECT = new URL("../", import.meta.url).pathname;
const VERSION_FILES = ["deno.json", "src/cli/version.ts"];

function fail(message: string): never {
  console.error(`canvoy: Cannot release: ${message}`);
  Deno.exit(2);
}

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(command, {
    args: [...args],
    cwd: PROJECT,
    stderr: "inherit",
  }).output();
  if (!success) fail(`${command} ${args.join(" ")} failed`);
  return new TextDecoder().decode(stdout).trim();
}

const read = (path: string): Promise<string> => Deno.readTextFile(PROJECT + path);
const [version = "", out = "out"] = Deno.args;
const { version: before } = JSON.parse(await read("deno.json")) as { version: string };
if (!mayFollow(before, version)) fail(`expected X.Y.Z, ${before} or later, not "${version}"`);
if (await run("git", "status", "--porcelain") !== "") fail("the checkout has changes");
try {
  const date = new Date().toISOString().slice(0, 10);
  const texts = new Map([
    ["CHANGELOG.md", releasedChangelog(await read("CHANGELOG.md"), version, date)],
  ]);
  for (const path of VERSION_FILES) texts.set(path, withVersion(await read(path), before, version));
  for (const [path, text] of texts) await Deno.writeTextFile(PROJECT + path, text);
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  fail(error.message);
}
await run(Deno.execPath(), "task", "ok");
const tarball = (await run(`${PROJECT}scripts/pack`, out)).split("\n").at(-1)!;
const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(tarball));
const name = tarball.slice(tarball.lastIndexOf("/") + 1);
const sums = `${new Uint8Array(digest).toHex()}  ${name}\n`;
await Deno.writeTextFile(tarball.replace(name, "SHA256SUMS"), sums);
console.log(`${tarball}\n${sums}Commit, and tag it v${version}.`);
