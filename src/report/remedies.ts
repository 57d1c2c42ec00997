import { hex } from "../core/light.ts";
import { namedNrcs, nrcName } from "../uds/light.ts";

/** What is known of a failure: an event's error report, or a command's error. */
export interface FailureText {
  /** Stable code. */
  readonly code: string;
  /** What could not be done and why. */
  readonly message: string;
  /** The last response, as hexadecimal bytes. */
  readonly response?: string;
}

const INTERNAL_HELP =
  "This is a fault of canvoy: please report it with the command line and what -v says";
const LAYOUT_HELP =
  "Compare the linker script with the fleet file's layout; image info shows the file";
const FIRMWARE_HELP = "Build the firmware file again; canvoy image info shows what is in it";
const DAMAGED_HELP = "The bundle is damaged or was tampered with: fetch it again from its maker";
const BUS_OFF_HELP =
  "Check for a wrong bit rate, a short circuit of CAN_H and CAN_L, wiring, termination and ground";
const NO_ANSWER_HELP =
  "Check power, wiring, bit rate and the node's identifiers; canvoy doctor FLEET says what is heard";

/** What to do, by code. */
const REMEDIES: Readonly<Record<string, string>> = {
  USAGE: "canvoy --help lists the commands",
  INTERNAL: INTERNAL_HELP,
  UNFINISHED: "Run the same command again: it goes on with what is left",
  FLEET_FILE:
    "Fix the lines above; configs/ has examples, and configs/fleet.schema.json helps editors",
  SELECTION: "--only and --except take names of nodes and groups of the fleet file, axis-*, " +
    "axis-1..axis-9",
  FILE_NOT_FOUND: "Check the path; paths in a fleet file begin at its own folder",
  FILE_UNREADABLE: "Check the file's kind and rights",
  FILE_TOO_LARGE: "Check that it is a firmware file",
  FILE_OUTSIDE_FOLDER: "Put the file itself beneath the fleet file's folder",
  FILE_EXISTS: "Choose another name, or remove the file first",
  FILE_UNWRITABLE: "Check the folder, its rights and the room on the disk",
  IMAGE_FORMAT: FIRMWARE_HELP,
  IMAGE_SPAN: "Write Intel HEX or S-record instead: they do not fill gaps",
  MEMORY_LAYOUT: "Mend the fleet file's layout: its borders lie between erase units of the part",
  LAYOUT_RANGE_EMPTY: LAYOUT_HELP,
  LAYOUT_OUTSIDE_FLASH: LAYOUT_HELP,
  LAYOUT_UNALIGNED: LAYOUT_HELP,
  LAYOUT_OVERLAP: LAYOUT_HELP,
  LAYOUT_OUTSIDE_BANK: LAYOUT_HELP,
  LAYOUT_LINKED_AT: "Mend linkedAt: of the application: it and what is behind it have 32 bits",
  LAYOUT_HEADER_SIZE: LAYOUT_HELP,
  DEVICE_UNKNOWN:
    "Name the part as its package says, for example STM32F407VGT6; canvoy devices lists those " +
    "that are known, and a fleet file declares others under devices:",
  DEVICE_DECLARED:
    "Compare devices: in the fleet file with the part's reference manual and data sheet",
  DEVICE_AMBIGUOUS: "Name the part with its flash size, for example STM32F103xE",
  PLAN_IMAGE_EMPTY: FIRMWARE_HELP,
  PLAN_PROTECTED_REGION: LAYOUT_HELP,
  PLAN_OUTSIDE_FLASH:
    "Check that the firmware was built for this part; canvoy image info shows its addresses",
  PLAN_OUTSIDE_APPLICATION: LAYOUT_HELP,
  PLAN_VECTOR_TABLE_MISSING: LAYOUT_HELP,
  PLAN_VECTOR_TABLE_UNALIGNED: LAYOUT_HELP,
  PLAN_STACK_POINTER:
    "Check that the firmware was built for this part and begins with its vector table",
  PLAN_RESET_VECTOR: "Check that the firmware was linked for the application's address",
  PLAN_STACK_NOT_8_ALIGNED: "Align the initial stack pointer to 8 bytes in the linker script",
  PLAN_STACK_LOW_BITS:
    "Set the initial stack pointer to the end of RAM, not to its last byte, in the linker script",
  IMAGE_UNPROVEN: "Let the tool write an end record, for example srec_cat -Output_Block_Start",
  IMAGE_RUN_ADDRESSES: "Link with load addresses, or convert the file with objcopy",
  IMAGE_LOOSE_SECTION: "Link the section, so that a segment holds it",
  SOCKETCAN_ADDON_MISSING: "It needs node, make, Python 3 and a C++ compiler, and no root",
  SOCKETCAN_DENIED: "Run scripts/canvoy, which grants exactly the rights that are needed",
  SOCKETCAN_INTERFACE_MISSING: "Plug the adapter in, or name an interface that ip link shows",
  SOCKETCAN_NOT_CAN: "Name an interface that ip link shows with link/can",
  SOCKETCAN_NO_SOCKET: "In a container, run it with --network host and without a seccomp profile",
  SOCKETCAN_UNCONFIGURED: "Give it the bit rate that the nodes have",
  SOCKETCAN_DOWN: "Bring the interface up (this needs root)",
  SOCKETCAN_REMOVED: "Plug the adapter in again, bring it up and run the same command again",
  SOCKETCAN_BUS_OFF: BUS_OFF_HELP,
  SOCKETCAN_NO_ACKNOWLEDGE: "Check bit rate, wiring, termination and the nodes' power",
  SOCKETCAN_QUEUE_STUCK: "Find the program that fills it, or raise the queue: txqueuelen 1000",
  SOCKETCAN_NO_IP: "canvoy asks ip for the state of interfaces",
  BUS_URL: "Buses are named socketcan:can0 or virtual:NAME",
  CAN_NO_ACKNOWLEDGE: "Check bit rate, termination and power: no other node acknowledges",
  CAN_BUS_OFF: BUS_OFF_HELP,
  CAN_MISMATCH:
    "Give both sides the same kind of bus: dataBitrate: in the fleet file makes it CAN FD",
  BUS_ABSENCE: "Run the same command again: it goes on with what is left",
  BUS_AWAY:
    "Bring the interface up (ip link show tells its state) and run the same command again: it goes " +
    "on with what is left; --bus-wait waits longer",
  LOSSY_BUS:
    "Check wiring, termination and bit rate (canvoy doctor counts error frames), then run the same " +
    "command again: it goes on with what is left",
  BUS_LOST: "Run the same command again once the bus is back: it goes on with what is left",
  TCP_BUS: "Start the side that listens first, and use the same address on both",
  TCP_BUS_DENIED:
    "Run scripts/canvoy, which gives exactly the rights that are needed; ports below 1024 are root's",
  JOURNAL_FORMAT:
    "Run canvoy flash again: what that journal may be about is erased again, until you settle it " +
    "(canvoy runs); keep it for a report",
  JOURNAL_STALLED: "Check the disk that holds the journal, or give another one with --journal FILE",
  RUN_IN_PROGRESS: "Wait for the other run, or stop it: its lock goes with its process",
  STATE_FOLDER:
    "Set HOME or XDG_STATE_HOME; where no other process reaches the buses --journal FILE will do",
  RUNS_NO_DOUBT: "canvoy runs names the journals that leave nodes in doubt",
  RUNS_NO_NODE: "canvoy runs names the nodes that were left torn, by serial number and place",
  RESUME_NOTHING: "Name the journal to go on with; canvoy flash begins a new run",
  RESUME_CHANGED: "Run canvoy flash: it compares the nodes with what the files hold now",
  RESUME_STATE: "Name its state folder, whose other journals may know more of the same nodes",
  RESUME_NO_JOB: "Name the journal of a canvoy flash",
  CBOR_FORMAT: "The file is damaged or was not written by canvoy: create it again",
  BUNDLE_DEPENDENCY: "Add the required component, or the nodes that run it, to the release",
  BUNDLE_DIGEST: DAMAGED_HELP,
  BUNDLE_FORMAT: DAMAGED_HELP,
  BUNDLE_HARDWARE: "Compare hardware: and part: in the fleet file with canvoy bundle inspect",
  BUNDLE_HARDWARE_UNDECLARED: "Say in the fleet file what hardware the node must report",
  BUNDLE_KEY_REVOKED: "Have the release signed again by keys that are neither revoked nor expired",
  BUNDLE_REQUIRED: "Give --bundle FILE --trust FILE: this fleet takes nothing else",
  BUNDLE_SIGNATURE: DAMAGED_HELP,
  BUNDLE_SIGNER_UNKNOWN: "Check that bundle and trust file belong together",
  BUNDLE_SIZE: DAMAGED_HELP,
  BUNDLE_THRESHOLD: "Have more of the trusted keys sign it: canvoy bundle sign",
  BUNDLE_UNKNOWN_PART: "Get a newer canvoy: what it does not know it does not skip",
  DOWNGRADE:
    "Use the newer release, or say --allow-downgrade if this is meant: also where versions cannot " +
    "be compared; a profile's sequenceDid tells releases apart without them",
  TRUST_EXPIRED: "Get the current trust file, or have a new one signed: canvoy bundle trust",
  TRUST_FORMAT: "The trust file is damaged or was not written by canvoy: fetch it again",
  TRUST_KEY:
    "Keys are PEM files with an Ed25519 or P-256 public key; do not use one that is refused as " +
    "invalid: anybody may sign with it",
  TRUST_ROLLBACK: "Give trust files in order, the oldest first, each newer than the one before",
  TRUST_ROOT_UNKNOWN: "Get the trust file that the root keys signed which the fleet file names",
  TRUST_SIGNATURE: "Have enough of its root keys sign the trust file: canvoy bundle sign",
  CERTIFICATE_MISSING: "Give the node authentication: { certificate, key } in the fleet file",
  KEY_FILE_FORMAT: "Keys are PEM files: canvoy bundle keygen makes them",
  KEY_FILE_OPEN: "Run chmod 600 on it, and treat the key as compromised",
  KEY_FILE_PASSPHRASE: "Give --passphrase FILE with the passphrase as its first line",
  KEY_PROGRAM: "Run the key program by hand with level and seed, and see what it answers",
  KEY_PROGRAM_REFUSED: "Say --allow-key-programs if you trust the fleet file's programs",
  KEY_SOURCE_MISSING: "Give the node a key source under security: in the fleet file",
  SEED_EXPIRED:
    "Find out why the key source takes so long, or mend seedMsMax of the profile's securityAccess",
  CANNOT_VERIFY: "Use a profile whose check is readOnly, or flash: it compares as it goes",
  UPDATES_DUE: "Update them by canvoy flash",
  VERIFY_MISMATCH:
    "After verify: the node needs an update; after flash: its flash may be worn out, or the " +
    "profile's check sums up other bytes than the node does",
  PROFILE_FIT: "Give the field more bytes, or count from elsewhere: memory: of the profile",
  ANSWER_MISMATCH:
    "Compare answer: and algorithm: of the profile's download with the bootloader's documentation",
  UDS_BLOCK_STATUS:
    "Compare the good: of the profile's download.block with the bootloader's documentation",
  ROUTINE_STATUS:
    "Compare the profile's good: and bad: status bytes with the bootloader's documentation",
  KEYED_CHECKSUM:
    "Compare keyed: of the profile's algorithm with what checksumKey: of the node makes",
  CONDITION:
    "Bring the vehicle or bench to what the profile's conditions: ask for, and run it again",
  WRONG_HARDWARE:
    "Check that the right node is on these identifiers, or correct hardware: in the fleet file",
  NODE_CHANGED:
    "Find out which node is there, and bring back the one that was begun with: it is torn",
  TWIN_NODES:
    "Two nodes or testers use these identifiers: unplug one, or give each its own, and run it again",
  BANK_MODE:
    "Name the mode in device: (for example STM32G474RE/single-bank), or mend the profile's banks:",
  BANK_TRIAL: "Wait until the node has gone back by itself, and run the same command again",
  ACTIVATION:
    "Check version: in the fleet file, and that the application answers on the same identifiers",
  CANCELLED: "Run the same command again: it goes on with what is left",
  PAGE_SERVER: "Choose another port with --web-port, or 0 for any that is free",
  EVENTS_FORMAT: "Record the run with --json and give that file",
  TRACE_FORMAT: "Record with --trace, candump -L, or a tool that writes ASC, BLF, pcap or pcapng",
  UDS_TIMEOUT: NO_ANSWER_HELP,
  UDS_PROTOCOL:
    "Check that no second tester is on the bus, and that identifiers are each node's own",
  UDS_REQUEST_FORMAT: "Compare the profile's requests with the bootloader's documentation",
  UDS_REQUEST_TEMPLATE: "Mend the request in the fleet file's profile",
  UDS_QUEUE_FULL: INTERNAL_HELP,
  UDS_TRANSFER_RESTART:
    "Run the same command again; if it stays so, lower maxNumberOfBlockLengthCap",
  GROUP_TRIAL: "Compare the last rule that was tried with docs/group-download.md",
  GROUP_FORMAT: "Compare the node's bootloader with docs/group-download.md",
  ISOTP_N_TIMEOUT_A: "Check the bus: nobody acknowledges frames, or the interface is down",
  ISOTP_N_TIMEOUT_BS: NO_ANSWER_HELP,
  ISOTP_N_TIMEOUT_CR: "Frames of the node got lost: check bus load, termination and ground",
  ISOTP_N_WRONG_SN: "Frames of the node got lost: check bus load, termination and ground",
  ISOTP_N_INVALID_FS: "Check that nothing else sends on the node's identifiers",
  ISOTP_N_UNEXP_PDU: "Check that no second tester is on the bus",
  ISOTP_N_WFT_OVRN: "The node asked to wait too often: it may be busy erasing; run it again",
  ISOTP_N_BUFFER_OVFLW: "Lower the profile's maxNumberOfBlockLengthCap to the node's buffer",
  ISOTP_N_ERROR: NO_ANSWER_HELP,
};

