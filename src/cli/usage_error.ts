import { CanvoyError } from "../core/light.ts";

/** A command line that cannot be understood. */
export class UsageError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "USAGE";
  /** The command it was about; empty where none was named. */
  readonly command: string;

  /**
   * States what is wrong.
   *
   * @param command The command; empty where none was named.
   * @param message What could not be done and why.
   */
  constructor(command: string, message: string) {
    super(message);
    this.command = command;
  }

  /** Where to read more. */
  get help(): string {
    return `canvoy ${this.command === "" ? "" : `${this.command} `}--help explains it`;
  }
}
