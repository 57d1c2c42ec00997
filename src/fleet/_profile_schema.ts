import { z } from "zod";
import { DATA_FORMATS } from "../update/mod.ts";
import { CONDITION } from "./_condition_schema.ts";
import { bit, none, request, requestStep, step } from "./_profile_step_schema.ts";
import { CHECK, DOWNLOAD, ERASE } from "./_profile_write_schema.ts";
import { integer, list, mapping, PART, word } from "./_schema_parts.ts";

const { did, line, ms, positiveMs } = PART;
const count = integer(1, 10_000);

const didOrNone = z.union(
  [did, none],
  "expected a data identifier, 0x0000..0xFFFF, or none",
);

const oneReading = mapping({
  did: did.describe("the data identifier"),
  format: word(DATA_FORMATS).exactOptional().describe(
    "text, hex as 01020A, bcd as 2.5.11, dotted as 1.2.10, number or number-le; text by default",
  ),
  from: integer(0, 4095, "bytes in front of it, 0..4095").exactOptional()
    .describe("bytes of the record in front of it, 0 by default"),
  bytes: integer(1, 256, "a length in bytes, 1..256").exactOptional()
    .describe("its length; all that follow by default"),
});

const reading = z.union(
  [none, oneReading, list(oneReading, "a list of {did, format, from, bytes}").min(1)],
  "expected {did, format, from, bytes}, a list of them of which the first one told counts, or none",
);

const bankBit = mapping({
  bit: integer(0, 63).describe("counted from the record's last, least significant bit"),
  value: bit.describe("when it holds"),
});

const profileFile = line.describe("a profile's file, beneath the fleet file's folder");

