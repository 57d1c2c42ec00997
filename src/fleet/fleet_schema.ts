import { ADDRESS_RANGE_RULE, ADDRESS_RANGE_TEXT } from "../core/mod.ts";
import { z } from "zod";
import { DEVICE } from "./_device_schema.ts";
import { FLEET_PROFILE } from "./_profile_schema.ts";
import { REPORT } from "./_report_schema.ts";
import { integer, list, mapping, named, PART, text, word } from "./_schema_parts.ts";
import { BUS_SIM, NODE_SIM } from "./_sim_schema.ts";

const { address, byte, bytes, counted, flag, line, name, nodeName, size } = PART;

/** The most nodes that one range may make. */
export const RANGE_COUNT_MAX = 1024;

const region = mapping({
  start: address.describe("first address"),
  size: size.describe("in bytes, or as 32K"),
}, "a mapping {start, size}");

const layout = mapping({
  bootloader: region.describe("never erased, never written"),
  application: mapping({
    start: address.describe("first address"),
    size: size.describe("in bytes, or as 32K"),
    linkedAt: address.exactOptional().describe(
      "where it runs, if not where it is written: its images are linked for that address",
    ),
  }, "a mapping {start, size}").describe("what an update may erase and write"),
  configuration: list(region, "a list of {start, size}").exactOptional().describe(
    "survives updates",
  ),
  headerBytes: integer(0, 0x10000).exactOptional().describe("a header before the vector table"),
}, "the name of a layout, or a mapping {bootloader, application}");

const level = integer(1, 0x7D, "an odd security level, 0x01..0x7D").exactOptional()
  .describe("the profile's levels by default");
const keySource = z.union(
  [
    mapping({ level, xor: bytes.describe("key = seed XOR these bytes, repeated") }),
    mapping({ level, add: bytes.describe("key = seed + these bytes, big-endian") }),
    mapping({
      level,
      aesCmac: line.describe("file with 16 bytes: key = AES-128-CMAC of the seed"),
    }),
    mapping({
      level,
      command: list(line, "a list of a program and its arguments").min(1)
        .describe("a program beneath this folder: it gets level and seed, and writes the key"),
    }),
    mapping({ level, module: line.describe("JavaScript beneath this folder that makes the key") }),
    mapping({
      level,
      library: line.describe("shared library beneath this folder, with GenerateKeyEx"),
      variant: line.exactOptional().describe("what the library calls the variant"),
      options: line.exactOptional().describe("calls GenerateKeyExOpt with them"),
    }),
  ],
  'expected {xor: "A5 5A"}, {add: "12 34"}, {aesCmac: FILE}, {command: [...]}, {module: FILE} or {library: FILE}',
);
const security = z.union(
  [z.literal("none"), keySource, list(keySource, "a list of key sources")],
  'expected none, a key source such as {xor: "A5 5A"}, or a list of them',
);

const addressing = {
  addressing: word(["normal", "normalFixed", "extended", "mixed"]).exactOptional()
    .describe("ISO 15765-2 addressing, normal by default"),
  idBits: z.union([z.literal(11), z.literal(29)], "expected 11 or 29").exactOptional()
    .describe("size of CAN identifiers, 11 by default"),
  address: counted.exactOptional().describe("normalFixed, extended, mixed: the node's address"),
  tester: byte.exactOptional().describe(
    "normalFixed, extended, mixed: our address, 0xF1 by default",
  ),
  extension: counted.exactOptional().describe("mixed: the address extension"),
};

const frames = mapping({
  fd: flag.exactOptional().describe("CAN FD frames; as the bus by default"),
  bitRateSwitch: flag.exactOptional().describe("fast data phase, by default"),
  txDlBytes: integer(8, 64, "8, 12, 16, 20, 24, 32, 48 or 64").exactOptional()
    .describe("the most payload bytes of a frame, 64 for CAN FD by default"),
  padding: z.union([byte, z.literal("none")], "expected a byte, 0x00..0xFF, or none")
    .exactOptional()
    .describe("what fills frames up, 0xCC by default"),
});

