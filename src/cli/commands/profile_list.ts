import type { Host } from "../../adapters/mod.ts";
import { BUILT_IN_PROFILE_SUMMARIES } from "../../update/mod.ts";
import type { CommandArguments } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";

/**
 * Lists the built-in profiles.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const profiles = Object.entries(BUILT_IN_PROFILE_SUMMARIES)
    .map(([name, summary]) => ({ name, summary }));
  const width = Math.max(...profiles.map(({ name }) => name.length)) + 2;
  for (const { name, summary } of profiles) output.result(name.padEnd(width) + summary);
  output.note("canvoy profile show NAME writes one out as YAML");
  output.summary({ profiles });
  return Promise.resolve(EXIT_STATUS.ok);
}
