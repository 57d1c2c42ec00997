import { z } from "zod";
import { integer, mapping, PART, word } from "./_schema_parts.ts";

const { address, flag, ms, positiveMs, ratio } = PART;

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

/** How a virtual node differs from a good one. */
export const BEHAVIOUR = mapping({
  responsePendingAfterMs: z.union([ms, z.literal("never")], "expected milliseconds or never")
    .exactOptional().describe("when the first 0x78 goes out"),
  responsePendingEveryMs: positiveMs.exactOptional().describe("pause between two 0x78"),
  responseDelayMs: ms.exactOptional().describe("pause before each response"),
  maxNumberOfBlockLength: integer(0, 0xFFFF_FFFF).exactOptional().describe("the value it states"),
  blockSize: integer(0, 255).exactOptional().describe("BS of its flow control"),
  stMin: integer(0, 255).exactOptional().describe("STmin of its flow control, as encoded"),
  repeatedBlock: word(["positive", "wrongCounter", "sequenceError", "sequenceErrorAndReset"])
    .exactOptional().describe("what it answers when the last TransferData comes again"),
  isDeafWhileBusy: flag.exactOptional().describe("hears and says nothing while its flash works"),
  powerLossAtOperation: integer(1, 1_000_000).exactOptional()
    .describe("power goes in the middle of the n-th flash operation, once"),
  powerLossMs: positiveMs.exactOptional().describe("how long power then stays away"),
  lostBlockResponse: integer(1, 1_000_000).exactOptional()
    .describe("the n-th TransferData is carried out but not answered, once"),
  failProgramAt: address.exactOptional().describe("the first program of this address fails, once"),
  isDead: flag.exactOptional().describe("never answers"),
}).describe("what it does otherwise than a good node");

/** The `sim` section of a bus. */
export const BUS_SIM = mapping({ faults: FAULTS.exactOptional() }).describe("for virtual buses");

/** The `sim` section of a node. */
export const NODE_SIM = mapping({
  image: PART.name.exactOptional().describe("the image that it runs at first"),
  behaviour: BEHAVIOUR.exactOptional(),
  faults: FAULTS.exactOptional(),
}).describe("how `demo` and `sim` play it");
