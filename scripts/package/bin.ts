/**
 * The package's `canvoy`, run by Node: answers what needs no rights itself, and becomes Deno's own
 * binary, with the rights that the command line needs, for everything else.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Speaker } from "../../src/adapters/light.ts";
import { stateFolder, stateFolderBeside } from "../../src/adapters/state_folder.ts";
import { EXIT_STATUS } from "../../src/cli/exit_status.ts";
import { answerAtOnce, isSpoken } from "../../src/cli/answer_at_once.ts";
import { refusesUsage } from "../../src/cli/refuse_usage.ts";
import { permissionFlags } from "../permission_flags.ts";
import { createNodeOutput } from "./node_output.ts";
import { dataFolder, denoPackage, homeFolder, type Machine } from "./places.ts";
import { glanceAtFile, journalsIn, readTextOrNothing } from "./read_outside.ts";
import { setUpCan } from "./set_up_can.ts";
import { becomeProgram } from "./start_deno.ts";

const PACKAGE = fileURLToPath(new URL("../", import.meta.url)).replace(/[\\/]$/, "");

const machine: Machine = {
  platform: process.platform,
  arch: process.arch,
  env: (name) => process.env[name],
};

/** Says what keeps canvoy from running here. */
function fail(speaker: Speaker, message: string): number {
  speaker.stderr.write(`canvoy: ${message}\n`);
  return EXIT_STATUS.environment;
}

/** Deno's binary, out of the package for this machine; `undefined` where that is not installed. */
function findDeno(): string | undefined {
  const name = denoPackage(machine);
  if (name === undefined) return undefined;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const file = process.platform === "win32" ? "deno.exe" : "deno";
    return manifest.replace(/package\.json$/, file);
  } catch {
    return undefined;
  }
}

async function runCommand(speaker: Speaker): Promise<number> {
  const { args } = speaker;
  const deno = findDeno();
  if (deno === undefined) {
    return fail(
      speaker,
      `no Deno for ${process.platform} on ${process.arch}: ` +
        (denoPackage(machine) ?? "there is none") +
        " was not installed with canvoy (npm leaves it out with --omit=optional, and without glibc)",
    );
  }
  const home = homeFolder(machine);
  const env = (name: string): string | undefined => name === "HOME" ? home : process.env[name];
  const data = dataFolder(machine);
  let flags: readonly string[];
  try {
    flags = permissionFlags({
      project: PACKAGE,
      addons: data === undefined ? undefined : `${data}/can`,
      args,
      readText: readTextOrNothing,
      stateFolder: stateFolder(env),
      stateFolderBeside: stateFolderBeside(env),
      glance: glanceAtFile,
      journals: journalsIn,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    speaker.stderr.write(`canvoy: ${error.message}\n`);
    return EXIT_STATUS.badInput;
  }
  return await becomeProgram({
    file: deno,
    args: [
      ...["run", "--no-config", "--no-prompt", "--cached-only", "--node-modules-dir=manual"],
      ...flags.map((flag) => flag.replace("--allow-env=", "--allow-env=CANVOY_FORWARDED,")),
      `${PACKAGE}/lib/cli/main.js`,
      ...args,
    ],
    env: {
      ...process.env,
      ...(home === "" ? {} : { HOME: home }),
      ...(data === undefined ? {} : { CANVOY_CAN: `${data}/can`, DENO_DIR: `${data}/deno` }),
      DENO_NO_UPDATE_CHECK: "1",
    },
  });
}

const args = process.argv.slice(2);
const speaker: Speaker = {
  args,
  stdout: createNodeOutput(1, "standard output"),
  stderr: createNodeOutput(2, "standard error"),
};
if (args.join(" ") === "setup can") {
  const manifest = JSON.parse(readFileSync(`${PACKAGE}/package.json`, "utf8"));
  process.exitCode = setUpCan({ machine, version: manifest.canvoy.socketcan, speaker });
} else if (isSpoken(args)) process.exitCode = await answerAtOnce(speaker);
else if (refusesUsage(speaker)) process.exitCode = EXIT_STATUS.badInput;
else process.exitCode = await runCommand(speaker);