/** What a node, a template and the defaults may say. */
const nodeFields = {
  bus: name.exactOptional().describe("one of the buses"),
  request: counted.exactOptional().describe("CAN identifier of requests"),
  response: counted.exactOptional().describe("CAN identifier of responses"),
  ...addressing,
  bootloader: mapping({
    request: counted.exactOptional().describe("CAN identifier of requests"),
    response: counted.exactOptional().describe("CAN identifier of responses"),
    ...addressing,
  }).exactOptional().describe(
    "identifiers of the bootloader, where they are others; the profile says when: {talkTo: bootloader}",
  ),
  frames: frames.exactOptional().describe("how messages are put into frames"),
  device: line.exactOptional().describe(
    "the part, for example STM32F407VG, or one of this file's devices",
  ),
  layout: z.union([name, layout], "expected the name of a layout, or a mapping").exactOptional()
    .describe("how its flash is divided"),
  image: name.exactOptional().describe("one of the images"),
  profile: name.exactOptional().describe("a built-in profile or one of this file's"),
  security: security.exactOptional().describe("where keys come from"),
  checksumKey: keySource.exactOptional().describe(
    "makes checksums that take a key, of profiles with algorithm: {keyed: 16}: it is given the data in place " +
      "of a seed, and level 0",
  ),
  authentication: mapping({
    certificate: line.describe("X.509 certificate of canvoy, PEM"),
    key: line.describe("its private key, PEM"),
  }).exactOptional().describe("who canvoy is to the node, for {authentication: apce}"),
  hardware: line.exactOptional().describe("what its hardware number must be"),
  part: line.exactOptional().describe("what its part number must be"),
  block: integer(0, 255).exactOptional().describe("for profiles that address by block number"),
  fingerprint: bytes.exactOptional().describe("what {fingerprint} stands for"),
  driver: name.exactOptional().describe("the image that is its flash driver"),
  groups: list(name, "a list of group names").exactOptional().describe(
    "names by which it can be selected",
  ),
  sim: NODE_SIM.exactOptional(),
};

const node = mapping({
  name: nodeName.describe("{i} counts in a range, {i:2} with leading zeros"),
  count: integer(1, RANGE_COUNT_MAX).exactOptional().describe("this many nodes instead of one"),
  first: integer(0, 100_000).exactOptional().describe("where {i} begins, 0 by default"),
  template: name.exactOptional().describe("one of the templates"),
  ...nodeFields,
}, "a node, a mapping with a name");

const GROUP_RULE = "an 11-bit identifier, 0x000..0x7FF, or a mapping {idBits: 29, id: ...}";
const FUNCTIONAL_RULE = `${GROUP_RULE}, or none`;

const bus = mapping({
  url: line.describe("socketcan:can0, or virtual:name"),
  bitrate: integer(10_000, 1_000_000, "bit/s in 10000..1000000, for example 500000").exactOptional()
    .describe("bit/s, 500000 by default"),
  dataBitrate: integer(10_000, 8_000_000, "bit/s in 10000..8000000, for example 2000000")
    .exactOptional().describe("bit/s; makes it a CAN FD bus"),
  functional: z.union([
    z.literal("none"),
    integer(0, 0x7FF, FUNCTIONAL_RULE),
    mapping({
      ...addressing,
      id: integer(0, 0x1FFF_FFFF).exactOptional().describe("the identifier"),
    }),
  ], `expected ${FUNCTIONAL_RULE}`)
    .exactOptional()
    .describe(
      "the identifier all nodes hear, by default 0x7DF, and 0x18DB33F1 where all have 29 bits; " +
        "none: each is told by itself",
    ),
  group: z.union([
    integer(0, 0x7FF, GROUP_RULE),
    mapping({
      idBits: z.literal(29, "expected 29").describe("size of the identifier"),
      id: integer(0, 0x1FFF_FFFF).describe("the identifier"),
    }),
  ], `expected ${GROUP_RULE}`)
    .exactOptional()
    .describe("the identifier of group downloads, of the lowest priority; 0x7FF by default"),
  maxSimultaneousErases: integer(1, 1000).exactOptional()
    .describe(
      "how many nodes may erase at once, where their supply bears no more; all by default",
    ),
  sim: BUS_SIM.exactOptional(),
}, "a bus, a mapping with a url");

