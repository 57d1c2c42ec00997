/** The node in C in the cases that sections 3 to 5 of the document tell in words. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CAN_RUN, CNode } from "./c_node.ts";
import { frames, Tester } from "./tester.ts";

const MAP = "31034752000000";
const BASE = 0x0800_8000;

/** Twelve buffers of 32 bytes, as the budget has twelve of 512. */
const TWELVE = { GROUP_BUFFER_BYTES: 12 * 32 };

function image(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, n) => (n * 167 + (n >> 8) * 13) & 0xFF);
}

function tester(size: number, generationBlocks: number, blockBytes = 32): Tester {
  return new Tester({ image: image(size), blockBytes, generationBlocks });
}

function send(node: CNode, ...messages: readonly Uint8Array[]): void {
  for (const message of messages) for (const frame of frames(message)) node.frame(frame);
}

/** Messages between which it has all the time it wants. */
function sendSlowly(node: CNode, ...messages: readonly Uint8Array[]): void {
  for (const message of messages) {
    send(node, message);
    node.settle();
  }
}

function open(node: CNode, group: Tester): void {
  strictEqual(node.request(group.open()).slice(0, 8), "71014752");
}

/** Status, and what is behind programTime. */
function map(node: CNode): { status: number; list: string } {
  const answer = node.request(MAP);
  strictEqual(answer.slice(0, 8), "71034752");
  return { status: parseInt(answer.slice(8, 10), 16), list: answer.slice(14) };
}

function isWhole(node: CNode, size: number): void {
  deepStrictEqual(node.flash(BASE, size), image(size));
  strictEqual(node.get("spoiled"), 0);
}

function test(name: string, fn: () => void): void {
  Deno.test({ name: `c node: ${name}`, ignore: !CAN_RUN, fn });
}

test("mends one to all of 20 blocks, a short last one among them", () => {
  const size = 20 * 32 - 7;
  for (const lost of [[19], [0, 19], [3, 4, 5, 18, 19], [...Array(12).keys()]]) {
    using node = new CNode(TWELVE);
    const group = tester(size, 32);
    open(node, group);
    for (const b of group.blocks.keys()) if (!lost.includes(b)) sendSlowly(node, group.data(b));
    // Any parity blocks do, the last ones too.
    for (const n of lost.keys()) send(node, group.parity(0, n % 2 === 0 ? n : 254 - 20 - n));
    deepStrictEqual(map(node).list, "");
    node.settle();
    strictEqual(map(node).status, Math.ceil(31 * lost.length / 20) << 1);
    isWhole(node, size);
    deepStrictEqual(node.flash(BASE + size, 25), new Uint8Array(25).fill(0xFF));
  }
});

test("mends all of a generation from parity alone", () => {
  using node = new CNode(TWELVE);
  const group = tester(320, 10);
  open(node, group);
  send(node, ...[...Array(10).keys()].map((j) => group.parity(0, 244 - j)));
  node.settle();
  strictEqual(map(node).status, 31 << 1);
  isWhole(node, 320);
});

test("mends blocks of 512 bytes, 12 of 64, within its budget", () => {
  const size = 64 * 512;
  using node = new CNode();
  const group = tester(size, 64, 512);
  open(node, group);
  for (const b of group.blocks.keys()) if (b % 6 !== 0 || b > 66) sendSlowly(node, group.data(b));
  // Blocks 0, 6, 12 .. 60.
  strictEqual(map(node).list, "000000" + "411004411004" + "4110");
  send(node, ...[...Array(11).keys()].map((j) => group.parity(0, j)));
  ok(node.settle() > 11 * 53, "in pieces");
  isWhole(node, size);
});

test("mends when what is held is programmed, and what came is held at once", () => {
  using node = new CNode(TWELVE);
  const group = tester(8 * 32, 8);
  open(node, group);
  send(node, ...[0, 2, 3, 5, 6, 7].map((b) => group.data(b)));
  send(node, group.parity(0, 0), group.parity(0, 1));
  // It can be mended, but six blocks wait: the two are missing still.
  deepStrictEqual(map(node), { status: 1, list: "0000" + "02" + "12" });
  // A block comes after all: one parity block is not needed any more.
  send(node, group.data(4));
  deepStrictEqual(map(node), { status: 1, list: "0000" + "01" + "02" });
  while (map(node).list !== "") ok(node.work());
  strictEqual(map(node).status & 1, 1);
  node.settle();
  isWhole(node, 8 * 32);
  strictEqual(map(node).status, Math.ceil(31 / 8) << 1);
});

test("takes data of others while it mends, and none for what it mends", () => {
  using node = new CNode(TWELVE);
  const group = tester(24 * 32, 8);
  open(node, group);
  sendSlowly(node, ...[0, 2, 3, 5, 6].map((b) => group.data(b)));
  send(node, ...[0, 1, 2].map((j) => group.parity(0, j)));
  deepStrictEqual(map(node), { status: 1, list: "000100FF" + "000200FF" });
  for (const b of [8, 9, 1, 4, 7, 10]) {
    send(node, group.data(b, b < 8 ? new Uint8Array(32) : undefined), group.parity(0, 9));
    node.work();
  }
  // Twelve buffers, three of which mend: the other nine take blocks.
  send(node, ...[11, 12, 13, 14, 15, 16, 17, 18, 19].map((b) => group.data(b)));
  node.settle();
  strictEqual(map(node).status, Math.ceil(31 * 3 / 24) << 1);
  sendSlowly(node, ...[...Array(24).keys()].map((b) => group.data(b)));
  isWhole(node, 24 * 32);
});

