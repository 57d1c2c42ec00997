import { z } from "zod";
import { integer, list, mapping, number, PART, word } from "./_schema_parts.ts";

const { address, flag, line, size } = PART;

const CORES = ["Cortex-M0", "Cortex-M0+", "Cortex-M3", "Cortex-M4", "Cortex-M7", "Cortex-M33"];
const TIME_MAX = 3_600_000;

const run = mapping({
  size: size.describe("of one page or sector, in bytes, or as 16K"),
  count: integer(1, 65_536).describe("how many of them, one after the other"),
  typicalMs: number(0.001, TIME_MAX, "milliseconds").exactOptional().describe(
    "how long erasing one takes; assumed by default",
  ),
  maxMs: number(0.001, TIME_MAX, "milliseconds").exactOptional().describe(
    "and at the longest; assumed by default",
  ),
}, "a mapping {size, count}");

const banks = mapping({
  count: z.union([z.literal(1), z.literal(2)], "expected 1 or 2").describe("banks of equal size"),
  second: address.exactOptional().describe(
    "where bank 2 starts; right behind bank 1 by default",
  ),
  swappedBy: line.exactOptional().describe(
    "the option bit that exchanges them; by default nothing does",
  ),
}, "1, 2, or a mapping {count, second, swappedBy}");

/** A part of the user's own; its figures are checked by the rules of canvoy's own table. */
export const DEVICE = mapping({
  core: word(CORES as [string, ...string[]]).describe("the processor core"),
  can: word(["bxCAN", "FDCAN"]).describe("the CAN controller: bxCAN knows classic frames only"),
  flash: address.exactOptional().describe("first address of the flash; 0x08000000 by default"),
  erase: list(run, "a list of {size, count}").min(1, "expected at least one run of erase units")
    .describe("erase units from the start of the flash, both banks"),
  program: integer(1, 256, "a number of bytes, 1..256").describe(
    "what one write programs, in bytes",
  ),
  ecc: flag.describe("whether each write carries a check code: then a unit is programmed once"),
  erased: integer(0, 255, "0xFF or 0x00").exactOptional().describe(
    "what erased bytes read as; 0xFF by default",
  ),
  ram: list(
    mapping({
      start: address.describe("first address"),
      size: size.describe("in bytes, or as 128K"),
    }, "a mapping {start, size}"),
    "a list of {start, size}",
  ).min(1, "expected at least one stretch of RAM").describe("where a stack may start"),
  vectors: integer(16, 512).describe("in the vector table, the initial stack pointer included"),
  banks: z.union([z.literal(1), z.literal(2), banks], "expected 1, 2, or a mapping {count}")
    .exactOptional().describe("1 by default"),
}, "a device, a mapping with erase, program, ecc, ram, vectors, core and can");

/** A device as written. */
export type DeviceDocument = z.infer<typeof DEVICE>;
