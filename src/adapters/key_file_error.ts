import { CanvoyError } from "../core/mod.ts";

/** A file with a secret that is not to be used. Its message never quotes the file. */
export class KeyFileError extends CanvoyError {
  /** Which way it is wrong. */
  override readonly code: "KEY_FILE_FORMAT" | "KEY_FILE_OPEN" | "KEY_FILE_PASSPHRASE";
  /** The file, as it was named. */
  readonly path: string;

  /**
   * States what is wrong.
   *
   * @param code Which way it is wrong.
   * @param path The file, as it was named.
   * @param state What is wrong with it.
   */
  constructor(code: KeyFileError["code"], path: string, state: string) {
    super(`Cannot use key file ${path}: ${state}`);
    this.code = code;
    this.path = path;
  }
}
