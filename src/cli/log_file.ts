import type { FileWriter, Host } from "../adapters/mod.ts";
import { CanvoyError, printable } from "../core/mod.ts";
import type { FleetMoment, FleetState } from "../fleet/mod.ts";
import { finalTable, paintNothing, plainLine } from "../report/mod.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";
import { commandLineText } from "./report_files.ts";
import { VERSION } from "./version.ts";

/**
 * Writes what `--log` asks for: every step of a run as it happens, a line each, whatever the terminal
 * shows, and the final table. A file that can be written no longer ends the log, not the run.
 */
export class LogFile implements Disposable {
  readonly #host: Host;
  #file: FileWriter | undefined;
  #kept = "";

  /**
   * Begins the file, before the first frame.
   *
   * @param args The command line: `--log FILE`.
   * @param host The outside.
   * @throws {FileError} If it cannot be written.
   */
  constructor(args: CommandArguments, host: Host) {
    this.#host = host;
    const path = optionText(args, "log");
    if (path === undefined) return;
    this.#file = host.openWriter(path);
    const startedAt = new Date(host.nowMs()).toISOString();
    this.#kept = `${startedAt} canvoy ${VERSION}: ${commandLineText(host)}\n`;
    this.flush();
  }

  /**
   * Takes a moment in.
   *
   * @param moment What happened.
   */
  next({ event, state }: FleetMoment): void {
    if (this.#file === undefined) return;
    const line = plainLine(event, state, { isVerbose: true });
    if (line !== undefined) this.#kept += `${printable(line)}\n`;
  }

  /**
   * Writes how the run, or a try of it, ended.
   *
   * @param state The fleet.
   */
  ended(state: FleetState): void {
    if (this.#file === undefined) return;
    this.#kept += finalTable(state, paintNothing).map((line) => `${printable(line)}\n`).join("");
    this.flush();
  }

  /** Writes what was kept until now. */
  flush(): void {
    if (this.#file === undefined || this.#kept === "") return;
    try {
      this.#file.write(new TextEncoder().encode(this.#kept));
    } catch (error) {
      if (!(error instanceof CanvoyError)) throw error;
      this.#host.stderr.write(`canvoy: the log ends here: ${printable(error.message)}\n`);
      this.#file.close();
      this.#file = undefined;
    }
    this.#kept = "";
  }

  /** Writes the rest and closes the file. */
  [Symbol.dispose](): void {
    this.flush();
    this.#file?.close();
    this.#file = undefined;
  }
}
