import type { Host } from "../../adapters/mod.ts";
import { profileYaml } from "../../fleet/mod.ts";
import { BUILT_IN_PROFILE_TEXTS, BUILT_IN_PROFILES } from "../../update/mod.ts";
import { type CommandArguments, optionText } from "../command_spec.ts";
import { EXIT_STATUS, type ExitStatus } from "../exit_status.ts";
import { Output } from "../output.ts";
import { UsageError } from "../usage_error.ts";

/** As fleet files take names of profiles. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/**
 * Writes a built-in profile out.
 *
 * @param args The command line.
 * @param host The outside.
 * @returns 0.
 */
export function run(args: CommandArguments, host: Host): Promise<ExitStatus> {
  const output = new Output(args, host);
  const name = args.operands[0]!;
  const as = optionText(args, "as");
  if (as !== undefined && (!NAME.test(as) || BUILT_IN_PROFILES.has(as))) {
    const state = "expected letters, digits, . _ and -, and no built-in profile's name";
    throw new UsageError(args.command, `Cannot use option --as: ${state}`);
  }
  const yaml = profileYaml(name, BUILT_IN_PROFILE_TEXTS.get(name)!, as);
  output.result(yaml.trimEnd());
  output.summary({ profile: name, yaml });
  return Promise.resolve(EXIT_STATUS.ok);
}
