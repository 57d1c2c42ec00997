import { CanvoyError } from "../core/mod.ts";
import { AscReader } from "./asc_log.ts";
import { type CandumpRecord, parseCandump } from "./candump_log.ts";
import { isPcapng, readPcapng } from "./pcapng.ts";
import type { TraceFormatName } from "./trace_writer.ts";

/** A file that is no trace. */
export class TraceFormatError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "TRACE_FORMAT";

  /**
   * Says which file.
   *
   * @param file Its name.
   */
  constructor(file: string) {
    super(
      `Cannot read trace ${file}: it holds no CAN frame as candump -L, Vector ASC or pcapng write it`,
    );
  }
}

/** A trace as it was read. */
export interface Trace {
  /** The format that was found. */
  readonly format: TraceFormatName;
  /** Its frames, in the order of the file. */
  readonly records: readonly CandumpRecord[];
}

/**
 * Reads a trace, whatever its format: its content tells.
 *
 * @param file Its name and content.
 * @returns Its frames; lines that hold none are passed over.
 * @throws {TraceFormatError} If there is none.
 */
export function readTrace(file: { readonly name: string; readonly bytes: Uint8Array }): Trace {
  const { name, bytes } = file;
  const trace: Trace = isPcapng(bytes)
    ? { format: "pcapng", records: [...readPcapng(bytes)] }
    : readLines(new TextDecoder().decode(bytes));
  if (trace.records.length === 0) throw new TraceFormatError(name);
  return trace;
}

function readLines(text: string): Trace {
  const candump: CandumpRecord[] = [];
  const asc: CandumpRecord[] = [];
  const reader = new AscReader();
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    const record = parseCandump(line);
    if (record !== undefined) candump.push(record);
    else {
      const other = reader.read(line);
      if (other !== undefined) asc.push(other);
    }
  }
  return asc.length > candump.length
    ? { format: "asc", records: asc }
    : { format: "candump", records: candump };
}
