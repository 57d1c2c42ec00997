import type { Speaker } from "../adapters/light.ts";
import { COMMANDS } from "./commands_table.ts";
import { parseCommandLine } from "./parse.ts";
import { reportError } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Says why a command line makes no command, for launchers: as canvoy would, but before it is started.
 *
 * @param speaker Where it comes from, and where text goes.
 * @returns Whether it makes none, and that was said.
 */
export function refusesUsage(speaker: Speaker): boolean {
  const { args } = speaker;
  try {
    parseCommandLine(args, COMMANDS);
    return false;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const isVerbose = args.includes("--verbose") || args.includes("-v");
    const { command } = error;
    reportError(error, { command, isJson: args.includes("--json"), isVerbose }, speaker);
    return true;
  }
}