const image = z.union([
  line,
  mapping({
    file: line.describe("path beneath this file's folder"),
    base: address.exactOptional().describe("where a raw binary belongs"),
    range: z.union([
      text(ADDRESS_RANGE_TEXT, ADDRESS_RANGE_RULE),
      mapping({
        start: address.describe("first address"),
        size: size.describe("how many bytes"),
      }),
    ], `expected ${ADDRESS_RANGE_RULE}`).exactOptional().describe(
      "which addresses of the file are meant, where it holds more than the application",
    ),
    opaque: flag.exactOptional().describe(
      "compressed or encrypted: sent as it is to base, its vector table is not looked for",
    ),
    uncompressedSize: size.exactOptional().describe(
      "opaque images: {uncompressedSize}, and what is erased for it; its file's size by default",
    ),
    version: line.exactOptional().describe("what the application calls itself once it runs"),
    requires: named(line, "versions by names of images").exactOptional().describe(
      "images that must be as new as this in the same bundle",
    ),
  }),
], "expected a path, or a mapping {file, base, range, opaque, version, requires}");

const KEY_ID_RULE = "at least 16 digits of a key's identifier";

/** The fleet file's form; meaning (references, identifiers) is checked by its reader. */
export const FLEET_SCHEMA = mapping({
  require_signature: z.union(
    [z.boolean(), list(text(/^[0-9a-fA-F]{16,64}$/, KEY_ID_RULE), "a list of root keys").min(1)],
    `expected true, false, or a list of root keys, each ${KEY_ID_RULE}`,
  ).exactOptional().describe("nothing but signed bundles is accepted"),
  state: line.exactOptional().describe(
    "folder beneath this file's for journals; by default the user's state folder",
  ),
  report: REPORT.exactOptional().describe("what the report of a run says about itself"),
  buses: named(bus, "buses by name").describe("where nodes are"),
  images: named(image, "images by name").describe("firmware files"),
  layouts: named(layout, "layouts by name").exactOptional().describe("how flash is divided"),
  devices: named(DEVICE, "devices by name").exactOptional().describe(
    "parts that canvoy does not know, by figures of your own",
  ),
  profiles: named(FLEET_PROFILE, "profiles by name").exactOptional().describe(
    "how bootloaders are talked to",
  ),
  templates: named(mapping(nodeFields), "templates by name").exactOptional().describe(
    "what several nodes have in common",
  ),
  defaults: mapping(nodeFields).exactOptional().describe("holds where a node says nothing"),
  nodes: list(node, "a list of nodes").min(1, "expected at least one node").describe("the nodes"),
}, "a fleet: buses, images and nodes");

/** A fleet file as written. */
export type FleetDocument = z.infer<typeof FLEET_SCHEMA>;
/** One entry of `nodes` as written. */
export type NodeDocument = FleetDocument["nodes"][number];
/** What defaults, templates and nodes may all say. */
export type NodeFields = NonNullable<FleetDocument["defaults"]>;
/** A bus as written. */
export type BusDocument = FleetDocument["buses"][string];
/** A layout as written. */
export type LayoutDocument = NonNullable<FleetDocument["layouts"]>[string];

/**
 * Describes fleet files to editors.
 *
 * @returns A JSON Schema, draft 2020-12.
 */
export function fleetJsonSchema(): Record<string, unknown> {
  return {
    title: "canvoy fleet file",
    ...z.toJSONSchema(FLEET_SCHEMA, { io: "input", reused: "ref" }),
  };
}
