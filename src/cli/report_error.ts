import type { Host } from "../adapters/mod.ts";
import { CanvoyError, jsonText, printable, printableLines } from "../core/mod.ts";
import { FleetFileError } from "../fleet/mod.ts";
import { remedyFor } from "../report/mod.ts";
import { UsageError } from "./usage_error.ts";

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
export function reportError(error: unknown, context: ErrorContext, host: Host): void {
  const { code, message, help } = describeError(error);
  const advice = help === "" ? "" : `  ${help}\n`;
  // A list of mistakes has made its lines so itself; else what is quoted could begin one of its own.
  const shown = error instanceof FleetFileError ? printableLines(message) : printable(message);
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
