import { CanvoyError, foreignContent } from "../core/mod.ts";
import { AscReader } from "./asc_reader.ts";
import { isBlf, readBlf } from "./blf_reader.ts";
import type { CandumpRecord } from "./candump_record.ts";
import { CandumpReader } from "./candump_text.ts";
import { type CaptureLine, PassedTally } from "./capture_line.ts";
import { framesOfPackets } from "./capture_packet.ts";
import { type CapturePackets, isPcap, readPcap } from "./pcap.ts";
import { isPcapng, readPcapng } from "./pcapng.ts";
import { decodeText } from "./text_encoding.ts";
import { type ReadTraceFormat, TRACE_FORMAT_TITLES } from "./trace_format.ts";

/** A file that is no trace. */
export class TraceFormatError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "TRACE_FORMAT";

  /**
   * Says which file, and what is in it.
   *
   * @param file Its name.
   * @param found What was recognised; absent where nothing was.
   * @param isKnown Whether that is a format of captures.
   */
  constructor(file: string, found?: string, isKnown = true) {
    const known = Object.values(TRACE_FORMAT_TITLES).join(", ");
    super(
      `Cannot read trace ${file}: it holds no CAN frame` +
        (found === undefined || !isKnown ? `, as ${known} have them` : "") +
        (found === undefined ? "" : `; it is ${found}`),
    );
  }
}

/** A trace as it was read. */
export interface Trace {
  /** The format that was found. */
  readonly format: ReadTraceFormat;
  /** What else was recognised, for people, for example `base dec`. */
  readonly details: readonly string[];
  /** Its frames, in the order of the file. */
  readonly records: readonly CandumpRecord[];
  /** What was passed over. */
  readonly passedOver: PassedTally;
}

/**
 * Reads a trace, whatever its format: its content tells.
 *
 * @param file Its name and content.
 * @returns Its frames, and what was passed over.
 * @throws {TraceFormatError} If there is none.
 */
export function readTrace(file: { readonly name: string; readonly bytes: Uint8Array }): Trace {
  const { name, bytes } = file;
  const trace = readAny(bytes);
  if (trace.records.length > 0) return trace;
  if (isText(trace.format)) {
    const found = bytes.length === 0 ? "empty" : foreignContent(bytes);
    throw new TraceFormatError(name, found, false);
  }
  const passed = `${trace.passedOver}`;
  const found = `${TRACE_FORMAT_TITLES[trace.format]}, ${passed === "" ? "empty" : passed}`;
  throw new TraceFormatError(name, found);
}

function isText(format: ReadTraceFormat): boolean {
  return format === "candump" || format === "candump-text" || format === "asc";
}

function readAny(bytes: Uint8Array): Trace {
  if (isPcapng(bytes)) return readPackets("pcapng", readPcapng(bytes));
  if (isPcap(bytes)) return readPackets("pcap", readPcap(bytes));
  if (!isBlf(bytes)) return readLines(bytes);
  const passedOver = new PassedTally();
  return { format: "blf", details: [], records: readBlf(bytes, passedOver), passedOver };
}

function readPackets(
  format: "pcapng" | "pcap",
  { packets, isCut, damagedCount = 0 }: CapturePackets,
): Trace {
  const passedOver = new PassedTally();
  const records: CandumpRecord[] = [];
  for (const found of framesOfPackets(packets)) {
    if (typeof found === "object") records.push(found);
    else passedOver.add(found);
  }
  for (let i = 0; i < damagedCount; i++) passedOver.add("damaged part");
  if (isCut) passedOver.add("cut record");
  return { format, details: [], records, passedOver };
}

/** Frames after which it is clear which of two formats a text is in. */
const CERTAIN_FRAMES = 64;

/** What a reader of lines has found. */
class Lines {
  readonly records: CandumpRecord[] = [];
  readonly passedOver = new PassedTally();

  add(found: CaptureLine, line: number): void {
    if (typeof found === "object") this.records.push(found);
    else if (found !== undefined) this.passedOver.add(found, line);
  }
}

function readLines(bytes: Uint8Array): Trace {
  const { text, encoding } = decodeText(bytes);
  const [candump, asc] = [new CandumpReader(), new AscReader()];
  const [ofCandump, ofAsc] = [new Lines(), new Lines()];
  let number = 0;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trimEnd();
    number++;
    const isAsc = ofAsc.records.length >= CERTAIN_FRAMES;
    const isCandump = ofCandump.records.length >= CERTAIN_FRAMES;
    if (!isAsc) ofCandump.add(candump.read(line), number);
    if (isAsc || !isCandump) ofAsc.add(asc.read(line), number);
  }
  const encoded = encoding === "UTF-8" ? [] : [encoding];
  if (ofAsc.records.length > ofCandump.records.length) {
    return { ...fieldsOf(ofAsc), format: "asc", details: [asc.details, ...encoded] };
  }
  return {
    ...fieldsOf(ofCandump),
    records: candump.settle(ofCandump.records),
    format: candump.isPlain ? "candump-text" : "candump",
    details: [...(candump.isUntimed ? ["without times"] : []), ...encoded],
  };
}

function fieldsOf({ records, passedOver }: Lines): Pick<Trace, "records" | "passedOver"> {
  return { records, passedOver };
}
