import type { Host } from "../../adapters/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { tryProfile } from "../rehearsal/try_profile.ts";

/**
 * Plays a profile against a virtual node that is bent the same way. Nothing leaves the process.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0 when the node ends with the whole image, 1 when not.
 */
export async function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const tried = await tryProfile(args, host, output);
  output.summary({ ...tried });
  return tried.ok ? EXIT_STATUS.ok : EXIT_STATUS.nodesFailed;
}
