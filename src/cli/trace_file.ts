import type { Host } from "../adapters/mod.ts";
import { formatCandump } from "../can/mod.ts";
import type { VirtualBus } from "../sim/mod.ts";
import { type CommandArguments, optionText } from "./command_spec.ts";

/** Writes what was on the wire as `candump -L` does: intact frames, stamped with their end. */
export class TraceFile {
  readonly #host: Host;
  readonly #path: string | undefined;
  readonly #lines: string[] = [];

  /**
   * Makes sure that the file can be written, before the first frame.
   *
   * @param args The command line: `--trace FILE`.
   * @param host The outside.
   */
  constructor(args: CommandArguments, host: Host) {
    this.#host = host;
    this.#path = optionText(args, "trace");
    this.save();
  }

  /**
   * Takes down what is on a bus from now on.
   *
   * @param bus The bus.
   */
  follow(bus: VirtualBus): void {
    if (this.#path === undefined) return;
    bus.onWire = ({ intact, frame, atMs }) => {
      if (intact) this.#lines.push(formatCandump(frame, atMs, bus.name));
    };
  }

  /** Writes the file; nothing where none was asked for. */
  save(): void {
    if (this.#path === undefined) return;
    const text = this.#lines.map((line) => `${line}\n`).join("");
    this.#host.writeFile(this.#path, new TextEncoder().encode(text), { replace: true });
  }
}
