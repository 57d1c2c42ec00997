import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import type { Speaker } from "../../src/adapters/light.ts";
import { EXIT_STATUS } from "../../src/cli/exit_status.ts";
import { dataFolder, type Machine } from "./places.ts";

/** What the build calls, beside a compiler. */
const TOOLS = ["npm", "make", "python3"];
const COMPILERS = ["g++", "clang++", "c++"];
const DEBIAN_HINT = "on Debian: apt-get install npm make g++ python3 libnode-dev";
const TAIL_LINES = 40;

/** What is set up, and where. */
export interface CanSetup {
  /** The machine. */
  readonly machine: Machine;
  /** Which version of npm's socketcan. */
  readonly version: string;
  /** Where text goes. */
  readonly speaker: Speaker;
}

/**
 * Installs npm's socketcan into canvoy's data folder, builds its addon there, and proves that it
 * loads. No install script of a package runs but node-gyp, called by this.
 *
 * @param setup What and where.
 * @returns How canvoy ends: 0, or 3 with what is missing told.
 */
export function setUpCan({ machine, version, speaker }: CanSetup): number {
  const say = (text: string): void => speaker.stderr.write(`canvoy: ${text}\n`);
  try {
    const folder = `${folderFor(machine)}/can`;
    const { compiler, nodeDir } = findTools();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true }) + "\n");
    say(`installing npm's socketcan ${version} into ${folder}`);
    run("npm", [
      ...["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
      ...["--save-exact", `socketcan@${version}`],
    ], folder);
    say(`building its addon with ${compiler}, headers of ${nodeDir}`);
    const gyp = `${folder}/node_modules/node-gyp/bin/node-gyp.js`;
    run(
      process.execPath,
      [gyp, "rebuild", `--nodedir=${nodeDir}`],
      `${folder}/node_modules/socketcan`,
      {
        CXX: compiler,
      },
    );
    run(process.execPath, ["-e", 'require("socketcan")'], folder);
    say("it is built and loads: socketcan: buses can be used");
    return EXIT_STATUS.ok;
  } catch (error) {
    say(`Cannot set up CAN: ${(error as Error).message}`);
    return EXIT_STATUS.environment;
  }
}

function folderFor(machine: Machine): string {
  if (machine.platform !== "linux") {
    throw new Error(`socketcan: buses are Linux's, and this is ${machine.platform}`);
  }
  const folder = dataFolder(machine);
  if (folder === undefined) throw new Error("neither XDG_DATA_HOME nor HOME tells where to");
  return folder;
}

function findTools(): { readonly compiler: string; readonly nodeDir: string } {
  const missing = TOOLS.filter((tool) => !answers(tool));
  const compiler = [process.env.CXX, ...COMPILERS].find((name) => name && answers(name));
  if (compiler === undefined) missing.push("a C++ compiler");
  if (missing.length > 0) throw new Error(`${missing.join(", ")} missing (${DEBIAN_HINT})`);
  const node = realpathSync(process.execPath);
  const nodeDir = [process.env.npm_config_nodedir, dirname(dirname(node)), "/usr", "/usr/local"]
    .find((folder) => folder !== undefined && existsSync(`${folder}/include/node/node_api.h`));
  if (nodeDir === undefined) {
    throw new Error(
      `no include/node/node_api.h belongs to ${node} ` +
        "(on Debian: apt-get install libnode-dev; elsewhere set npm_config_nodedir)",
    );
  }
  return { compiler: compiler!, nodeDir };
}

function answers(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): void {
  const { status, stdout, stderr } = spawnSync(program, [...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status === 0) return;
  const said = `${stdout ?? ""}${stderr ?? ""}`.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  throw new Error(`${program} ${args[0]} failed:\n${said}`);
}
