import { CanvoyError } from "../core/mod.ts";
import { makeFolder, toFileError } from "./files.ts";

/** How often a lock that is waited for is tried, in ms. */
const TRY_MS = 5;

/** Another run works on the same. */
export class RunInProgressError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "RUN_IN_PROGRESS";
  /** The file whose lock the other one holds. */
  readonly path: string;

  /**
   * Says what the other run works on.
   *
   * @param what For people: `bus "body"`.
   * @param path The file whose lock the other one holds.
   */
  constructor(what: string, path: string) {
    super(`Cannot begin: another run of canvoy works on ${what} (it holds the lock of ${path})`);
    this.path = path;
  }
}

/**
 * Locks an open file, as `flock` does: the system gives the lock up when its process ends, however it
 * ends, so that no lock of a dead process is ever in the way.
 *
 * @param file The file.
 * @param path Where it is.
 * @param what What it stands for.
 * @throws {RunInProgressError} If another process has it; the file is closed then.
 */
export function lockOpenFile(file: Deno.FsFile, path: string, what: string): void {
  if (file.tryLockSync(true)) return;
  file.close();
  throw new RunInProgressError(what, path);
}

/**
 * Locks a file by name.
 *
 * @param path The file.
 * @param what What it stands for.
 * @param options Whether it is made where it is missing, with its folder; how long another process
 * is waited for that has it, in ms, by default not at all. Nothing else goes on meanwhile.
 * @returns Dispose to give the lock up.
 * @throws {RunInProgressError} If another process has it.
 * @throws {FileError} If it cannot be opened.
 */
export function lockFile(
  path: string,
  what: string,
  options: { readonly create: boolean; readonly waitMs?: number },
): Disposable {
  let file: Deno.FsFile;
  if (options.create) makeFolder(path.slice(0, path.lastIndexOf("/")));
  try {
    file = Deno.openSync(
      path,
      options.create ? { read: true, write: true, create: true, mode: 0o600 } : { read: true },
    );
  } catch (error) {
    throw toFileError(error, path, options.create ? "FILE_UNWRITABLE" : "FILE_UNREADABLE");
  }
  for (let leftMs = options.waitMs ?? 0; leftMs > 0; leftMs -= TRY_MS) {
    if (file.tryLockSync(true)) return file;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TRY_MS);
  }
  lockOpenFile(file, path, what);
  return file;
}

/**
 * Tells whether a process has locked a file.
 *
 * @param path The file; one that is not there is not locked.
 * @returns Whether it has.
 * @throws {FileError} If it is there and cannot be opened.
 */
export function isLocked(path: string): boolean {
  try {
    using file = Deno.openSync(path, { read: true });
    return !file.tryLockSync(true);
  } catch (error) {
    const failure = toFileError(error, path, "FILE_UNREADABLE");
    if (failure.code === "FILE_NOT_FOUND") return false;
    throw failure;
  }
}
