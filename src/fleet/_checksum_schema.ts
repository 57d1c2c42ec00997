import { z } from "zod";
import { nearestWord } from "../core/mod.ts";
import { CHECKSUM_NAMES, type ChecksumKind, type SummedBy } from "../update/mod.ts";
import { integer, mapping, PART } from "./_schema_parts.ts";

const { flag } = PART;

/**
 * Makes the schema of a checksum.
 *
 * @returns A name, or a CRC's parameters.
 */
export function checksumKind(): z.ZodType<ChecksumKind, ChecksumKind> {
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

/**
 * Makes the schema of a checksum that may take a key.
 *
 * @returns A name, a CRC's parameters, or `{keyed: BYTES}`.
 */
export function summedBy(): z.ZodType<SummedBy, SummedBy> {
  const keyed = mapping({
    keyed: integer(1, 64, "a length in bytes, 1..64").describe(
      "so many bytes of what the node's checksumKey makes of the data, 16 of AES-CMAC",
    ),
  });
  const plain = checksumKind();
  return z.union([plain, keyed], {
    error: ({ input }) =>
      typeof input === "object" && input !== null && "keyed" in input
        ? "expected {keyed: BYTES}, 1..64"
        : plain.safeParse(input).error?.issues[0]?.message,
  }) as z.ZodType<SummedBy, SummedBy>;
}