const UNKNOWN_NRC_HELP = "Look the response code up in the bootloader's documentation";

/** What to do about a negative response, by its code. */
const NRC_REMEDIES: Readonly<Record<string, string>> = {
  "11": "The bootloader does not know this service: choose the profile that fits it",
  "12": "The bootloader does not know this sub-function: choose the profile that fits it",
  "13": "The bootloader wants another length: compare the profile with its documentation",
  "21": "The node stays busy: wait, then run it again",
  "22": "Its conditions are not met: check ignition, speed, voltage, and what it documents",
  "24": "The bootloader wants another order: compare the profile with its documentation",
  "31": "The node refuses the address or size: compare the layout with the bootloader's own",
  "33": "The node is locked: check security: and the profile's securityAccess",
  "35": "The key was wrong: check the key source under security: before the node locks itself",
  "36": "The node has locked itself after wrong keys: wait, then check the key source",
  "37": "The node wants a pause after a wrong key or its start: wait, then run it again",
  "70": "The node refuses the download: not erased, or outside its application",
  "71": "The node gave the transfer up: lower maxNumberOfBlockLengthCap",
  "72": "Its flash cannot be programmed: check the supply voltage; the flash may be worn out",
  "7E": "Not in this session: compare the profile's enter: with the bootloader's documentation",
  "7F": "Not in this session: compare the profile's enter: with the bootloader's documentation",
  "92": "The supply voltage is too high for programming",
  "93": "The supply voltage is too low for programming",
};

