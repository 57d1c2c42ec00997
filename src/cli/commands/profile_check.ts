import type { Host } from "../../adapters/mod.ts";
import { isFleetText, ownProfiles, readProfileFile } from "../../fleet/mod.ts";
import type { UpdateProfile } from "../../update/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { readFleet } from "../load_jobs.ts";
import { profileFileReader } from "../needed_files.ts";
import { Output } from "../output.ts";
import { partLines, profileParts } from "../profile_summary.ts";

/**
 * Tells what a profile says, where nothing is wrong with it.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0; mistakes are thrown.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const path = args.operands[0]!;
  const profiles = profilesOf(path, args, host);
  const told = profiles.map((profile) => ({ name: profile.name, parts: profileParts(profile) }));
  for (const { name, parts } of told) {
    output.result(`profile ${name}: ok`);
    for (const line of partLines(parts)) output.progress(line);
  }
  if (told.length === 0) output.result(`${path}: ok, it says no profiles`);
  else output.note(`canvoy profile try ${path} plays it against a virtual node`);
  output.summary({ profiles: told });
  return Promise.resolve(EXIT_STATUS.ok);
}

function profilesOf(path: string, args: CommandArguments, host: Host): readonly UpdateProfile[] {
  const text = new TextDecoder().decode(host.readFile(path));
  const file = { name: path, text };
  const read = profileFileReader(path, host);
  if (!isFleetText(text)) return [readProfileFile(file, read)];
  readFleet(path, args, host);
  return [...ownProfiles(file, read).values()];
}
