import { z } from "zod";

const address = z.int().min(0).max(0xFFFF_FFFF);
const range = z.tuple([address, address]).describe("first address, one past the last");
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "expected letters, digits, . _ -");
const ratio = z.number().min(0).max(1);

const layout = z.strictObject({
  bootloader: range,
  application: range,
  configuration: z.array(range).optional(),
});

const security = z.strictObject({
  xor: z.string().optional().describe("key = seed XOR these bytes, as hexadecimal"),
  add: z.string().optional().describe("key = seed + these bytes, as hexadecimal"),
});

/** Bent behaviour of a virtual node; the names are those of the simulation. */
const behaviour = z.strictObject({
  responsePendingAfterMs: z.number().min(0).optional(),
  responsePendingEveryMs: z.number().min(1).optional(),
  responseDelayMs: z.number().min(0).optional(),
  maxNumberOfBlockLength: z.int().min(10).max(4095).optional(),
  blockSize: z.int().min(0).max(255).optional(),
  stMin: z.int().min(0).max(255).optional(),
  repeatedBlock: z.enum(["positive", "wrongCounter", "sequenceError", "sequenceErrorAndReset"])
    .optional(),
  isDeafWhileBusy: z.boolean().optional(),
  powerLossAtOperation: z.int().min(1).optional(),
  powerLossMs: z.number().min(1).optional(),
  lostBlockResponse: z.int().min(1).optional(),
  failProgramAt: address.optional(),
  isDead: z.boolean().optional(),
});

const nodeFields = {
  bus: name.optional(),
  device: z.string().optional(),
  layout: layout.optional(),
  image: name.optional(),
  profile: name.optional(),
  hardware: z.string().optional(),
  security: security.optional(),
  group: name.optional(),
  sim: behaviour.optional(),
};

/** The fleet file's form; meaning (references, identifiers) is checked by its reader. */
export const FLEET_SCHEMA = z.strictObject({
  buses: z.record(
    name,
    z.strictObject({
      url: z.string(),
      functional: z.int().min(0).max(0x7FF).optional(),
      sim: z.strictObject({ lossRatio: ratio.optional(), corruptRatio: ratio.optional() })
        .optional(),
    }),
  ),
  images: z.record(
    name,
    z.strictObject({
      file: z.string(),
      base: address.optional().describe("where a raw binary begins"),
      version: z.string().optional(),
    }),
  ),
  templates: z.record(name, z.strictObject(nodeFields)).optional(),
  defaults: z.strictObject(nodeFields).optional(),
  nodes: z.array(z.strictObject({
    name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.{}-]*$/, "expected letters, digits, . _ -"),
    count: z.int().min(1).max(1024).optional().describe("this many nodes: {i} counts from 0"),
    template: name.optional(),
    request: z.int().min(0).max(0x7FF).describe("identifier of requests; {i} is added"),
    response: z.int().min(0).max(0x7FF).describe("identifier of responses; {i} is added"),
    ...nodeFields,
  })).min(1),
});

/** A fleet file as written. */
export type FleetDocument = z.infer<typeof FLEET_SCHEMA>;

/** One node as written, with its template and the defaults taken in. */
export type NodeDocument = FleetDocument["nodes"][number];
