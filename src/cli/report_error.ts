import type { Speaker } from "../adapters/light.ts";
import { CanvoyError, jsonText, printable, printableLines } from "../core/light.ts";
import { remedyFor } from "../report/light.ts";
import type { FleetFileError } from "../fleet/mod.ts";
import { UsageError } from "./usage_error.ts";

/** The code of what lists mistakes, one a line. */
const LIST_OF_MISTAKES: FleetFileError["code"] = "FLEET_FILE";

/** How an error is to be told. */
export interface ErrorContext {
  /** The command that it ended; empty where none was understood. */
  readonly command: string;
  /** Whether the last line of standard output is a JSON summary. */
  readonly isJson: boolean;
  /** Whether where it happened is told too. */
  readonly isVerbose: boolean;
}

/**
 * Tells the person, and with `--json` the program too, what ended a command.
 *
 * @param error What was thrown.
 * @param context How it is told.
 * @param host Where text goes.
 */
export function reportError(error: unknown, context: ErrorContext, host: Speaker): void {
  const { code, message, help } = describeError(error);
  const advice = help === "" ? "" : `  ${help}\n`;
  // A list of mistakes has made its lines so itself; else what is quoted could begin one of its own.
  const shown = code === LIST_OF_MISTAKES ? printableLines(message) : printable(message);
  host.stderr.write(`canvoy: ${shown}\n${printableLines(advice)}`);
  if (context.isVerbose && error instanceof Error && error.stack !== undefined) {
    const stack = error.stack.replace(error.message, () => shown);
    host.stderr.write(`${printableLines(stack)}\n`);
  }
  if (!context.isJson) return;
  const summary = {
    type: "summary",
    command: context.command,
    ok: false,
    error: { code, message, help },
  };
  host.stdout.write(jsonText(summary) + "\n");
}

function describeError(error: unknown): { code: string; message: string; help: string } {
  if (error instanceof UsageError) {
    return { code: error.code, message: error.message, help: error.help };
  }
  if (error instanceof CanvoyError) {
    const { code, message } = error;
    return { code, message, help: remedyFor({ code, message }) };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: "INTERNAL", message, help: remedyFor({ code: "INTERNAL", message }) };
}
