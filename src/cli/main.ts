/**
 * The command line: understands it, carries the command out, tells how it ended.
 *
 * @module
 */
import { createHost, type Host } from "../adapters/mod.ts";
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
    const hasFlag = (...names: readonly string[]): boolean =>
      host.args.some((arg) => names.includes(arg));
    reportError(error, {
      command: error instanceof UsageError ? error.command : command,
      isJson: hasFlag("--json"),
      isVerbose: hasFlag("--verbose", "-v"),
    }, host);
    return statusOfError(error);
  }
}

if (import.meta.main) Deno.exit(await main(createHost()));
