import { readFile, toFileError } from "./files.ts";
import { KeyFileError } from "./key_file_error.ts";

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/**
 * Reads a file with a secret; one that others may read or write is refused.
 *
 * @param path The file.
 * @returns Its content.
 * @throws {FileError} If it cannot be read.
 * @throws {KeyFileError} If its rights are too wide.
 */
export function readSecretFile(path: string): Uint8Array {
  const content = readFile(path);
  const { mode } = Deno.statSync(path);
  if (mode !== null && (mode & OTHERS) !== 0) {
    const rights = (mode & 0o777).toString(8).padStart(4, "0");
    throw new KeyFileError(
      "KEY_FILE_OPEN",
      path,
      `others may use it too, its rights are ${rights}`,
    );
  }
  return content;
}

/**
 * Writes a new file with a secret, for its owner alone; never over one that is there.
 *
 * @param path The file.
 * @param content Its content.
 * @throws {FileError} If it cannot be written, or is there already.
 */
export function writeSecretFile(path: string, content: Uint8Array): void {
  try {
    Deno.writeFileSync(path, content, { createNew: true, mode: OWNER_ONLY });
  } catch (error) {
    throw toFileError(error, path, "FILE_UNWRITABLE");
  }
}
