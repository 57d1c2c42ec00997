import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { FileError } from "../../src/adapters/file_error.ts";
import type { TextOutput } from "../../src/adapters/light.ts";

/**
 * Writes text to one of Node's own outputs, as `createTextOutput` does to one of Deno's.
 *
 * @param descriptor 1 or 2.
 * @param name What it is called: `standard output`.
 * @returns The output.
 */
export function createNodeOutput(descriptor: number, name: string): TextOutput {
  const encoder = new TextEncoder();
  let isOpen = true;
  let failure: FileError | undefined;
  return {
    isTerminal: isatty(descriptor),
    get failure() {
      return failure;
    },
    write: (text) => {
      let rest = encoder.encode(text);
      while (isOpen && rest.length > 0) {
        try {
          rest = rest.subarray(writeSync(descriptor, rest));
        } catch (error) {
          const { code, message } = error as NodeJS.ErrnoException;
          // A pipe that is full for now: its other end shares it with a process that does not wait.
          if (code === "EAGAIN") continue;
          isOpen = false;
          if (code !== "EPIPE") failure = new FileError("FILE_UNWRITABLE", name, message);
        }
      }
    },
  };
}