/**
 * Finds what to do about a failure.
 *
 * @param failure The failure.
 * @returns One line; empty where nothing is known.
 */
export function remedyFor(failure: FailureText): string {
  const nrc = failure.response?.split(" ")[2] ?? nrcOfMessage(failure);
  const isGivenUp = failure.code === "UDS_TRANSFER_RESTART" && Object.hasOwn(NRC_REMEDIES, nrc);
  if (failure.code === "UDS_NEGATIVE_RESPONSE" || isGivenUp) {
    return Object.hasOwn(NRC_REMEDIES, nrc) ? NRC_REMEDIES[nrc]! : UNKNOWN_NRC_HELP;
  }
  return Object.hasOwn(REMEDIES, failure.code) ? REMEDIES[failure.code]! : "";
}

/** Failures that the same command meets again, however often it is run: the cause must go first. */
const LASTING: ReadonlySet<string> = new Set([
  "ACTIVATION",
  "ANSWER_MISMATCH",
  "BANK_MODE",
  "CERTIFICATE_MISSING",
  "ISOTP_N_BUFFER_OVFLW",
  "KEY_SOURCE_MISSING",
  "ROUTINE_STATUS",
  "UDS_BLOCK_STATUS",
  "UDS_REQUEST_FORMAT",
  "UDS_REQUEST_TEMPLATE",
  "VERIFY_MISMATCH",
  "WRONG_HARDWARE",
]);

