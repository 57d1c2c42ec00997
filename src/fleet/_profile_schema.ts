import { z } from "zod";
import { nearestWord } from "../core/mod.ts";
import { CHECKSUM_NAMES, type ChecksumKind, DATA_FORMATS } from "../update/mod.ts";
import { CONDITION } from "./_condition_schema.ts";
import { integer, list, mapping, PART, word } from "./_schema_parts.ts";

const { byte, did, flag, line, ms, positiveMs } = PART;
const request = line.describe("hexadecimal bytes and {field:length}");
const answerLine = line.describe("hexadecimal bytes and {field:length}");
const bit = z.union([z.literal(0), z.literal(1)], "expected 0 or 1");
const securityLevel = integer(1, 0x7D, "an odd security level, 0x01..0x7D")
  .refine((level) => level % 2 === 1, "expected an odd security level, 0x01..0x7D");
const count = integer(1, 10_000);
const none = z.literal("none");

const good = z.union(
  [list(byte, "a list of bytes"), z.literal("any")],
  "expected a list of status bytes, or any",
);

const answer = {
  good: good.exactOptional().describe("status bytes that mean success, [0x00] by default"),
  busy: list(byte, "a list of status bytes").exactOptional().describe("status bytes: ask again"),
  bad: list(byte, "a list of status bytes").exactOptional()
    .describe("status bytes: failed, try again; for a check 00 and 01 by default, else none"),
  answer: answerLine.exactOptional()
    .describe(
      "what a positive answer looks like: bytes, {status:1}, {any:2}; as ISO 14229-1 has it by default",
    ),
  p2Ms: positiveMs.exactOptional().describe(
    "until the first response to this request, longer or shorter than timing.p2Ms and what the node " +
      "states; as these by default",
  ),
  p2StarMs: positiveMs.exactOptional().describe(
    "until the next response behind 0x78 to this request, longer or shorter than all others",
  ),
  timeoutMs: positiveMs.exactOptional()
    .describe("for the whole exchange, with all 0x78; timing.requestMsMax by default"),
  busyMsMax: positiveMs.exactOptional()
    .describe("how long 0x21 to this request is borne; as timing.busyMsMax by default"),
  poll: mapping({
    request: request.exactOptional().describe("the request itself again by default"),
    until: CONDITION.exactOptional()
      .describe("in place of a request: asks for this data identifier until it holds"),
    failsWhen: CONDITION.exactOptional()
      .describe("beside until, of the same data identifier: it has failed, try again"),
    intervalMs: positiveMs.exactOptional().describe("pause between two questions, 100 by default"),
    notReadyNrcs: list(byte, "a list of negative response codes").exactOptional()
      .describe("negative response codes that mean: not ready yet"),
    always: flag.exactOptional().describe("the first positive response only means: begun"),
  }).exactOptional().describe("how to ask again"),
};

const requestStep = mapping({
  request,
  optional: flag.exactOptional().describe("go on when the node answers negatively"),
  ...answer,
});

const when = CONDITION.exactOptional().describe(
  "read before: where it does not hold, this step is left out; one that is not told fails, unless " +
    "it is optional: then the step is left out",
);
const requestWhen = mapping({ ...requestStep.shape, when });
const waitWhen = mapping({ waitMs: ms.describe("a pause"), when });

const step = z.union(
  [
    request,
    requestWhen,
    mapping({
      securityAccess: securityLevel.describe(
        "unlocks this level: 27 with it for the seed, and with one more for the key",
      ),
      record: line.exactOptional().describe(
        'follows the level where the seed is asked for, for example "AA 55 {fingerprint}"; ' +
          "nothing by default",
      ),
      keyAfterMs: ms.exactOptional()
        .describe("pause between the seed and its key, none by default"),
      seedMsMax: positiveMs.exactOptional().describe(
        "how long a seed is good for: an older one, or one that the node does not know any more " +
          "(24), is asked for again, twice at most; for ever by default",
      ),
      delayMs: positiveMs.exactOptional().describe(
        "pause behind 37, and behind 36 where no key was sent; by default 10000 behind 37, " +
          "and 36 fails",
      ),
      delaysMax: integer(0, 100).exactOptional().describe("how many such pauses, 2 by default"),
      when,
    }),
    mapping({
      authentication: word(["apce"]).describe("29, by certificate and challenge, unidirectional"),
      when,
    }),
    waitWhen,
  ],
  'expected a request such as "10 02", {request: ...}, {securityAccess: LEVEL}, {authentication: apce} or {waitMs: MS}',
);

const eraseStep = z.union(
  [request, requestWhen, waitWhen],
  'expected a request such as "31 01 FF 10", {request: ...} or {waitMs: MS}',
);

