import type { FileWriter, Host } from "../adapters/mod.ts";
import {
  createTraceWriter,
  TRACE_ENDINGS,
  type TraceEncoder,
  type TraceFormatName,
  traceFormatOf,
} from "../can/mod.ts";
import { CanvoyError, printable } from "../core/mod.ts";
import { type CommandArguments, optionNumber, optionText } from "./command_spec.ts";
import type { RunBus } from "./run_bus.ts";
import { UsageError } from "./usage_error.ts";

/** What is kept until it is written, in bytes. */
const KEPT_MAX = 1 << 16;
const MIB = 1024 * 1024;
/** What all parts of a trace take at most, by default. */
const LIMIT_MIB = 1024;
const PARTS = 3;

/**
 * Writes what was on the wire, as it goes: intact frames, stamped with their end in the run's own
 * time, as candump log, Vector ASC, pcapng or BLF by the file's name.
 *
 * It is bounded: the file named holds the beginning; when a third of the limit is reached, `NAME.2`
 * and `NAME.3` hold the latest frames in turn. A file that can be written no longer ends the trace,
 * not the run.
 */
export class TraceFile implements Disposable {
  readonly #host: Host;
  readonly #path: string | undefined;
  readonly #partBytesMax: number;
  readonly #format: TraceFormatName | undefined;
  readonly #busNames: string[] = [];
  readonly #kept = new Uint8Array(KEPT_MAX);
  #file: FileWriter | undefined;
  #writer: TraceEncoder | undefined;
  #keptBytes = 0;
  #part = 1;
  #partBytes = 0;

  /**
   * Begins the file, before the first frame.
   *
   * @param args The command line: `--trace FILE`, `--trace-limit MIB`.
   * @param host The outside.
   * @throws {FileError} If it cannot be written.
   * @throws {UsageError} If its name tells no format.
   */
  constructor(args: CommandArguments, host: Host) {
    this.#host = host;
    this.#path = optionText(args, "trace");
    this.#partBytesMax = (optionNumber(args, "trace-limit") ?? LIMIT_MIB) * MIB / PARTS;
    if (this.#path === undefined) return;
    const format = traceFormatOf(this.#path);
    if (format === undefined) {
      const state = `expected a name that ends in ${TRACE_ENDINGS.join(", ")}`;
      throw new UsageError(args.command, `Cannot write a trace to ${this.#path}: ${state}`);
    }
    this.#format = format;
    this.#file = host.openWriter(this.#path);
  }

  /**
   * Takes down what is on a bus from now on.
   *
   * @param bus The bus.
   */
  follow(bus: Pick<RunBus, "name" | "follow">): void {
    if (this.#file === undefined) return;
    this.#busNames.push(bus.name);
    bus.follow((frame, atMs) => {
      this.#turnOverIfDue();
      this.#add(this.#begun().frame(frame, atMs, bus.name));
    });
  }

  /**
   * Says what is going on, where the format has comments.
   *
   * @param text What to say.
   * @param atMs When, in ms of the run's time.
   */
  comment(text: string, atMs: number): void {
    if (this.#file !== undefined) this.#add(this.#begun().comment(text, atMs));
  }

  /** Writes what was kept until now. */
  flush(): void {
    const content = this.#kept.slice(0, this.#keptBytes);
    this.#keptBytes = 0;
    this.#write(content);
  }

  /** Writes the rest and closes the file. */
  [Symbol.dispose](): void {
    if (this.#file === undefined) return;
    if (this.#busNames.length > 0) this.#add(this.#begun().end());
    this.flush();
    this.#settleHead();
    this.#file?.close();
    this.#file = undefined;
  }

  /** The encoder; the file's head is written once all buses are known. */
  #begun(): TraceEncoder {
    if (this.#writer !== undefined) return this.#writer;
    const writer = createTraceWriter(this.#format!, this.#busNames, Date.now());
    this.#writer = writer;
    this.#add(writer.begin());
    return writer;
  }

  #add(content: Uint8Array): void {
    if (this.#keptBytes + content.length > KEPT_MAX) this.flush();
    if (content.length > KEPT_MAX) this.#write(content);
    else {
      this.#kept.set(content, this.#keptBytes);
      this.#keptBytes += content.length;
    }
  }

  #write(content: Uint8Array): void {
    if (content.length === 0) return;
    this.#attempt((file) => file.write(content));
    this.#partBytes += content.length;
  }

  /** Between two frames: what one frame needs to be read stands in the same part. */
  #turnOverIfDue(): void {
    if (this.#partBytes + this.#keptBytes < this.#partBytesMax) return;
    const writer = this.#writer;
    if (writer === undefined || this.#file === undefined) return;
    this.flush();
    this.#write(writer.end());
    this.#settleHead();
    this.#part = this.#part === 2 ? 3 : 2;
    this.#partBytes = 0;
    this.#attempt((file) => {
      file.close();
      this.#file = this.#host.openWriter(partPath(this.#path!, this.#part));
    });
    this.#write(writer.begin());
  }

  /** Where the beginning states what is known at the end only. */
  #settleHead(): void {
    const head = this.#writer?.head?.();
    if (head !== undefined) this.#attempt((file) => file.writeOverStart(head));
  }

  #attempt(work: (file: FileWriter) => void): void {
    if (this.#file === undefined) return;
    try {
      work(this.#file);
    } catch (error) {
      if (!(error instanceof CanvoyError)) throw error;
      this.#host.stderr.write(`canvoy: the trace ends here: ${printable(error.message)}\n`);
      this.#file.close();
      this.#file = undefined;
    }
  }
}

/** `demo.2.log` for `demo.log`: the ending tells the format. */
function partPath(path: string, part: number): string {
  const dot = path.lastIndexOf(".");
  return dot > path.lastIndexOf("/") + 1
    ? `${path.slice(0, dot)}.${part}${path.slice(dot)}`
    : `${path}.${part}`;
}
