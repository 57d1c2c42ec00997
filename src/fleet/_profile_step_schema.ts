import { z } from "zod";
import { CONDITION } from "./_condition_schema.ts";
import { integer, list, mapping, PART, text, word } from "./_schema_parts.ts";

const { byte, flag, line, ms, positiveMs } = PART;

/** A request: bytes and fields. */
export const request = line.describe("hexadecimal bytes and {field:length}");
/** What a positive answer looks like. */
export const answerLine = line.describe("hexadecimal bytes and {field:length}");
/** 0 or 1. */
export const bit = z.union([z.literal(0), z.literal(1)], "expected 0 or 1");
const securityLevel = integer(1, 0x7D, "an odd security level, 0x01..0x7D")
  .refine((level) => level % 2 === 1, "expected an odd security level, 0x01..0x7D");
/** The word for a section that is left out. */
export const none = z.literal("none");

/** Which status bytes are good. */
export const good = z.union(
  [list(byte, "a list of bytes"), z.literal("any")],
  "expected a list of status bytes, or any",
);

/** How an answer is read, and how long it is waited for. */
export const answer = {
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

/** A request, and how its answer is read. */
export const requestStep = mapping({
  request,
  optional: flag.exactOptional().describe("go on when the node answers negatively"),
  ...answer,
});

const when = CONDITION.exactOptional().describe(
  "read before: where it does not hold, this step is left out; one that is not told fails, unless " +
    "it is optional: then the step is left out",
);
const requestWhen = mapping({
  ...requestStep.shape,
  keep: list(
    text(/^[A-Za-z][A-Za-z0-9]{0,31}$/, "a name of letters and digits"),
    "a list of names",
  ).min(1, "expected a name at least").exactOptional().describe(
    "fields of answer that later requests may name: of a step of enter all that follow, else those of " +
      "the same list, and of erase; read anew whenever the node is brought in",
  ),
  knock: mapping({
    everyMs: positiveMs.describe("an answer is waited for so long"),
    forMs: positiveMs.describe("then it is given up"),
  }).exactOptional().describe(
    "asked again and again until the node answers: of one that listens only for a moment behind its start. " +
      "Behind a reset it begins at once",
  ),
  when,
});
const waitWhen = mapping({ waitMs: ms.describe("a pause"), when });

/** A step of a list of steps. */
export const step = z.union(
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
    mapping({
      talkTo: word(["bootloader", "application"]).describe(
        "from here on by the identifiers of this program, which the fleet file gives it; behind a reset by " +
          "those of the application",
      ),
    }),
    waitWhen,
  ],
  'expected a request such as "10 02", {request: ...}, {securityAccess: LEVEL}, {authentication: apce}, {talkTo: bootloader} or {waitMs: MS}',
);

/** A step beside an erase. */
export const eraseStep = z.union(
  [request, requestWhen, waitWhen],
  'expected a request such as "31 01 FF 10", {request: ...} or {waitMs: MS}',
);
