import type { Host } from "../../adapters/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { COMMANDS } from "../commands_table.ts";
import { completionScript, type Shell, SHELLS } from "../completions.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { UsageError } from "../usage_error.ts";

/**
 * Writes the completions of a shell to standard output.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const [word = ""] = args.operands;
  const shell: Shell | undefined = SHELLS.find((name) => name === word);
  if (shell === undefined) {
    const state = `expected one of ${SHELLS.join(", ")}, not "${word}"`;
    throw new UsageError(args.command, `Cannot write completions: ${state}`);
  }
  host.stdout.write(completionScript(shell, COMMANDS));
  return Promise.resolve(EXIT_STATUS.ok);
}
