import type { Speaker } from "../adapters/light.ts";
import { printable } from "../core/light.ts";
import type { CommandArguments } from "./command_spec.ts";
import { COMMANDS } from "./commands_table.ts";
import { EXIT_STATUS, type ExitStatus, statusOfError } from "./exit_status.ts";
import { helpText } from "./help.ts";
import { parseCommandLine } from "./parse.ts";
import { reportError } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";
import { VERSION } from "./version.ts";

/**
 * Carries a command out.
 *
 * @param args Its command line.
 * @returns How canvoy ends; rejects with what could not be done.
 */
export type CarryOut = (args: CommandArguments) => Promise<ExitStatus>;

/**
 * Runs canvoy once: understands the command line, has its command carried out, tells how it ended.
 *
 * @param speaker Where the command line comes from, and where text goes.
 * @param carryOut Carries the command out.
 * @returns How it ended.
 */
export async function runOnce(speaker: Speaker, carryOut: CarryOut): Promise<ExitStatus> {
  return tellLosses(speaker, await answer(speaker, carryOut));
}

async function answer(speaker: Speaker, carryOut: CarryOut): Promise<ExitStatus> {
  let command = "";
  try {
    const invocation = parseCommandLine(speaker.args, COMMANDS);
    switch (invocation.kind) {
      case "help":
        speaker.stdout.write(helpText(invocation.topic, COMMANDS));
        return EXIT_STATUS.ok;
      case "version":
        speaker.stdout.write(`canvoy ${VERSION}\n`);
        return EXIT_STATUS.ok;
      case "command":
        command = invocation.spec.name;
        return await carryOut(invocation.args);
    }
  } catch (error) {
    reportError(error, {
      command: error instanceof UsageError ? error.command : command,
      isJson: hasFlag(speaker, "--json"),
      isVerbose: hasFlag(speaker, "--verbose", "-v"),
    }, speaker);
    return statusOfError(error);
  }
}

/** Says on one output that the other is not whole; a result that was not given is no success. */
function tellLosses(speaker: Speaker, status: ExitStatus): ExitStatus {
  const { stdout, stderr } = speaker;
  if (stdout.failure !== undefined) {
    reportError(stdout.failure, { command: "", isJson: false, isVerbose: false }, speaker);
    return status === EXIT_STATUS.ok ? statusOfError(stdout.failure) : status;
  }
  // The last line of --json is the summary.
  if (stderr.failure !== undefined && !hasFlag(speaker, "--json")) {
    stdout.write(`canvoy: ${printable(stderr.failure.message)}\n`);
  }
  return status;
}

function hasFlag({ args }: Speaker, ...names: readonly string[]): boolean {
  return args.some((arg) => names.includes(arg));
}
