import { CanvoyError } from "../core/light.ts";

/** A file that cannot be read or written. */
export class FileError extends CanvoyError {
  /** Which way it went wrong. */
  override readonly code:
    | "FILE_NOT_FOUND"
    | "FILE_UNREADABLE"
    | "FILE_TOO_LARGE"
    | "FILE_OUTSIDE_FOLDER"
    | "FILE_EXISTS"
    | "FILE_UNWRITABLE";
  /** The file, as it was named. */
  readonly path: string;

  /**
   * States what could not be done.
   *
   * @param code Which way it went wrong.
   * @param path The file, as it was named.
   * @param state What is wrong with it.
   * @param options The error that led to this one, as `cause`.
   */
  constructor(code: FileError["code"], path: string, state: string, options?: ErrorOptions) {
    const action = code === "FILE_EXISTS" || code === "FILE_UNWRITABLE" ? "write" : "read";
    super(`Cannot ${action} ${path}: ${state}`, options);
    this.code = code;
    this.path = path;
  }
}
