import { createTextOutput, type TextOutput } from "./text_output.ts";

/** As much of the outside as commands see that only say something. */
export interface Speaker {
  /** The words behind the program's name. */
  readonly args: readonly string[];
  /** Results: what `--json` prints, what a pipe reads. */
  readonly stdout: TextOutput;
  /** Everything else. */
  readonly stderr: TextOutput;
}

/**
 * Connects commands that only say something to the process they run in.
 *
 * @returns The process's arguments and outputs.
 */
export function createSpeaker(): Speaker {
  return {
    args: Deno.args,
    stdout: createTextOutput(Deno.stdout, "standard output"),
    stderr: createTextOutput(Deno.stderr, "standard error"),
  };
}