const exit = z.union(
  [
    request,
    mapping({
      request,
      algorithm: checksumKind().exactOptional()
        .describe("of {checksum}, over the bytes of the download; the check's by default"),
      ...answer,
    }),
  ],
  'expected a request such as "37 {checksum:4}", or {request: ..., answer: "77 {checksum:4}"}',
);

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

const scope = word(["segment", "image"]);
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
  erase: z.union([
    none,
    mapping({
      scope: scope.exactOptional().describe("each segment, or all at once"),
      first: word(["lowest", "vectors"]).exactOptional()
        .describe("vectors: that segment is erased first and written last, lowest by default"),
      before: list(eraseStep, "a list of steps").exactOptional().describe(
        "before each erase: unlock it",
      ),
      request: request.exactOptional(),
      after: list(eraseStep, "a list of steps").exactOptional()
        .describe("behind each erase: ask how far it is"),
      ...answer,
    }),
  ], "expected a mapping, or none").exactOptional()
    .describe("how flash is erased; none: 34 erases what it names"),
  download: mapping({
    unit: scope.exactOptional().describe("one RequestDownload a segment, or one for the image"),
    request: request.exactOptional(),
    answer: answerLine.exactOptional().describe(
      "what 74 looks like: bytes, {maxNumberOfBlockLength:2}, {address:4}, {size:4}, {any:2}; " +
        "as ISO 14229-1 has it by default",
    ),
    exit: exit.exactOptional().describe("RequestTransferExit"),
    maxNumberOfBlockLengthCap: integer(3, 0xFFFF_FFFF).exactOptional()
      .describe("the longest TransferData, whatever the node states"),
    blockMultipleBytes: integer(1, 4096).exactOptional()
      .describe("each block but the last is a multiple of so many bytes"),
    skipsErased: flag.exactOptional()
      .describe("leaves long runs of what erased flash holds out, in several downloads"),
    block: mapping({
      request: line.describe("36 {counter:1}, {data}, and perhaps {address:4} {size} {checksum}"),
      counter: z.union(
        [
          none,
          mapping({
            first: bit.exactOptional().describe("of the first block, 1 by default"),
            wrapsTo: bit.exactOptional().describe("what follows FF, 0 by default"),
            goesOn: flag.exactOptional()
              .describe("over all downloads of a session; by default each begins anew"),
          }),
        ],
        "expected a mapping, or none",
      ).exactOptional().describe("how {counter} counts; none: blocks have none"),
      answer: answerLine.exactOptional()
        .describe(
          "what 76 looks like: bytes, {counter:1}, {address:4}, {size:2}, {checksum}, {status:1}, " +
            '{any:2}; "76 {counter:1}" by default',
        ),
      algorithm: checksumKind().exactOptional().describe(
        "of {checksum}, over all bytes before it; in an answer alone, over the data",
      ),
      good: good.exactOptional().describe("status bytes that mean success, any by default"),
    }).exactOptional().describe("TransferData"),
  }).exactOptional().describe("how data is sent"),
  check: z.union(
    [
      none,
      mapping({
        scope: scope.exactOptional().describe("each segment, or all at once"),
        request: request.exactOptional(),
        algorithm: checksumKind().exactOptional().describe("of {checksum}, or of what is reported"),
        mode: word(["compare", "report"]).exactOptional()
          .describe("whether the node compares, or tells its own checksum"),
        readOnly: flag.exactOptional().describe("asking changes nothing"),
        ...answer,
      }),
    ],
    "expected a mapping, or none",
  ).exactOptional().describe("how what was written is checked"),
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

function checksumKind(): z.ZodType<ChecksumKind, ChecksumKind> {
  const value = integer(0, 0xFFFF_FFFF, "a number of at most 32 bits");
  const width = z.union(
    [z.literal(8), z.literal(16), z.literal(24), z.literal(32)],
    "expected 8, 16, 24 or 32",
  );
  const crc = mapping({
    width: width.describe("bits of the register"),
    polynomial: value.describe("without its highest term"),
    initial: value.exactOptional().describe("before the first byte, 0 by default"),
    reflectIn: flag.exactOptional().describe("each byte least significant bit first"),
    reflectOut: flag.exactOptional().describe("the register at the end"),
    finalXor: value.exactOptional().describe("to the result, 0 by default"),
  });
  const names = CHECKSUM_NAMES.join(", ");
  const message =
    `expected ${names}, or {width, polynomial, initial, reflectIn, reflectOut, finalXor}`;
  return z.union([z.enum(CHECKSUM_NAMES), crc], {
    error: ({ input }) => {
      const nearest = typeof input === "string" ? nearestWord(input, CHECKSUM_NAMES) : undefined;
      return nearest === undefined ? message : `expected a checksum such as ${nearest}`;
    },
  }) as z.ZodType<ChecksumKind, ChecksumKind>;
}
