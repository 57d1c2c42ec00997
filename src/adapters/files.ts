import { isDenied } from "./denied.ts";
import { FileError } from "./file_error.ts";

/** The largest flash of the parts has 2 MiB; its text formats are three times as long. */
const FILE_SIZE_MAX_BYTES = 64 * 1024 * 1024;
const FOLDER_MODE = 0o700;

/**
 * Reads a file.
 *
 * @param path The file.
 * @returns Its content.
 * @throws {FileError} If it is not there, no file, too large or not to be read.
 */
export function readFile(path: string): Uint8Array {
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) throw new FileError("FILE_UNREADABLE", path, "it is no file");
    if (size > FILE_SIZE_MAX_BYTES) {
      const state = `it has ${size} bytes, more than ${FILE_SIZE_MAX_BYTES}`;
      throw new FileError("FILE_TOO_LARGE", path, state);
    }
    return Deno.readFileSync(path);
  } catch (error) {
    throw toFileError(error, path, "FILE_UNREADABLE");
  }
}

/**
 * Reads a file that a fleet file names: beneath the fleet file's folder, links followed.
 *
 * @param folder The folder.
 * @param path Path of the file, relative to the folder.
 * @returns Its content.
 * @throws {FileError} If it cannot be read, or lies elsewhere.
 */
export function readFileBeneath(folder: string, path: string): Uint8Array {
  const joined = folder === "." ? path : `${folder}/${path}`;
  const content = readFile(joined);
  const home = realPath(folder);
  const real = realPath(joined);
  if (home !== "/" && !real.startsWith(`${home}/`)) {
    const state = `it is a link that leaves the fleet file's folder, to ${real}`;
    throw new FileError("FILE_OUTSIDE_FOLDER", joined, state);
  }
  return content;
}

/**
 * Writes a file.
 *
 * @param path The file.
 * @param content Its content.
 * @param options Whether a file that is there already is replaced.
 * @throws {FileError} If it cannot be written, or is there already.
 */
export function writeFile(
  path: string,
  content: Uint8Array,
  options: { readonly replace: boolean },
): void {
  try {
    Deno.writeFileSync(path, content, { createNew: !options.replace });
  } catch (error) {
    throw toFileError(error, path, "FILE_UNWRITABLE");
  }
}

/**
 * Makes a folder, and those above it, for their owner alone; one that is there is left as it is.
 *
 * @param path The folder.
 * @throws {FileError} If it cannot be made.
 */
export function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      throw toFileError(error, path, "FILE_UNWRITABLE");
    }
    const state = "a file is in the way, or a link to what is gone";
    throw new FileError("FILE_UNWRITABLE", path, state, { cause: error });
  }
}

/** A file that is written as a run goes. */
export interface FileWriter {
  /**
   * Writes at its end.
   *
   * @param content What to write.
   * @throws {FileError} `FILE_UNWRITABLE`, for example when the disk is full.
   */
  write(content: Uint8Array): void;
  /**
   * Writes over its beginning, which is at least as long.
   *
   * @param content What is to stand there.
   * @throws {FileError} `FILE_UNWRITABLE`.
   */
  writeOverStart(content: Uint8Array): void;
  /** Closes it; nothing is written afterwards. */
  close(): void;
}

/**
 * Begins a file, in place of one that is there.
 *
 * @param path The file.
 * @returns The way to write it.
 * @throws {FileError} If it cannot be written.
 */
export function openWriter(path: string): FileWriter {
  const file = attemptWrite(path, () => {
    return Deno.openSync(path, { write: true, create: true, truncate: true });
  });
  const writeAll = (content: Uint8Array): void => {
    let rest = content;
    while (rest.length > 0) rest = rest.subarray(file.writeSync(rest));
  };
  return {
    write: (content) => attemptWrite(path, () => writeAll(content)),
    writeOverStart: (content) =>
      attemptWrite(path, () => {
        file.seekSync(0, Deno.SeekMode.Start);
        writeAll(content);
        file.seekSync(0, Deno.SeekMode.End);
      }),
    close: () => file.close(),
  };
}

function attemptWrite<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw toFileError(error, path, "FILE_UNWRITABLE");
  }
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    throw toFileError(error, path, "FILE_UNREADABLE");
  }
}

/**
 * Says what a file operation failed of.
 *
 * @param error What was thrown.
 * @param path The file, as it was named.
 * @param code What it was tried for.
 * @returns The error, or itself where it says so already.
 */
export function toFileError(
  error: unknown,
  path: string,
  code: FileError["code"],
): FileError {
  if (error instanceof FileError) return error;
  const options = { cause: error };
  if (error instanceof Deno.errors.NotFound) {
    return code === "FILE_UNWRITABLE"
      ? new FileError(code, path, "its folder does not exist", options)
      : new FileError("FILE_NOT_FOUND", path, "there is no such file", options);
  }
  if (error instanceof Deno.errors.AlreadyExists) {
    return new FileError("FILE_EXISTS", path, "it is there already", options);
  }
  if (isDenied(error)) {
    return new FileError(code, path, "permission denied", options);
  }
  const state = error instanceof Error ? error.message : String(error);
  return new FileError(code, path, state, options);
}
