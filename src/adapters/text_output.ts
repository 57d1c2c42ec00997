import type { FileError } from "./file_error.ts";
import { toFileError } from "./files.ts";

/** Where text goes. */
export interface TextOutput {
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /** Why it is not whole; `undefined` while it is, and where its reader has left. */
  readonly failure: FileError | undefined;

  /**
   * Writes text. Once that failed, nothing is written any more: what is there stays a true beginning.
   *
   * @param text The text; nothing is thrown where it cannot be written.
   */
  write(text: string): void;
}

/** One of the process's own outputs. */
export interface OutputStream {
  /** Writes some of the bytes, and tells how many. */
  writeSync(bytes: Uint8Array): number;
  /** Whether it is a terminal. */
  isTerminal(): boolean;
}

/**
 * Writes text to one of the process's own outputs. A reader that is gone is no failure; a full disk
 * and a terminal that was closed are one, and no reason to end what is being done either.
 *
 * @param stream The output.
 * @param name What it is called: `standard output`.
 * @returns The output.
 */
export function createTextOutput(stream: OutputStream, name: string): TextOutput {
  const encoder = new TextEncoder();
  let isOpen = true;
  let failure: FileError | undefined;
  return {
    isTerminal: stream.isTerminal(),
    get failure() {
      return failure;
    },
    write: (text) => {
      let rest = encoder.encode(text);
      try {
        while (isOpen && rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
      } catch (error) {
        isOpen = false;
        if (error instanceof Deno.errors.BrokenPipe) return;
        failure = toFileError(error, name, "FILE_UNWRITABLE");
      }
    },
  };
}
