/** What the reference of profiles says in words: no schema holds it. */

/** Where a request or an answer stands, by the scope that its placeholders are read with. */
export const ROOMS: Readonly<Record<string, string>> = {
  none: "`before`, `after` and every `poll.request`",
  node: "steps of `enter`, `finish`, `banks`",
  range: "`erase` with its `before` and `after`, `download.request`",
  driverCheck: "`driver.check`",
  check: "`check.request`",
  exit: "`download.exit`",
  block: "`download.block.request`",
  answer: "`answer` of steps and of `erase`",
  checkAnswer: "`check.answer`",
  downloadAnswer: "`download.answer`",
  blockAnswer: "`download.block.answer`",
  exitAnswer: "`answer` of `download.exit`",
};

/** What stands in place of each, and how long it may be. */
export const PLACEHOLDERS: Readonly<
  Record<string, { readonly means: string; readonly length?: string }>
> = {
  block: { means: "the node's `block` of the fleet file" },
  fingerprint: {
    means: "the node's `fingerprint` of the fleet file",
    length: "its own, or the one that is stated",
  },
  sequence: { means: "the sequence number of the signed release" },
  driverAddress: { means: "where the flash driver begins in RAM", length: "3 to 6 bytes" },
  driverSize: { means: "how long the flash driver is, in bytes" },
  segment: { means: "which segment it is, from 0" },
  address: {
    means: "where the range, the download or the block begins",
    length: "3 to 6 bytes; 4 hold each address of an STM32",
  },
  offset: {
    means: "the same, counted from `memory.base`, or from the start of the application",
  },
  size: { means: "how long it is, in bytes; of an opaque image the file's length" },
  uncompressedSize: { means: "what an opaque image is long once unpacked, in bytes" },
  page: { means: "the page that it begins in, from `memory.base`" },
  pages: { means: "how many pages it reaches into" },
  checksum: {
    means: "the checksum of its bytes, by `algorithm`",
    length: "none, or the algorithm's own",
  },
  checksumSize: { means: "how many bytes are summed up" },
  counter: { means: "the counter of the block", length: "1 byte" },
  data: { means: "the bytes of the block", length: "none" },
  status: { means: "the status, read by `good`, `busy` and `bad`", length: "1 byte" },
  any: { means: "bytes that are passed over", length: "1 to 99 bytes" },
  maxNumberOfBlockLength: { means: "the longest TransferData that the node takes" },
};

/** What a time of a profile decides besides what its name says. */
export const TIMING_DRIVES: Readonly<Record<string, string>> = {
  p2Ms:
    "Until a node states its own P2 in the answer to 10, a first response may take twice as long; then " +
    "the longer of both holds, and 30 ms for the way. It is added to P2\\*. So long a second node on the " +
    "same identifiers is listened for. For nodes that take groups, N_Cr is twice as long with the time of " +
    "the frames of others, and a first frame without flow control is sent again after that.",
  p2StarMs: "5,000 ms until the node states its own; then the longer of both.",
  nBsMs:
    "N_Bs of ISO 15765-2, for a first and each later flow control. N_Cr is 1,000 ms, but see `p2Ms`.",
  responsePendingCountMax: "",
  requestMsMax:
    "An erase gets its own bound, the part's longest erase time, where that is longer. " +
    "`timeoutMs` of a step stands in its place.",
  s3Ms:
    "TesterPresent goes out at half of it. A session that dies at 0.8 of it or later is put down to it, " +
    "and `keepAlive: auto` then keeps it by both ways.",
  activationMsMax:
    "Behind a reset the version is asked for until then, whatever comes back; `3E 00` where the " +
    "profile knows none.",
  resetQuietMs: "",
  requestAttemptsMax: "A block and a seed are sent twice at most, a reset once.",
  segmentAttemptsMax: "A segment is erased before each.",
  nodeAttemptsMax: "Counted anew with each segment that is verified.",
  retryDelayMs: "Before a node is brought in again, and before a request is sent again.",
  retryDelayMsMax: "",
  busWaitMs: "`--bus-wait` stands in its place.",
};

/** What keeps a session. */
export const KEEP_ALIVE_ROWS: readonly (readonly [word: string, means: string])[] = [
  ["auto", "as `functional`; as `both` once a session has died of that. This is the default."],
  ["functional", "`3E 80` to all nodes of the bus, at half of `timing.s3Ms`"],
  ["physical", "`3E 00` to the node, between two requests, at half of `timing.s3Ms`"],
  ["both", "both"],
  ["none", "nothing"],
];

/** What each data identifier is asked for. */
export const IDENTITY_WORDS: Readonly<Record<string, string>> = {
  hardware: "compared with the node's `hardware` before anything is changed; tells nodes apart",
  version:
    "compared with the image's `version`: before, whether there is anything to do, and at the end",
  bootloader: "told in report and events",
  part: "compared with the node's `part`; asked where that is said",
  serial: "tells nodes apart that are alike in all else; torn nodes are remembered by it",
  sequence: "compared with a signed release's sequence number; asked when a bundle is flashed",
};
