import { type Host, stateFolder } from "../adapters/mod.ts";
import type { CommandArguments } from "./command_spec.ts";
import * as keygen from "./commands/bundle_keygen.ts";
import * as pack from "./commands/bundle_pack.ts";
import * as sign from "./commands/bundle_sign.ts";
import * as trust from "./commands/bundle_trust.ts";
import * as verify from "./commands/bundle_verify.ts";
import { COMMANDS } from "./commands_table.ts";
import type { ExitStatus } from "./exit_status.ts";
import { OWN_CONFIGS } from "./own_files.ts";
import { parseCommandLine } from "./parse.ts";
import { StateFolderError } from "./state_folder_error.ts";

/** A command as its file exports it. */
interface Command {
  run(args: CommandArguments, host: Host): Promise<ExitStatus>;
}

const FLEET_FILE = "signed.yaml";
const IMAGE_FILES = ["f446_v2.elf", "f103_v2.hex", "f407_v2.hex", "f407_v1.elf"];
const UNLOCK_KEY_BYTES = 16;
const TRUST_DAYS = 365;
const DAY_MS = 86_400_000;

/**
 * Makes a signed release from nothing, as its users would: keys, a trust file that asks for both
 * signatures, a bundle for three kinds of hardware, signed twice, verified. All of it lies in a new
 * folder of the state folder.
 *
 * @param args The demo's command line.
 * @param host The outside.
 * @returns The command line that flashes the release.
 * @throws {StateFolderError} If nothing tells where to put it.
 */
export async function prepareSignedRelease(
  args: CommandArguments,
  host: Host,
): Promise<CommandArguments> {
  const state = stateFolder((name) => host.env(name));
  if (state === undefined) throw new StateFolderError("keep a release");
  const time = new Date(host.nowMs()).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const folder = `${state}/demo/${time}-${crypto.randomUUID().slice(0, 8)}`;
  copyFleet(folder, host);
  const show = (words: readonly string[]): void =>
    host.stderr.write(`$ canvoy ${words.join(" ").replaceAll(`${folder}/`, "")}\n`);
  host.stderr.write(`In ${folder}:\n`);
  for (const [command, ...words] of stepsIn(folder, host.nowMs())) {
    show(words);
    await command.run({ ...understand(words), flags: new Set([...args.flags, "quiet"]) }, host);
  }
  const [fleet, release, trusted] = [FLEET_FILE, "r7.suit", "trust.cbor"]
    .map((name) => `${folder}/${name}`) as [string, string, string];
  const flash = ["flash", fleet, "--bundle", release, "--trust", trusted];
  show(flash);
  const { operands, values } = understand(flash);
  return { ...args, operands, values: new Map([...args.values, ...values]) };
}

/** The fleet file, its images, and a key of its nodes. */
function copyFleet(folder: string, host: Host): void {
  host.makeFolder(`${folder}/images`);
  for (const path of [FLEET_FILE, ...IMAGE_FILES.map((name) => `images/${name}`)]) {
    host.writeFile(`${folder}/${path}`, host.readFile(OWN_CONFIGS + path), { replace: false });
  }
  const unlockKey = crypto.getRandomValues(new Uint8Array(UNLOCK_KEY_BYTES));
  host.writeSecretFile(`${folder}/unlock.key`, unlockKey);
}

function stepsIn(folder: string, nowMs: number): readonly (readonly [Command, ...string[]])[] {
  const expires = new Date(nowMs + TRUST_DAYS * DAY_MS).toISOString().slice(0, 10);
  const [anna, ben, trustFile, release] = ["anna.pem", "ben.pem", "trust.cbor", "r7.suit"]
    .map((name) => `${folder}/${name}`) as [string, string, string, string];
  const keys = ["--key", `${anna}.pub`, "--key", `${ben}.pub`];
  const packing = ["--vendor", "example.com", "--sequence", "7", "--output", release];
  return [
    [keygen, "bundle", "keygen", anna],
    [keygen, "bundle", "keygen", ben, "--algorithm", "es256"],
    [trust, "bundle", "trust", trustFile, ...keys, "--threshold", "2", "--expires", expires],
    [sign, "bundle", "sign", trustFile, "--key", anna],
    [pack, "bundle", "pack", `${folder}/${FLEET_FILE}`, ...packing],
    [sign, "bundle", "sign", release, "--key", anna],
    [sign, "bundle", "sign", release, "--key", ben],
    [verify, "bundle", "verify", release, "--trust", trustFile],
  ];
}

/** Understands a command line of this file's own. */
function understand(words: readonly string[]): CommandArguments {
  const invocation = parseCommandLine(words, COMMANDS);
  if (invocation.kind !== "command") throw new RangeError(`no command: ${words.join(" ")}`);
  return invocation.args;
}
