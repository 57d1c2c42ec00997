import { z } from "zod";
import { integer, list, mapping, number, PART, word } from "./_schema_parts.ts";

const { address, byte, flag, line, ms, positiveMs, ratio } = PART;
const REPEATED_BLOCK = [
  "positive",
  "silent",
  "wrongCounter",
  "sequenceError",
  "sequenceErrorAndReset",
] as const;
const DOWNLOAD_WHILE_OPEN = [
  "conditionsNotCorrect",
  "requestSequenceError",
  "uploadDownloadNotAccepted",
  "restarts",
] as const;

/** What goes wrong on a virtual bus, or at one node's receiver. */
export const FAULTS = mapping({
  lossRatio: ratio.exactOptional().describe("chance that a receiver loses a frame"),
  duplicateRatio: ratio.exactOptional().describe("chance that a receiver gets a frame twice"),
  delayRatio: ratio.exactOptional().describe("chance that a receiver gets a frame late"),
  delayMsMean: positiveMs.exactOptional().describe("mean of that delay"),
  deafEveryMsMean: positiveMs.exactOptional().describe(
    "mean time between deaf periods of a receiver",
  ),
  deafMs: positiveMs.exactOptional().describe("how long such a period is"),
  transmitLossRatio: ratio.exactOptional().describe("chance that a sender's frame is lost by all"),
  transmitDuplicateRatio: ratio.exactOptional().describe("chance that a frame is sent twice"),
  transmitDelayRatio: ratio.exactOptional().describe("chance that a frame waits in its sender"),
  transmitDelayMsMean: positiveMs.exactOptional().describe("mean of that delay"),
  corruptRatio: ratio.exactOptional().describe("chance of an error frame"),
}).describe("what goes wrong, drawn from the seed");

const nth = integer(1, 1_000_000);

