/**
 * The command line: understands it, carries the command out, tells how it ended.
 *
 * @module
 */
import { createHost, type Host } from "../adapters/mod.ts";
import { printable } from "../core/mod.ts";
import { COMMANDS } from "./commands_table.ts";
import { EXIT_STATUS, type ExitStatus, statusOfError } from "./exit_status.ts";
import { helpText } from "./help.ts";
import { LOADERS } from "./loaders.ts";
import { parseCommandLine } from "./parse.ts";
import { reportError } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";
import { VERSION } from "./version.ts";

const KNOWN_COMMANDS = COMMANDS.filter(({ name }) => Object.hasOwn(LOADERS, name));

/**
 * Runs canvoy once.
 *
 * @param host The outside.
 * @returns How it ended.
 */
export async function main(host: Host): Promise<ExitStatus> {
  return tellLosses(host, await carryOut(host));
}

async function carryOut(host: Host): Promise<ExitStatus> {
  let command = "";
  try {
    const invocation = parseCommandLine(host.args, KNOWN_COMMANDS);
    switch (invocation.kind) {
      case "help":
        host.stdout.write(helpText(invocation.topic, KNOWN_COMMANDS));
        return EXIT_STATUS.ok;
      case "version":
        host.stdout.write(`canvoy ${VERSION}\n`);
        return EXIT_STATUS.ok;
      case "command": {
        command = invocation.spec.name;
        const { run } = await LOADERS[command]!();
        return await run(invocation.args, host);
      }
    }
  } catch (error) {
    reportError(error, {
      command: error instanceof UsageError ? error.command : command,
      isJson: hasFlag(host, "--json"),
      isVerbose: hasFlag(host, "--verbose", "-v"),
    }, host);
    return statusOfError(error);
  }
}

/** Says on one output that the other is not whole; a result that was not given is no success. */
function tellLosses(host: Host, status: ExitStatus): ExitStatus {
  const { stdout, stderr } = host;
  if (stdout.failure !== undefined) {
    reportError(stdout.failure, { command: "", isJson: false, isVerbose: false }, host);
    return status === EXIT_STATUS.ok ? statusOfError(stdout.failure) : status;
  }
  // The last line of --json is the summary.
  if (stderr.failure !== undefined && !hasFlag(host, "--json")) {
    stdout.write(`canvoy: ${printable(stderr.failure.message)}\n`);
  }
  return status;
}

function hasFlag({ args }: Host, ...names: readonly string[]): boolean {
  return args.some((arg) => names.includes(arg));
}

if (import.meta.main) Deno.exit(await main(createHost()));
