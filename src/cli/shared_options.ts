import type { OptionSpec } from "./command_spec.ts";

/** Which nodes are meant. */
export const SELECTION: readonly OptionSpec[] = [
  {
    name: "only",
    value: "NAME",
    isJob: true,
    isRepeatable: true,
    summary: "only these nodes and groups, separated by commas; also axis-*, axis-1..axis-9, " +
      "and failed: what the last run of flash did not bring through (flash and verify)",
  },
  {
    name: "except",
    value: "NAME",
    isJob: true,
    isRepeatable: true,
    summary: "all but these nodes and groups, named in the same way",
  },
];

/** Another image. */
export const IMAGE: OptionSpec = {
  name: "image",
  value: "[NAME=]FILE",
  use: "image",
  isJob: true,
  isRepeatable: true,
  summary: "this file instead of the fleet file's image NAME, or of all its images",
};

/** The image to go back to. */
export const ROLLBACK: OptionSpec = {
  name: "rollback-to",
  value: "[NAME=]FILE",
  use: "image",
  isJob: true,
  isRepeatable: true,
  summary: "the image that nodes with one bank get when the new one does not come up",
};

/** How virtual buses are played. */
export const VIRTUAL: readonly OptionSpec[] = [
  {
    name: "seed",
    value: "N",
    range: { min: 0, max: 0xFFFF_FFFF },
    summary: "seed of the random faults on virtual buses; the same seed gives the same run",
  },
  { name: "virtual-time", summary: "as fast as the machine can, in virtual buses' own time" },
];

/** Another bus. */
export const BUS: OptionSpec = {
  name: "bus",
  value: "[NAME=]URL",
  isJob: true,
  isRepeatable: true,
  summary: "this bus instead of the fleet file's bus NAME, or of its only one",
};

/** How long a bus is waited for. */
export const BUS_WAIT: OptionSpec = {
  name: "bus-wait",
  value: "SECONDS",
  range: { min: 0, max: 86_400 },
  summary: "how long to wait for a bus that is down, bus-off or gone; by default what the " +
    "profiles say, else 60",
};

/** As `TRACE_ENDINGS` has them: whoever computes a command's rights may load nothing else. */
const TRACE_ENDINGS: readonly string[] = [".log", ".candump", ".asc", ".pcapng", ".blf"];

/** Where frames are written. */
export const TRACE: readonly OptionSpec[] = [
  {
    name: "trace",
    value: "FILE",
    use: "trace",
    endings: TRACE_ENDINGS,
    summary: "write all frames there: .log as candump -L, .asc and .blf as Vector's tools, .pcapng",
  },
  {
    name: "trace-limit",
    value: "MIB",
    range: { min: 1, max: 1_048_576 },
    summary: "how much a trace takes at most, 1024 by default; FILE then keeps the beginning, " +
      "and two files beside it the latest frames in turn",
  },
];

/** Where a run is told of. */
export const REPORTS: readonly OptionSpec[] = [
  {
    name: "report",
    value: "FILE",
    use: "write",
    endings: [".html", ".htm"],
    isFormatTold: true,
    summary: "write a report of the run that can be shared (HTML)",
  },
  {
    name: "junit",
    value: "FILE",
    use: "write",
    endings: [".xml"],
    isFormatTold: true,
    summary: "write the results for CI systems (JUnit XML)",
  },
  {
    name: "csv",
    value: "FILE",
    use: "write",
    endings: [".csv"],
    isFormatTold: true,
    summary: "write the run there as a table, a line a node",
  },
  {
    name: "log",
    value: "FILE",
    use: "write",
    summary: "write every step of the run there as it happens, as -v shows them",
  },
];

/** The live page. */
export const WEB: readonly OptionSpec[] = [
  {
    name: "web",
    summary: "show progress on a live web page of this machine; its address is printed",
  },
  {
    name: "web-port",
    value: "PORT",
    range: { min: 0, max: 65_535 },
    summary: "the page's port on 127.0.0.1; 8787 by default, 0 picks a free one",
  },
];

/** Where the journal is. */
export const JOURNAL: OptionSpec = {
  name: "journal",
  value: "FILE",
  use: "journal",
  summary: "keep the journal there instead of in the state folder: for resume FILE alone",
};
