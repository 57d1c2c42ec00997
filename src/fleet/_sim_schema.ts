import { z } from "zod";
import { integer, mapping, PART, word } from "./_schema_parts.ts";

const { address, flag, ms, positiveMs, ratio } = PART;

/** What goes wrong on a virtual bus, or at one node's receiver. */
export const FAULTS = mapping({
  lossRatio: ratio.optional().describe("chance that a receiver loses a frame"),
  duplicateRatio: ratio.optional().describe("chance that a receiver gets a frame twice"),
  delayRatio: ratio.optional().describe("chance that a receiver gets a frame late"),
  delayMsMean: positiveMs.optional().describe("mean of that delay"),
  deafEveryMsMean: positiveMs.optional().describe("mean time between deaf periods of a receiver"),
  deafMs: positiveMs.optional().describe("how long such a period is"),
  transmitLossRatio: ratio.optional().describe("chance that a sender's frame is lost by all"),
  transmitDuplicateRatio: ratio.optional().describe("chance that a frame is sent twice"),
  transmitDelayRatio: ratio.optional().describe("chance that a frame waits in its sender"),
  transmitDelayMsMean: positiveMs.optional().describe("mean of that delay"),
  corruptRatio: ratio.optional().describe("chance of an error frame"),
}).describe("what goes wrong, drawn from the seed");

/** How a virtual node differs from a good one. */
export const BEHAVIOUR = mapping({
  responsePendingAfterMs: z.union([ms, z.literal("never")], "expected milliseconds or never")
    .optional().describe("when the first 0x78 goes out"),
  responsePendingEveryMs: positiveMs.optional().describe("pause between two 0x78"),
  responseDelayMs: ms.optional().describe("pause before each response"),
  maxNumberOfBlockLength: integer(0, 0xFFFF_FFFF).optional().describe("the value it states"),
  blockSize: integer(0, 255).optional().describe("BS of its flow control"),
  stMin: integer(0, 255).optional().describe("STmin of its flow control, as encoded"),
  repeatedBlock: word(["positive", "wrongCounter", "sequenceError", "sequenceErrorAndReset"])
    .optional().describe("what it answers when the last TransferData comes again"),
  isDeafWhileBusy: flag.optional().describe("hears and says nothing while its flash works"),
  powerLossAtOperation: integer(1, 1_000_000).optional()
    .describe("power goes in the middle of the n-th flash operation, once"),
  powerLossMs: positiveMs.optional().describe("how long power then stays away"),
  lostBlockResponse: integer(1, 1_000_000).optional()
    .describe("the n-th TransferData is carried out but not answered, once"),
  failProgramAt: address.optional().describe("the first program of this address fails, once"),
  isDead: flag.optional().describe("never answers"),
}).describe("what it does otherwise than a good node");

/** The `sim` section of a bus. */
export const BUS_SIM = mapping({ faults: FAULTS.optional() }).describe("for virtual buses");

/** The `sim` section of a node. */
export const NODE_SIM = mapping({
  image: PART.name.optional().describe("the image that it runs at first"),
  behaviour: BEHAVIOUR.optional(),
  faults: FAULTS.optional(),
}).describe("how `demo` and `sim` play it");
