import { z } from "zod";
import { checksumKind, summedBy } from "./_checksum_schema.ts";
import { answer, answerLine, bit, eraseStep, good, none, request } from "./_profile_step_schema.ts";
import { integer, list, mapping, PART, word } from "./_schema_parts.ts";

const { flag, line } = PART;
/** Each segment, or all at once. */
export const scope = word(["segment", "image"]);

const EXIT_EXPECTED =
  'expected a request such as "37 {checksum:4}", or {request: ..., answer: "77 {checksum:4}"}';
const exit = z.union(
  [
    request,
    mapping({
      request,
      algorithm: summedBy().exactOptional()
        .describe("of {checksum}, over the bytes of the download; the check's by default"),
      ...answer,
    }),
  ],
  EXIT_EXPECTED,
);
/** How flash is erased. */
export const ERASE = z.union([
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
], "expected a mapping, or none");

/** How data is sent. */
export const DOWNLOAD = mapping({
  unit: scope.exactOptional().describe("one RequestDownload a segment, or one for the image"),
  request: z.union([none, request], "expected a request, or none").exactOptional().describe(
    "RequestDownload, or what begins one in its place, as 38; none: nothing does, and blocks say where " +
      "they belong",
  ),
  answer: answerLine.exactOptional().describe(
    "what 74 looks like: bytes, {maxNumberOfBlockLength:2}, {address:4}, {size:4}, {any:2}; " +
      "as ISO 14229-1 has it by default",
  ),
  exit: z.union([none, exit], EXIT_EXPECTED).exactOptional()
    .describe("RequestTransferExit; none: nothing ends a download"),
  maxNumberOfBlockLengthCap: integer(3, 0xFFFF_FFFF).exactOptional()
    .describe("the longest TransferData, whatever the node states"),
  blockMultipleBytes: integer(1, 4096).exactOptional()
    .describe("each block but the last is a multiple of so many bytes"),
  skipsErased: flag.exactOptional()
    .describe("leaves long runs of what erased flash holds out, in several downloads"),
  block: mapping({
    request: line.describe(
      "36 {counter:1}, {data}, and perhaps {address:4} {size} {checksum}; or 3D or 2E, where those write",
    ),
    repeats: flag.exactOptional().describe(
      "whether a block may be sent again whose answer is lost; by default where its answer tells which " +
        "one is meant, by counter or by address",
    ),
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
});

/** How what was written is checked. */
export const CHECK = z.union(
  [
    none,
    mapping({
      scope: scope.exactOptional().describe("each segment, or all at once"),
      request: request.exactOptional(),
      algorithm: summedBy().exactOptional().describe("of {checksum}, or of what is reported"),
      mode: word(["compare", "report"]).exactOptional()
        .describe("whether the node compares, or tells its own checksum"),
      readOnly: flag.exactOptional().describe(
        "asking changes nothing: then verify asks, and flash leaves what is there; flash relies on no sum " +
          "for that, and on nothing below 32 bits",
      ),
      over: mapping({
        part: word(["written", "erased", "application"]).exactOptional().describe(
          "written: what was written, by default; erased: all that was erased, padded; application: all of " +
            "the application's region, padded, where all of it is erased",
        ),
        skipBytes: integer(0, 0x100_0000).exactOptional()
          .describe("at the beginning of it, left out: a header; 0 by default"),
        tailBytes: integer(0, 0x100_0000).exactOptional()
          .describe("at the end of it, left out: a stored checksum; 0 by default"),
      }).exactOptional().describe("what is summed up, and named by {address} and {size}"),
      ...answer,
    }),
  ],
  "expected a mapping, or none",
);