/** How a virtual node differs from a good one. */
export const BEHAVIOUR = mapping({
  isDead: flag.exactOptional().describe("never answers"),
  unansweredServices: list(byte, "a list of service identifiers").exactOptional()
    .describe("carried out, never answered"),
  deadVersion: line.exactOptional().describe("an application of this version never comes up"),
  watchdogMs: positiveMs.exactOptional()
    .describe("until the watchdog resets an application that hangs or is on trial"),
  failedStartsMax: integer(1, 255).exactOptional()
    .describe("how often it may fail to come up, or be booted unconfirmed"),
  bootMs: ms.exactOptional().describe("from reset to being heard"),
  bootWindowMs: ms.exactOptional()
    .describe("how long its bootloader can be heard after a reset before the application starts"),
  isHeldInBootWindow: flag.exactOptional()
    .describe("any request within that time keeps it in its bootloader; else only a session does"),
  startingMs: ms.exactOptional().describe("how long a starting application refuses everything"),
  startingNrc: word(["busyRepeatRequest", "conditionsNotCorrect"]).exactOptional()
    .describe("what it refuses with meanwhile: 0x21, or 0x22"),
  oldVersionMs: ms.exactOptional()
    .describe("how long a new application tells the version of the one before it"),
  responsePendingAfterMs: z.union([ms, z.literal("never")], "expected milliseconds or never")
    .exactOptional().describe("when the first 0x78 goes out"),
  responsePendingEveryMs: positiveMs.exactOptional().describe("pause between two 0x78"),
  responseDelayMs: ms.exactOptional().describe("pause before each response"),
  responsePauseMs: ms.exactOptional()
    .describe("least time from a response to its work on the next request"),
  p2ServerMaxMs: integer(0, 0xFFFF).exactOptional().describe("P2 that its answer to 10 states"),
  p2StarServerMaxMs: integer(0, 10 * 0xFFFF).exactOptional()
    .describe("P2* that its answer to 10 states"),
  answersBusy: flag.exactOptional().describe("answers 0x21 while it works"),
  s3Ms: positiveMs.exactOptional().describe("until a session ends by itself"),
  keepsSessionByTesterPresentOnly: flag.exactOptional().describe("only 10 and 3E keep a session"),
  keepsSessionByPhysicalOnly: flag.exactOptional()
    .describe("only requests on its own identifier keep a session"),
  functionalRequests: word(["heard", "droppedInMessage", "dropped"]).exactOptional()
    .describe("drops functional requests: all, or those amid a segmented message"),
  refusesTesterPresentInDownload: flag.exactOptional()
    .describe("3E gets 0x24 while a download is open"),
  programmingSessionAnsweredBy: word(["bootloader", "application"]).exactOptional()
    .describe("who answers 10 02"),
  seedBytes: integer(1, 64).exactOptional().describe("length of a seed"),
  wrongKeysMax: integer(1, 255).exactOptional().describe("wrong keys until it locks"),
  lockedMs: ms.exactOptional().describe("how long it then answers 0x37"),
  maxNumberOfBlockLength: integer(0, 0xFFFF_FFFF).exactOptional().describe("the value it states"),
  maxNumberOfBlockLengthSizeBytes: integer(0, 8).exactOptional().describe("in so many bytes"),
  repeatedBlock: word(REPEATED_BLOCK)
    .exactOptional().describe("what it answers when the last TransferData comes again"),
  downloadWhileOpen: word(DOWNLOAD_WHILE_OPEN).exactOptional()
    .describe("what 34 gets while a download is open; restarts: it forgets that one"),
  endsDownloadAtEarlyExit: flag.exactOptional()
    .describe("37 that comes too early, and is refused, ends the download"),
  endsDownloadAtRefusedBlock: flag.exactOptional()
    .describe("a refused TransferData ends the download"),
  hasCounterWithoutWrap: flag.exactOptional().describe("refuses counter 00 behind FF"),
  blockWithoutDownload: word(["requestSequenceError", "uploadDownloadNotAccepted"])
    .exactOptional().describe("what TransferData gets without RequestDownload"),
  lostBlockResponse: nth.exactOptional()
    .describe("the n-th TransferData is carried out but not answered, once"),
  resetAtBlock: nth.exactOptional().describe("resets itself at the n-th TransferData, once"),
  flowControlDelayMs: ms.exactOptional().describe("until its flow control is on its way"),
  lateFlowControlEvery: nth.exactOptional().describe("each so many flow controls, one is late"),
  lateFlowControlMs: ms.exactOptional().describe("how late that one is"),
  blockSize: byte.exactOptional().describe("BS of its flow control"),
  stMin: byte.exactOptional().describe("STmin of its flow control, as encoded"),
  messageBytesMax: integer(8, 0xFFFF_FFFF).exactOptional().describe("longest message it takes"),
  nBsMs: positiveMs.exactOptional().describe("N_Bs"),
  nCrMs: positiveMs.exactOptional().describe("N_Cr"),
  waitFramesMax: integer(0, 255).exactOptional().describe("N_WFTmax"),
  isDeafWhileBusy: flag.exactOptional().describe("hears and says nothing while its flash works"),
  flashTimeBound: word(["typical", "max"]).exactOptional().describe("which of the part's times"),
  flashTimeScale: number(0, 100, "a number, 0..100").exactOptional()
    .describe("what flash times are multiplied with"),
  programTimeScale: number(0, 100, "a number, 0..100").exactOptional()
    .describe("what times of programming are multiplied with besides"),
  groupBufferBlocks: integer(1, 255).exactOptional()
    .describe("how many blocks of 512 bytes of a group download it can hold"),
  groupCoreMhz: number(1, 1000, "megahertz, 1..1000").exactOptional()
    .describe("clock of the core that mends a group's blocks, 24 cycles a product"),
  groupMapBytesMax: integer(16, 4095).exactOptional()
    .describe("longest answer with a group's map; it tells the rest when asked"),
  failProgramAt: address.exactOptional().describe("the first program of this address fails, once"),
  failEraseAt: address.exactOptional().describe("the first erase of this unit fails, once"),
  powerLossAtOperation: nth.exactOptional()
    .describe("power goes in the middle of the n-th memory operation, once"),
  powerLossFraction: ratio.exactOptional().describe("how far that operation has come"),
  powerLossMs: positiveMs.exactOptional().describe("how long power then stays away"),
}).describe("what it does otherwise than a good node");

/** The `sim` section of a bus. */
export const BUS_SIM = mapping({ faults: FAULTS.exactOptional() }).describe("for virtual buses");

/** The `sim` section of a node. */
export const NODE_SIM = mapping({
  image: PART.name.exactOptional().describe("the image that it runs at first"),
  authority: line.exactOptional().describe("certificate whose holders may update it, PEM"),
  part: line.exactOptional().describe("the part number it tells; the right one by default"),
  sequence: integer(0, 0xFFFF_FFFF).exactOptional().describe("number of the release it has"),
  hardware: line.exactOptional().describe(
    "the hardware number it tells; the right one by default",
  ),
  behaviour: BEHAVIOUR.exactOptional(),
  faults: FAULTS.exactOptional(),
  flashFaults: mapping({
    failProgramRatio: ratio.exactOptional().describe("chance that programming a unit fails"),
    failEraseRatio: ratio.exactOptional().describe("chance that erasing a unit fails"),
  }).exactOptional().describe("what goes wrong in its flash"),
}).describe("how `demo` and `sim` play it");