test("gives up parity for data where 12 buffers are full and 13 blocks are missing", () => {
  using node = new CNode(TWELVE);
  const group = tester(26 * 32, 26);
  open(node, group);
  sendSlowly(node, ...[...Array(13).keys()].map((b) => group.data(b)));
  send(node, ...[...Array(13).keys()].map((j) => group.parity(0, j)));
  deepStrictEqual(map(node).list, "00000C" + "00E0FF03");
  send(node, group.data(13));
  deepStrictEqual(map(node), { status: 1, list: "00000B" + "00C0FF03" });
  node.settle();
  send(node, group.parity(0, 20));
  deepStrictEqual(map(node), { status: 1, list: "" });
  node.settle();
  isWhole(node, 26 * 32);
});

test("never gives up parity of a generation that can be mended, nor for a later one", () => {
  using node = new CNode({ GROUP_BUFFER_BYTES: 4 * 32 });
  const group = tester(16 * 32, 4);
  open(node, group);
  send(node, group.data(12)); // waits, so that nothing is mended yet
  send(node, group.parity(1, 0), group.parity(2, 0), group.parity(2, 1));
  // Full: parity of a later generation finds none, that of an earlier one takes the last's.
  send(node, group.parity(3, 0));
  deepStrictEqual(map(node).list, "0000000F" + "0001010F" + "0002020F" + "0003000E");
  send(node, group.parity(0, 0));
  deepStrictEqual(map(node).list, "0000010F" + "0001010F" + "0002010F" + "0003000E");
  send(node, group.data(13));
  deepStrictEqual(map(node).list, "0000010F" + "0001010F" + "0002000F" + "0003000C");
  send(node, group.data(14));
  deepStrictEqual(map(node).list, "0000010F" + "0001000F" + "0002000F" + "00030008");
});

test("never gives up parity that suffices, though it must wait", () => {
  using node = new CNode({ GROUP_BUFFER_BYTES: 3 * 32 });
  const group = tester(6 * 32, 2);
  open(node, group);
  send(node, group.data(0), group.data(4), group.parity(0, 0));
  send(node, group.data(5), group.parity(1, 0), group.parity(0, 1));
  deepStrictEqual(map(node), { status: 1, list: "00000102" + "00010003" + "00020002" });
  node.settle();
  deepStrictEqual(map(node), { status: 6 << 1, list: "00010003" + "00020002" });
});

test("shows FF for false parity, programs nothing of it, and mends with new parity", () => {
  using node = new CNode(TWELVE);
  const group = tester(8 * 32 - 5, 8);
  open(node, group);
  sendSlowly(node, ...[0, 1, 3, 4, 5, 6].map((b) => group.data(b)));
  send(node, group.parity(0, 0), group.parity(0, 1, image(40).slice(8)));
  node.settle();
  deepStrictEqual(map(node), { status: 0, list: "0000FF84" });
  deepStrictEqual(node.flash(BASE + 64, 32), new Uint8Array(32).fill(0xFF));
  send(node, group.parity(0, 1));
  deepStrictEqual(map(node), { status: 0, list: "00000184" });
  send(node, group.parity(0, 2));
  node.settle();
  isWhole(node, 8 * 32 - 5);
});

test("does not mend a generation in which a block failed", () => {
  using node = new CNode(TWELVE);
  const group = tester(8 * 32, 4);
  open(node, group);
  node.set("failAt", BASE + 40);
  send(node, group.data(0), group.data(1), group.parity(0, 0));
  node.settle();
  deepStrictEqual(map(node), { status: 0x80, list: "0000000C" + "0001000F" });
  send(node, group.parity(0, 0), group.parity(0, 1), group.data(1));
  deepStrictEqual(map(node), { status: 0x80, list: "0000000C" + "0001000F" });
  sendSlowly(node, group.data(2), group.data(3), ...[4, 5, 6].map((b) => group.data(b)));
  send(node, group.parity(1, 3));
  node.settle();
  deepStrictEqual(map(node), { status: 0x80 | 4 << 1, list: "" });
  deepStrictEqual(node.flash(BASE + 64, 192), image(256).slice(64));
  strictEqual(node.get("spoiled"), 0);
});

test("is cut while it mends, and takes the rest in blocks of another size", () => {
  using node = new CNode({ GROUP_BUFFER_BYTES: 12 * 64 });
  const size = 16 * 64;
  const group = tester(size, 4, 64);
  open(node, group);
  sendSlowly(node, ...[0, 1, 2, 4, 5].map((b) => group.data(b)));
  send(node, group.parity(2, 0), group.parity(0, 1));
  node.work();
  deepStrictEqual(map(node), { status: 1, list: "0001000C" + "0002010F" + "0003000F" });
  strictEqual(node.request(group.open(5 * 64)), "7F3122", "block 5 is in flash");
  strictEqual(node.request(group.open(6 * 64)).slice(0, 10), "710147520C");
  deepStrictEqual(map(node), { status: 0, list: "00000008" });
  send(node, group.parity(0, 2));
  node.settle();
  deepStrictEqual(map(node), { status: Math.ceil(31 / 6) << 1, list: "" });
  const rest = new Tester({
    image: image(size).slice(6 * 64),
    blockBytes: 32,
    generationBlocks: 20,
    address: BASE + 6 * 64,
    key: 1,
  });
  strictEqual(node.request(rest.open()).slice(0, 10), "7101475218");
  sendSlowly(node, ...rest.blocks.keys().filter((b) => b !== 7).map((b) => rest.data(b)));
  send(node, group.data(0), rest.parity(0, 0));
  node.settle();
  isWhole(node, size);
});
