import { z } from "zod";
import { CHECKSUM_NAMES, type ChecksumName } from "../update/mod.ts";
import { integer, list, mapping, PART, word } from "./_schema_parts.ts";

const { byte, did, flag, line, ms, positiveMs } = PART;
const request = line.describe("hexadecimal bytes and {field:length}");
const securityLevel = integer(1, 0x7D, "an odd security level, 0x01..0x7D");
const count = integer(1, 10_000);
const none = z.literal("none");

const answer = {
  good: z.union(
    [list(byte, "a list of bytes"), z.literal("any")],
    "expected a list of status bytes, or any",
  ).optional().describe("status bytes that mean success, [0x00] unless told"),
  busy: list(byte, "a list of status bytes").optional().describe("status bytes: ask again"),
  poll: mapping({
    request,
    intervalMs: positiveMs.optional().describe("pause between two questions, 100 unless told"),
    notReadyNrcs: list(byte, "a list of negative response codes").optional()
      .describe("negative response codes that mean: not ready yet"),
    always: flag.optional().describe("the first positive response only means: begun"),
  }).optional().describe("how to ask again"),
};

const requestStep = mapping({
  request,
  optional: flag.optional().describe("go on when the node answers negatively"),
  timeoutMs: positiveMs.optional().describe("for the whole exchange, with all 0x78"),
  ...answer,
});

const step = z.union(
  [
    request,
    requestStep,
    mapping({ securityAccess: securityLevel }),
    mapping({ waitMs: ms }),
  ],
  'expected a request such as "10 02", {request: ...}, {securityAccess: LEVEL} or {waitMs: MS}',
);

const scope = word(["segment", "image"]);

/** A profile of the fleet file: what it changes of a built-in one. */
export const PROFILE = mapping({
  extends: PART.name.optional().describe("the built-in profile it changes, iso14229 unless told"),
  before: list(request, "a list of requests").optional().describe("functional, once a bus"),
  identity: mapping({
    hardwareDid: did.optional(),
    versionDid: did.optional(),
    bootloaderDid: did.optional(),
  }).optional().describe("data identifiers that tell what a node is"),
  enter: list(step, "a list of steps").optional().describe("into the bootloader, unlocked"),
  driver: z.union(
    [
      none,
      mapping({ check: z.union([request, requestStep], "expected a request").optional() }),
    ],
    "expected a mapping, or none",
  ).optional().describe("a flash driver in RAM"),
  erase: mapping({ scope: scope.optional(), request: request.optional(), ...answer }).optional(),
  download: mapping({
    unit: scope.optional().describe("one RequestDownload a segment, or one for the image"),
    request: request.optional(),
    exit: request.optional(),
    maxNumberOfBlockLengthCap: integer(3, 0xFFFF_FFFF).optional(),
    blockMultipleBytes: integer(1, 4096).optional(),
  }).optional(),
  check: z.union(
    [
      none,
      mapping({
        scope: scope.optional(),
        request: request.optional(),
        algorithm: checksumName().optional(),
        mode: word(["compare", "report"]).optional(),
        readOnly: flag.optional().describe("asking changes nothing"),
        ...answer,
      }),
    ],
    "expected a mapping, or none",
  ).optional(),
  finish: list(step, "a list of steps").optional().describe("dependency check, reset"),
  after: list(request, "a list of requests").optional().describe("functional, at the end"),
  timing: mapping({
    p2Ms: positiveMs.optional(),
    p2StarMs: positiveMs.optional(),
    responsePendingCountMax: count.optional(),
    requestMsMax: positiveMs.optional(),
    s3Ms: positiveMs.optional(),
    activationMsMax: positiveMs.optional(),
    requestAttemptsMax: count.optional(),
    segmentAttemptsMax: count.optional(),
    nodeAttemptsMax: count.optional(),
    retryDelayMs: positiveMs.optional(),
    retryDelayMsMax: positiveMs.optional(),
  }).optional(),
});

function checksumName(): z.ZodType<ChecksumName, ChecksumName> {
  return word(CHECKSUM_NAMES) as unknown as z.ZodType<ChecksumName, ChecksumName>;
}