/** Negative responses of a state that passes: busy, conditions, order, delay, voltage. */
const PASSING_NRCS: ReadonlySet<string> = new Set(
  "21 22 24 25 33 37 70 71 73 7E 7F 92 93 94".split(" "),
);

/**
 * Whether the same command, run again, may get through: it does where a node, a bus or the host failed
 * for a while, and not where image, profile, key or flash do not fit.
 *
 * @param failure The failure.
 * @returns Whether it may.
 */
export function isPassing(failure: FailureText): boolean {
  const nrc = failure.response?.split(" ")[2] ?? nrcOfMessage(failure);
  if (failure.code === "UDS_NEGATIVE_RESPONSE" || failure.code === "UDS_TRANSFER_RESTART") {
    return nrc === "" || PASSING_NRCS.has(nrc);
  }
  return !LASTING.has(failure.code) && !failure.code.startsWith("KEY_");
}

/** A transfer that was given up after a negative response names it in its message only. */
function nrcOfMessage({ message }: FailureText): string {
  return /negative response 0x([0-9A-F]{2})/.exec(message)?.[1] ?? "";
}

/** A code explained. */
export interface CodeExplanation {
  /** The code; `NRC_31` for a negative response code. */
  readonly code: string;
  /** What it means, by its family. */
  readonly meaning: string;
  /** What to do. */
  readonly remedy: string;
}

