import type { FileWriter, Host } from "../adapters/mod.ts";
import { formatCandump } from "../can/mod.ts";
import { CanvoyError } from "../core/mod.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";
import type { RunBus } from "./run_bus.ts";

/** What is kept until it is written, in characters. */
const KEPT_MAX = 1 << 16;

/**
 * Writes what was on the wire as `candump -L` does, as it goes: intact frames, stamped with their end
 * in the run's own time. A file that can be written no longer ends the trace, not the run.
 */
export class TraceFile implements Disposable {
  readonly #host: Host;
  readonly #encoder = new TextEncoder();
  #writer: FileWriter | undefined;
  #kept = "";

  /**
   * Begins the file, before the first frame.
   *
   * @param args The command line: `--trace FILE`.
   * @param host The outside.
   * @throws {FileError} If it cannot be written.
   */
  constructor(args: CommandArguments, host: Host) {
    this.#host = host;
    const path = optionText(args, "trace");
    if (path !== undefined) this.#writer = host.openWriter(path);
  }

  /**
   * Takes down what is on a bus from now on.
   *
   * @param bus The bus.
   */
  follow(bus: Pick<RunBus, "name" | "follow">): void {
    if (this.#writer === undefined) return;
    bus.follow((frame, atMs) => {
      this.#kept += `${formatCandump(frame, atMs, bus.name)}\n`;
      if (this.#kept.length >= KEPT_MAX) this.flush();
    });
  }

  /** Writes what was kept until now. */
  flush(): void {
    const text = this.#kept;
    this.#kept = "";
    if (this.#writer === undefined || text === "") return;
    try {
      this.#writer.write(this.#encoder.encode(text));
    } catch (error) {
      if (!(error instanceof CanvoyError)) throw error;
      this.#host.stderr.write(`canvoy: the trace ends here: ${error.message}\n`);
      this.#writer.close();
      this.#writer = undefined;
    }
  }

  /** Writes the rest and closes the file. */
  [Symbol.dispose](): void {
    this.flush();
    this.#writer?.close();
    this.#writer = undefined;
  }
}
