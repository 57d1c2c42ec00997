/** The formats that traces are written in. */
export type TraceFormatName = "candump" | "asc" | "pcapng" | "blf";

/** The formats that traces are read in: also those that are not written. */
export type ReadTraceFormat = TraceFormatName | "candump-text" | "pcap";

/** What people call them. */
export const TRACE_FORMAT_TITLES: Readonly<Record<ReadTraceFormat, string>> = {
  candump: "candump -L",
  "candump-text": "candump without -L",
  asc: "Vector ASC",
  pcapng: "pcapng",
  pcap: "pcap",
  blf: "Vector BLF",
};

const FORMATS: Readonly<Record<string, TraceFormatName>> = {
  ".log": "candump",
  ".candump": "candump",
  ".asc": "asc",
  ".pcapng": "pcapng",
  ".blf": "blf",
};

/** Endings of files that traces are written to. */
export const TRACE_ENDINGS: readonly string[] = Object.keys(FORMATS);

/**
 * Chooses a format by a file's name.
 *
 * @param path The file.
 * @returns The format that its ending stands for; `undefined` where it stands for none.
 */
export function traceFormatOf(path: string): TraceFormatName | undefined {
  const ending = /\.[^./\\]+$/.exec(path)?.[0].toLowerCase() ?? "";
  return Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
}
