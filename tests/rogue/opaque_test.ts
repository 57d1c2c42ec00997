/** Containers that the bootloader alone understands: what is sent is not what flash will hold. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { rowProfile } from "../support/profile_rows.ts";
import { type BentNode, judgeBent } from "./bent_node.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

/** Half of an image whose halves are alike, encrypted by a mask. */
function pack(image: Uint8Array): Uint8Array {
  return image.slice(0, image.length / 2).map((byte) => byte ^ 0xA5);
}

function unpack(container: Uint8Array): Uint8Array {
  const half = container.map((byte) => byte ^ 0xA5);
  return Uint8Array.from([...half, ...half]);
}

const REQUEST = "34 11 44 {address:4} {size:4} {uncompressedSize:4}";
const CONTAINER: BentNode = {
  pack,
  imageBytes: 24 * 1024,
  rogue: { maxNumberOfBlockLength: 1026, unpacks: unpack, exitCarries: "checksum", exitMs: 150 },
  profile: rowProfile("container"),
};

Deno.test("opaque: a compressed and encrypted container: lost answers, power cuts, resume", () => {
  judgeBent(CONTAINER, [
    { on: "31 01 FF 00", nth: 1 },
    { on: "34", nth: 1 },
    { on: "36", nth: 3 },
    { on: "37", nth: 1 },
    { on: "31 01 FF 01", nth: 1 },
  ]);
});

Deno.test("opaque: the container goes out as it is, once; erased is what it is once unpacked", () => {
  const bench = new RogueBench(CONTAINER);
  judgeDone(bench, bench.update());
  const { log, flash } = bench.node;
  const sent = log.of("36").flatMap(({ data }) => [...data.subarray(2)]);
  deepStrictEqual(Uint8Array.from(sent), pack(bench.image));
  strictEqual(log.count("34"), 1);
  const [first] = log.of("34");
  const view = new DataView(first!.data.buffer, first!.data.byteOffset);
  deepStrictEqual([view.getUint32(7), view.getUint32(11)], [12 * 1024, 24 * 1024]);
  const erased = flash.sectors.filter(({ erasedAtMs }) => erasedAtMs.length > 0);
  deepStrictEqual(erased.map(({ start }) => start), [0x0800_8000, 0x0800_C000]);
});

Deno.test("opaque: a check that says readOnly is not asked before the container is there", () => {
  const bench = new RogueBench({
    ...CONTAINER,
    profile: `download: { request: "${REQUEST}",
    exit: { request: "37 {checksum:4}" } }`,
  });
  const run = bench.update();
  const [check] = bench.node.log.of("31 01 02 02");
  const [exit] = bench.node.log.of("37");
  ok(check !== undefined && exit !== undefined && check.beganAtMs > exit.beganAtMs);
  strictEqual(run.node.error?.code, "VERIFY_MISMATCH");
});

Deno.test("opaque: a container that is damaged on its way is refused, and sent again", () => {
  const bench = new RogueBench({
    ...CONTAINER,
    rogue: { ...CONTAINER.rogue, refuse: [{ on: "37", nth: 1, nrc: 0x72 }] },
  });
  const run = bench.update();
  judgeDone(bench, run);
  strictEqual(run.retries("segment").length, 1);
});