/** A profile: what it changes of another one. */
export const PROFILE = mapping({
  extends: z.union(
    [PART.name, mapping({ file: profileFile })],
    "expected the name of a profile, or {file: FILE}",
  ).exactOptional()
    .describe(
      "the profile it changes, built in or of this file, or in a file; iso14229 by default",
    ),
  before: list(request, "a list of requests").exactOptional().describe("functional, once a bus"),
  identity: z.union([
    none,
    mapping({
      hardwareDid: didOrNone.exactOptional().describe("ECU hardware number, F191 by default"),
      versionDid: didOrNone.exactOptional().describe("version of the application"),
      bootloaderDid: didOrNone.exactOptional().describe("version of the bootloader"),
      partDid: didOrNone.exactOptional().describe("part number"),
      serialDid: didOrNone.exactOptional().describe("serial number, F18C by default"),
      sequenceDid: didOrNone.exactOptional().describe("number of the release that it has"),
      hardware: reading.exactOptional().describe("in place of hardwareDid: how it is read"),
      version: reading.exactOptional().describe("in place of versionDid: how it is read"),
      bootloader: reading.exactOptional().describe("in place of bootloaderDid: how it is read"),
      part: reading.exactOptional().describe("in place of partDid: how it is read"),
      serial: reading.exactOptional().describe("in place of serialDid: how it is read"),
    }),
  ], "expected a mapping, or none").exactOptional()
    .describe("data identifiers that tell what a node is; none: it is asked for nothing"),
  conditions: list(CONDITION, "a list of {did, min, max, is}").exactOptional().describe(
    "read before anything is changed, and refused with the value where they do not hold",
  ),
  enter: list(step, "a list of steps").exactOptional().describe("into the bootloader, unlocked"),
  driver: z.union(
    [
      none,
      mapping({
        check: z.union([request, requestStep], "expected a request").exactOptional()
          .describe("asked once the driver is in RAM"),
      }),
    ],
    "expected a mapping, or none",
  ).exactOptional().describe("a flash driver in RAM"),
  memory: mapping({
    base: PART.address.exactOptional()
      .describe("{offset} 0 and {page} 0; the application's start by default"),
    pageBytes: integer(1, 0x100_0000).exactOptional()
      .describe("length of a page; by default pages are the part's erase units"),
  }).exactOptional().describe("what {offset}, {page} and {pages} count"),
  erase: ERASE.exactOptional()
    .describe("how flash is erased; none: 34 erases what it names"),
  download: DOWNLOAD.exactOptional().describe("how data is sent"),
  check: CHECK.exactOptional().describe("how what was written is checked"),
  group: z.union(
    [
      none,
      mapping({
        routineIdentifier: did.exactOptional().describe("of the routine, 0x4752 by default"),
        blockBytes: integer(32, 4064).exactOptional()
          .describe("bytes of a block, a multiple of 32, 512 by default"),
        generationBlocks: integer(1, 254).exactOptional()
          .describe("blocks for which parity is computed, 96 by default"),
      }),
    ],
    "expected a mapping, or none",
  ).exactOptional().describe("it takes group downloads: docs/group-download.md"),
  banks: z.union(
    [
      none,
      mapping({
        statusDid: did.exactOptional().describe("tells the banks, 0x4253 by default"),
        twoBanks: bankBit.exactOptional().describe("in that record: there are two banks"),
        swapped: bankBit.exactOptional().describe("the second bank runs"),
        trial: bankBit.exactOptional().describe("what runs was not confirmed yet"),
        swap: list(step, "a list of steps").exactOptional()
          .describe("exchange the banks and reset: in place of finish"),
        confirm: list(step, "a list of steps").exactOptional()
          .describe("once the new application has answered: it stays"),
        rollbackMsMax: positiveMs.exactOptional()
          .describe("how long a node may take to go back by itself, 30000 by default"),
      }),
    ],
    "expected a mapping, or none",
  ).exactOptional().describe("two banks are exchanged: docs/bootloader-duties.md"),
  finish: list(step, "a list of steps").exactOptional().describe("dependency check, reset"),
  after: list(request, "a list of requests").exactOptional().describe("functional, at the end"),
  keepAlive: word(["auto", "functional", "physical", "both", "none"]).exactOptional()
    .describe("TesterPresent; auto: functional, and physical where a node needs it"),
  timing: mapping({
    p2Ms: positiveMs.exactOptional().describe("until a first response"),
    p2StarMs: positiveMs.exactOptional()
      .describe("at least until the next response behind 0x78; as the node states by default"),
    nBsMs: positiveMs.exactOptional().describe("until flow control comes, 1000 by default"),
    frameGapUsMin: integer(1, 127_000).exactOptional().describe(
      "least gap between consecutive frames, in us, though the node states a shorter STmin: of " +
        "controllers that lose frames; as the node states by default",
    ),
    requestGapMsMin: positiveMs.exactOptional().describe(
      "least time between an answer and the next request to the node; none by default. What goes " +
        "to all nodes of the bus is not held up by it",
    ),
    responsePendingCountMax: count.exactOptional().describe(
      "0x78 within one request; by default time alone bounds them",
    ),
    busyMsMax: positiveMs.exactOptional().describe(
      "how long 0x21 (busyRepeatRequest) is borne for one request, which is asked again every " +
        "100 ms; by default ten times, about 1 s",
    ),
    requestMsMax: positiveMs.exactOptional().describe("for a request with all its 0x78"),
    s3Ms: positiveMs.exactOptional().describe("until a session ends by itself"),
    activationMsMax: positiveMs.exactOptional().describe("until the new application answers"),
    resetQuietMs: ms.exactOptional()
      .describe(
        "nothing is asked so long after a reset, 50 by default: a question may hold a node in its " +
          "bootloader, or come before it hears; a waitMs behind the reset takes its place",
      ),
    requestAttemptsMax: count.exactOptional().describe("how often a request is sent"),
    segmentAttemptsMax: count.exactOptional().describe("how often a segment is tried"),
    nodeAttemptsMax: count.exactOptional().describe("how often a node is brought in"),
    retryDelayMs: positiveMs.exactOptional().describe("before the first new try; then it doubles"),
    retryDelayMsMax: positiveMs.exactOptional().describe("the longest such pause"),
    busWaitMs: positiveMs.exactOptional()
      .describe("how long a bus that is down, off or gone is waited for, 60000 by default"),
  }).exactOptional().describe("waits and how often something is tried"),
});

/** A profile as written. */
export type ProfileDocument = z.infer<typeof PROFILE>;

/** A profile of the fleet file: written there, or in a file that fleets share. */
export const FLEET_PROFILE = mapping({
  file: profileFile.exactOptional()
    .describe("the file that says it, beneath this file's folder; no other key goes with it"),
  ...PROFILE.shape,
});

/**
 * Describes profiles' own files to editors.
 *
 * @returns A JSON Schema, draft 2020-12.
 */
export function profileJsonSchema(): Record<string, unknown> {
  return {
    title: "canvoy profile file",
    ...z.toJSONSchema(PROFILE, { io: "input", reused: "ref" }),
  };
}
