/** Bootloaders that count places from a base of their own, and images that run elsewhere. */
import { ok, strictEqual, throws } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

const SHORT = { maxNumberOfBlockLength: 1026 };
const APPLICATION = 0x0800_8000;

const NODES: Readonly<Record<string, BentNode>> = {
  "offsets of 3 bytes from the application's start": {
    rogue: { ...SHORT, places: { base: APPLICATION } },
    profile: rowProfile("offsets"),
  },
  "offsets of 3 bytes from the start of flash, least significant byte first": {
    rogue: { ...SHORT, places: { base: 0x0800_0000, littleEndian: true } },
    profile: rowProfile("offsets-little-endian"),
  },
  "erases by pages of 16 KiB": {
    rogue: { ...SHORT, places: { base: APPLICATION, erasesBy: 0x4000 } },
    profile: rowProfile("pages"),
  },
  "erases by numbers of the part's sectors": {
    rogue: { ...SHORT, places: { base: 0x0800_0000, erasesBy: "sector" } },
    profile: rowProfile("sectors"),
  },
  "an image that is linked for another slot": {
    base: 0x0802_0000,
    linkedAt: APPLICATION,
    rogue: SHORT,
    profile: rowProfile("other-slot"),
  },
};

for (const [what, node] of Object.entries(NODES)) {
  Deno.test(`places: ${what}: lost answers, power cuts, resume`, () => {
    judgeBent(node, [
      { on: "31 01 FF 00", nth: 1 },
      { on: "34", nth: 1 },
      { on: "36", nth: 3 },
      { on: "37", nth: 1 },
    ]);
  });
}

Deno.test("places: a second slot of 128 KiB sectors gets the bytes, linked for the first", () => {
  const bench = new RogueBench({ ...NODES["an image that is linked for another slot"]! });
  judgeDone(bench, bench.update());
  strictEqual(bench.node.log.of("34")[0]!.data[4], 0x02);
  const held = bench.node.flash.read(0x0802_0004, 4);
  strictEqual(new DataView(held.buffer, held.byteOffset).getUint32(0, true), APPLICATION + 0x1C1);
});

Deno.test("places: an address of 3 bytes is refused before anything is sent, with the field's name", () => {
  const profile = 'download: { request: "34 00 43 {address:3} {size:4}" }';
  const bench = new RogueBench({ profile });
  throws(() => bench.update(), (error: unknown) => {
    ok(error instanceof Error);
    ok(/\{address:3\} of download\.request cannot hold 0x08008000; \{offset\}/.test(error.message));
    return true;
  });
  strictEqual(bench.node.log.count(""), 0);
});
