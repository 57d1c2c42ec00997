import {
  BUNDLE,
  BUNDLE_COMMANDS,
  DOWNGRADE,
  FLEET,
  KEY_PROGRAMS,
} from "./bundle_commands_table.ts";
import type { CommandSpec, OperandSpec, OptionSpec } from "./command_spec.ts";
import { SHELLS } from "./completions.ts";
import { QUIET_COMMANDS } from "./plan_commands_table.ts";
import { RUNS_COMMANDS, STATE } from "./runs_commands_table.ts";
import {
  BUS,
  BUS_WAIT,
  IMAGE,
  JOURNAL,
  REPORTS,
  ROLLBACK,
  SELECTION,
  TRACE,
  VIRTUAL,
  WEB,
} from "./shared_options.ts";

/** Part of a firmware file. */
const RANGE_OPTION: OptionSpec = {
  name: "range",
  value: "RANGE",
  summary: "only these addresses: FIRST..LAST, or START+SIZE",
};

const FILE: OperandSpec = {
  name: "FILE",
  use: "read",
  summary: "a firmware file: ELF, Intel HEX, S-record, raw",
};

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "demo",
    summary: "update twelve virtual nodes with real images and faults; ends verified",
    operands: [],
    options: [
      {
        name: "signed",
        summary: "make keys, sign a release, verify it, and update three kinds of nodes from it",
      },
      ...VIRTUAL,
      JOURNAL,
      ...TRACE,
      ...REPORTS,
      ...WEB,
    ],
    needs: ["journal", "project"],
    examples: [
      "canvoy demo",
      "canvoy demo --signed",
      "canvoy demo --virtual-time --seed 7 --trace demo.log",
    ],
  },
  {
    name: "init",
    summary: "write a commented fleet file to start from",
    operands: [{
      name: "FILE",
      isOptional: true,
      use: "write",
      path: "fleet.yaml",
      summary: "file to write; fleet.yaml by default; never overwrites a file",
    }],
    options: [],
    examples: ["canvoy init", "canvoy init bench.yaml"],
  },
  {
    name: "flash",
    summary: "update the fleet",
    details: [
      "Each node ends with the new image verified, with its old image intact, or waiting in its " +
      "bootloader, named in the report and mended by the same command.",
      "Two banks, in a profile that exchanges them: a node goes back by itself from an image that " +
      "does not come up. One bank: it waits in its bootloader, or is given --rollback-to.",
      "On a terminal with fewer rows than nodes, arrows, Page Up, Page Down, Home and End scroll " +
      "them, and k, j, g and G.",
    ],
    operands: [FLEET],
    options: [
      IMAGE,
      ROLLBACK,
      ...BUNDLE,
      DOWNGRADE,
      KEY_PROGRAMS,
      ...SELECTION,
      BUS,
      BUS_WAIT,
      { name: "dry-run", summary: "ask the nodes what would be done; nothing changes" },
      { name: "yes", summary: "do not ask before nodes on a real bus are erased" },
      ...VIRTUAL,
      JOURNAL,
      STATE,
      ...TRACE,
      ...REPORTS,
      ...WEB,
    ],
    needs: ["bus", "journal"],
    examples: [
      "canvoy flash fleet.yaml",
      "canvoy flash fleet.yaml --image app=build/app.hex --only doors",
    ],
  },
  {
    name: "resume",
    summary: "continue an interrupted run",
    details: [
      "Each node is asked what it holds, and only the rest is done; what an erase may have torn is " +
      "erased again whatever it reads as. Refused when the fleet file or an image has changed: flash " +
      "again then.",
    ],
    operands: [{
      name: "JOURNAL",
      isOptional: true,
      use: "journal",
      summary: "the run's journal; by default that of the newest unfinished run",
    }],
    options: [KEY_PROGRAMS, BUS_WAIT, ...VIRTUAL, STATE, ...TRACE, ...REPORTS, ...WEB],
    needs: ["bus", "journal"],
    examples: ["canvoy resume", "canvoy resume runs/2026-11-24T21-30-45.123Z-7f3a.cborseq"],
  },
  ...RUNS_COMMANDS,
  ...QUIET_COMMANDS,
  {
    name: "verify",
    summary: "compare the nodes with the image by checksum; writes nothing",
    operands: [FLEET],
    options: [
      IMAGE,
      ...BUNDLE,
      DOWNGRADE,
      KEY_PROGRAMS,
      ...SELECTION,
      BUS,
      BUS_WAIT,
      ...VIRTUAL,
      ...TRACE,
      ...REPORTS,
      ...WEB,
    ],
    needs: ["bus", "locks"],
    examples: ["canvoy verify fleet.yaml --only door-left"],
  },
  {
    name: "sim",
    summary: "run virtual nodes of a fleet on a bus, for benches and tests",
    details: [
      "The nodes run in real time until INT, TERM or HUP; a virtual bus without listen= listens " +
      "on a free port, which is printed. Other commands join it by connect=. Nodes remember " +
      "nothing once sim ends. With -v it tells what becomes of each node.",
    ],
    operands: [FLEET],
    options: [
      BUS,
      KEY_PROGRAMS,
      VIRTUAL[0]!,
      ...TRACE,
      ...WEB,
    ],
    needs: ["bus", "endpoint"],
    examples: [
      "canvoy sim configs/vcan.yaml",
      "canvoy sim fleet.yaml --bus 'virtual:bench?listen=127.0.0.1:5555'",
    ],
  },
  {
    name: "scan",
    summary: "list the nodes that answer, with hardware and versions",
    details: [
      "Asks all nodes at once, then each identifier of a range by itself, with TesterPresent: never " +
      "one that somebody is heard to send on. The identifiers of FLEET are asked first, then 0x7E0 to " +
      "0x7E7, 0x700 to 0x7FF, and the rest. Then it reads what each node tells of itself.",
    ],
    operands: [{ ...FLEET, isOptional: true, summary: "whose identifiers are asked first" }],
    options: [
      { name: "bus", value: "URL", summary: "the bus; needed without a fleet file of one bus" },
      {
        name: "range",
        value: "FIRST-LAST",
        summary: "11-bit identifiers to try; 0x600-0x7FF by default",
      },
      { name: "extended", summary: "try 0x18DA00F1 to 0x18DAFFF1 (29 bits, normal fixed) too" },
      { name: "fd", summary: "use CAN FD frames; a virtual bus reports this itself" },
      {
        name: "wait",
        value: "MS",
        range: { min: 1, max: 1000 },
        summary: "how long to wait for each answer; 20 by default",
      },
      {
        name: "fleet",
        value: "FILE",
        use: "write",
        summary: "write a fleet file to start from; never overwrites a file",
      },
      ...TRACE,
    ],
    needs: ["bus", "locks"],
    examples: [
      "canvoy scan --bus socketcan:can0",
      "canvoy scan fleet.yaml",
      "canvoy scan --bus 'virtual:x?connect=127.0.0.1:5555' --range 0x700-0x7EF --fleet found.yaml",
    ],
  },
  {
    name: "bench",
    summary: "the performance table, in virtual time: the same on every machine",
    details: [
      "Efficiency is the time that the images' bytes take at the least on the wire, divided by the " +
      "time from the first erase request to the last positive verify.",
    ],
    operands: [],
    options: [
      { name: "quick", summary: "only what is held to a bound; exit status 1 when one is missed" },
      {
        name: "only",
        value: "KEY=VALUE",
        isRepeatable: true,
        summary: "only rows with that field, for example nodes=8 or bus=classic-1M",
      },
      VIRTUAL[0]!,
      ...TRACE,
    ],
    examples: [
      "canvoy bench --quick",
      "canvoy bench --json --only bus=classic-1M --only nodes=32 --only loss=none",
    ],
  },
  ...BUNDLE_COMMANDS,
  {
    name: "replay",
    summary: "replay a finished run from its journal or its --json events",
    operands: [{
      name: "FILE",
      use: "read",
      summary: "the journal, or the events, one JSON object a line",
    }],
    options: WEB,
    examples: ["canvoy replay run.jsonl", "canvoy replay run.jsonl --web"],
  },
  {
    name: "trace explain",
    summary: "explain a capture as UDS conversations",
    details: [
      "It reads what candump prints, with -L or without, Vector ASC and BLF, pcap and pcapng, also " +
      "of other tools; the content tells the format. Lines and packets that hold no data frame are " +
      "counted. Blocks that went well are told together; --verbose tells each.",
    ],
    operands: [{ name: "FILE", use: "read", summary: "the capture" }],
    options: [{
      name: "fleet",
      value: "FLEET",
      use: "fleet",
      summary: "the fleet file that says whose identifiers these are; guessed without",
    }],
    examples: [
      "canvoy trace explain demo.log",
      "canvoy trace explain drive.blf",
      "canvoy trace explain run.pcapng --fleet fleet.yaml",
    ],
  },
  {
    name: "doctor",
    summary: "find out why no node answers",
    details: [
      "Looks at the interface, listens, asks all nodes at once and those of the fleet file one by " +
      "one with TesterPresent; nothing on the bus is changed by it.",
    ],
    operands: [{ ...FLEET, isOptional: true, summary: "whose nodes are asked too" }],
    options: [{
      name: "bus",
      value: "[NAME=]URL",
      isRepeatable: true,
      summary: "a bus, or another URL for the fleet file's bus NAME; needed without a fleet file",
    }],
    needs: ["bus", "locks"],
    examples: [
      "canvoy doctor --bus socketcan:can0 --bus socketcan:can1",
      "canvoy doctor fleet.yaml",
    ],
  },
  {
    name: "group check",
    summary: "try a node's group downloads, rule by rule; its application is ERASED",
    details: [
      "For authors of bootloaders: plays docs/group-download.md section by section against one node " +
      "- refused openings, torn messages, losses, mending, full buffers, cuts, false parity - and " +
      "says of each rule whether it is kept, with the bytes that were expected and seen.",
      "The node's application is erased and written with noise again and again, and the node is left " +
      "in its bootloader without one: flash gives it one. Nothing else may send on the group " +
      "identifier, and the bus must lose nothing. Nodes of a virtual bus are played.",
    ],
    operands: [FLEET],
    options: [
      {
        name: "node",
        value: "NAME",
        summary: "which node of the fleet file; needed where several take groups",
      },
      BUS,
      {
        name: "yes",
        summary: "do not ask before the application of a node on a real bus is erased",
      },
      { name: "session", summary: "also wait for the end of its session: takes twice its S3" },
      KEY_PROGRAMS,
      ...VIRTUAL,
      ...TRACE,
    ],
    needs: ["bus", "locks"],
    examples: [
      "canvoy group check bench.yaml --bus socketcan:can0 --node motor",
      "canvoy group check bench.yaml --node motor --virtual-time --json",
    ],
  },
  {
    name: "setup can",
    summary: "build what socketcan: buses need; Linux, without root",
    details: [
      "Installs npm's socketcan, beside canvoy's other packages in a checkout, else into canvoy's " +
      "data folder ($XDG_DATA_HOME/canvoy, ~/.local/share/canvoy by default), and builds its addon " +
      "there. It needs make, Python 3, a C++ compiler and Node's headers, and says what is missing.",
    ],
    operands: [],
    options: [],
    examples: ["canvoy setup can"],
  },
  {
    name: "image info",
    summary: "show what a firmware file contains",
    operands: [FILE],
    options: [baseOption("where a raw binary belongs"), RANGE_OPTION],
    details: [
      "Ranges are named by what lies there: flash, option bytes, OTP, RAM, external memory. A file " +
      "that holds a bootloader and an application is said to, and so is a header of MCUboot. " +
      "Checksums are over the whole span; where its gaps are larger than 4 MiB, over each range.",
    ],
    examples: [
      "canvoy image info app.elf",
      "canvoy image info app.bin --base 0x08008000",
      "canvoy image info merged.hex --range 0x08008000..0x0807FFFF",
    ],
  },
  {
    name: "image convert",
    summary: "write a firmware file in another format",
    operands: [FILE],
    options: [
      {
        name: "output",
        value: "FILE",
        use: "write",
        summary: "where to; .hex, .s19 and .bin set the format (required)",
      },
      baseOption("where a raw binary belongs"),
      RANGE_OPTION,
      { name: "replace", summary: "overwrite an existing file" },
    ],
    examples: [
      "canvoy image convert app.elf --output app.hex",
      "canvoy image convert merged.hex --range 0x08008000+480K --output app.hex",
    ],
  },
  {
    name: "devices",
    summary: "the STM32 parts that canvoy knows: flash, erase units, banks, what is assumed",
    details: [
      "PATTERN is a part as a fleet file writes it, or the beginning of its name; * stands for any " +
      "letters, ? for one. A fleet file may declare others under devices:.",
    ],
    operands: [{ name: "PATTERN", isOptional: true, summary: "which parts; all of them without" }],
    options: [],
    examples: ["canvoy devices STM32F407VGT6", "canvoy devices 'H7*'"],
  },
  {
    name: "explain",
    summary: "explain an error code and how to fix it",
    operands: [{ name: "CODE", isOptional: true, summary: "the code; all of them without" }],
    options: [],
    examples: ["canvoy explain UDS_TIMEOUT", "canvoy explain NRC_31"],
  },
  {
    name: "completions",
    summary: "print a completion script for a shell",
    operands: [{ name: "SHELL", choices: SHELLS, summary: "bash, zsh or fish" }],
    options: [],
    examples: ["canvoy completions bash"],
  },
];

function baseOption(summary: string): OptionSpec {
  return { name: "base", value: "ADDRESS", range: { min: 0, max: 0xFFFF_FFFF }, summary };
}
