// deno-lint-ignore-file no-console
/**
 * Makes canvoy's npm package from a folder of its own: programs bundled as JavaScript, what the demo
 * reads, a bill of materials. `scripts/pack OUT` starts it, and gets `OUT/canvoy-VERSION.tgz`.
 */
import { COMMANDS } from "../src/cli/commands_table.ts";
import { completionScript } from "../src/cli/completions.ts";
import {
  type BundledPackage,
  bundledPackages,
  cycloneDx,
  thirdPartyNotices,
} from "./package/bundled.ts";
import { manPage } from "./package/man_page.ts";
import { manifestOf } from "./package/manifest.ts";

const PROJECT = new URL("../", import.meta.url).pathname;
/** Files and folders that the package has as they are here. */
const COPIED = ["LICENSE", "README.md", "CHANGELOG.md", "configs"];
/** Which file of the package completes commands in which shell. */
const COMPLETIONS = { bash: "canvoy.bash", zsh: "_canvoy", fish: "canvoy.fish" } as const;

async function run(command: string, args: readonly string[], cwd = PROJECT): Promise<void> {
  const { success, stderr, stdout } = await new Deno.Command(command, { args: [...args], cwd })
    .output();
  if (success) return;
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  throw new Error(`${command} ${args.join(" ")} failed:\n${said}`);
}

/** Bundles the programs: what Deno runs, in parts that are loaded as needed, and what Node runs. */
async function bundle(folder: string): Promise<void> {
  const common = [
    "bundle",
    "--quiet",
    "--platform",
    "deno",
    "--import-map",
    "scripts/imports.json",
  ];
  const parts = ["--code-splitting", "--external", "socketcan", "--outdir", `${folder}/lib/cli`];
  await run(Deno.execPath(), [...common, ...parts, "src/cli/main.ts"]);
  const bin = `${folder}/bin/canvoy.js`;
  await run(Deno.execPath(), [...common, "--output", bin, "scripts/package/bin.ts"]);
  await Deno.writeTextFile(bin, `#!/usr/bin/env node\n${await Deno.readTextFile(bin)}`);
  await Deno.chmod(bin, 0o755);
}

/** What the bundles hold of others, with the license of each; one without is no package of ours. */
async function findBundled(folder: string): Promise<readonly BundledPackage[]> {
  const files = [`${folder}/bin/canvoy.js`];
  for await (const { name } of Deno.readDir(`${folder}/lib/cli`)) {
    files.push(`${folder}/lib/cli/${name}`);
  }
  const code = await Promise.all(files.map((path) => Deno.readTextFile(path)));
  return await Promise.all(
    bundledPackages(code).map(async (found) => {
      const at = found.lastIndexOf("@");
      const name = found.slice(0, at);
      const home = `${PROJECT}node_modules/.deno/${found.replace("/", "+")}/node_modules/${name}`;
      const { license, version } = JSON.parse(await Deno.readTextFile(`${home}/package.json`));
      const names = [...Deno.readDirSync(home)].map((entry) => entry.name);
      const file = names.find((one) => /^licen[cs]e/i.test(one));
      if (file === undefined) throw new Error(`Cannot pack ${found}: it has no license file`);
      return { name, version, license, licenseText: await Deno.readTextFile(`${home}/${file}`) };
    }),
  );
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}

/** Writes everything into the folder that becomes the package. */
async function fill(folder: string): Promise<string> {
  const config = JSON.parse(await Deno.readTextFile(`${PROJECT}deno.json`));
  const launcher = await Deno.readTextFile(`${PROJECT}scripts/lib.sh`);
  const denoVersion = /^deno_version=(\S+)$/m.exec(launcher)![1]!;
  const manifest = manifestOf(config, denoVersion);
  const write = (path: string, text: string) => Deno.writeTextFile(`${folder}/${path}`, text);
  await write("package.json", JSON.stringify(manifest, undefined, 2) + "\n");
  for (const path of COPIED) await copy(`${PROJECT}${path}`, `${folder}/${path}`);
  await bundle(folder);
  const packages = await findBundled(folder);
  await write("sbom.cdx.json", cycloneDx(config.version, packages));
  await write("THIRD_PARTY_NOTICES.txt", thirdPartyNotices(packages));
  for (const name of ["completions", "man"]) await Deno.mkdir(`${folder}/${name}`);
  for (const [shell, file] of Object.entries(COMPLETIONS)) {
    const script = completionScript(shell as keyof typeof COMPLETIONS, COMMANDS);
    await write(`completions/${file}`, script);
  }
  await write("man/canvoy.1", manPage(config.version, COMMANDS));
  return config.version;
}

const [target] = Deno.args;
if (target === undefined) {
  console.error("canvoy: Cannot pack: OUT is missing, the folder for the package");
  Deno.exit(2);
}
await Deno.mkdir(target, { recursive: true });
const out = await Deno.realPath(target);
const folder = await Deno.makeTempDir({ prefix: "canvoy-package-" });
try {
  const version = await fill(folder);
  await run(
    "npm",
    ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", out],
    folder,
  );
  console.log(`${out}/canvoy-${version}.tgz`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