/** What the codes of a family have in common: the first that fits tells. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^ISOTP_/, "A message did not get across the bus whole (result of ISO 15765-2)"],
  [/^UDS_/, "A node's bootloader did not answer a request as ISO 14229 has it"],
  [/^(PLAN|LAYOUT|MEMORY|DEVICE)_/, "Image, layout and part do not fit together; nothing was sent"],
  [/^FILE_/, "A file could not be used; nothing was sent"],
  [/^(IMAGE|CBOR|TRACE|EVENTS|FLEET|BUNDLE)_/, "A file's content is not what it should be"],
  [/^(CAN|TCP|BUS|SOCKETCAN)/, "A bus could not be reached, or was lost"],
  [/^(USAGE|SELECTION)/, "The command line could not be understood; nothing was sent"],
  [/^(UNFINISHED|CANCELLED)/, "The run ended before every node did"],
  [/^UPDATES_DUE/, "verify found nodes that hold another image; nothing was changed"],
  [/^INTERNAL/, "canvoy itself made a mistake"],
];

/**
 * Explains an error code, as summaries, reports and the last table show it.
 *
 * @param code The code; `NRC_31`, `31` or `0x31` for a negative response code.
 * @returns The explanation; `undefined` for what is none.
 */
export function explainCode(code: string): CodeExplanation | undefined {
  const nrc = nrcOfWord(code);
  if (nrc !== undefined) return explainNrc(nrc);
  if (code === "UDS_NEGATIVE_RESPONSE") {
    const remedy = "Its third byte tells why: see NRC_11, NRC_31 and the others";
    return { code, meaning: "A node's bootloader refused a request", remedy };
  }
  if (!Object.hasOwn(REMEDIES, code)) return undefined;
  const meaning = MEANINGS.find(([pattern]) => pattern.test(code))?.[1] ??
    "A node did not get through";
  return { code, meaning, remedy: REMEDIES[code]! };
}

/** `NRC_31`, `31` and `0x31` are the same; 0x00 is no negative response. */
function nrcOfWord(word: string): number | undefined {
  const [, digits] = /^(?:NRC_|0X)?([0-9A-F]{2})$/i.exec(word) ?? [];
  return digits === undefined || digits === "00" ? undefined : Number(`0x${digits}`);
}

function explainNrc(nrc: number): CodeExplanation {
  const digits = hex(nrc, 2).slice(2);
  const name = nrcName(nrc);
  return {
    code: `NRC_${digits}`,
    meaning: `A node's bootloader refused a request with this negative response code, ${name}`,
    remedy: Object.hasOwn(NRC_REMEDIES, digits) ? NRC_REMEDIES[digits]! : UNKNOWN_NRC_HELP,
  };
}

/**
 * Lists what can be explained.
 *
 * @returns The codes.
 */
export function knownCodes(): readonly string[] {
  const negative = namedNrcs().map((nrc) => `NRC_${hex(nrc, 2).slice(2)}`);
  return [...Object.keys(REMEDIES), "UDS_NEGATIVE_RESPONSE", ...negative];
}
