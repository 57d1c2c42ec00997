import type { Speaker } from "../../adapters/light.ts";
import type { CommandArguments } from "../command_spec.ts";
import { COMMANDS } from "../commands_table.ts";
import { completionScript, type Shell } from "../completions.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";

/**
 * Writes the completions of a shell to standard output.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Speaker): Promise<ExitStatus> {
  host.stdout.write(completionScript(args.operands[0] as Shell, COMMANDS));
  return Promise.resolve(EXIT_STATUS.ok);
}
