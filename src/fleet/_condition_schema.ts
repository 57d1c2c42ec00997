import { z } from "zod";
import { integer, list, mapping, number, PART, word } from "./_schema_parts.ts";

const { did, flag, line } = PART;
const value = number(-1e15, 1e15, "a number");

/** A number in a data identifier's record, and what it must be. */
export const CONDITION = mapping({
  name: line.exactOptional()
    .describe("what it is called in messages, for example supply voltage; by its DID by default"),
  did: did.describe("the data identifier"),
  from: integer(0, 4095, "bytes in front of it, 0..4095").exactOptional()
    .describe("bytes of the record in front of it, 0 by default"),
  bytes: integer(1, 6, "a length in bytes, 1..6").exactOptional()
    .describe("its length, 1 by default"),
  format: word(["number", "number-le"]).exactOptional()
    .describe("most significant byte first, or least; number by default"),
  mask: integer(1, 0xFFFF_FFFF_FFFF, "the bits that count, as 0x01").exactOptional()
    .describe("which of its bits count, shifted down to the lowest of them; all by default"),
  scale: number(1e-9, 1e9, "a number above 0").exactOptional()
    .describe("what one step is worth, for example 0.1; 1 by default"),
  offset: value.exactOptional().describe("what is added to that, 0 by default"),
  unit: line.exactOptional().describe("its unit in messages, for example V"),
  min: value.exactOptional().describe("the least that it may be, in its unit"),
  max: value.exactOptional().describe("the most that it may be, in its unit"),
  is: z.union([value, list(value, "a list of numbers").min(1)], "expected a number, or some")
    .exactOptional().describe("what it may be: one number, or a list of them"),
  optional: flag.exactOptional()
    .describe("a node that does not tell it is passed; by default it is refused"),
}, "a mapping {did, from, bytes, mask, min, max, is}");
