/** The node in C, asked on its own identifiers, and what it takes for a message. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { CAN_RUN, CNode } from "./c_node.ts";
import { frames, Tester } from "./tester.ts";

const MAP = "31034752000000";
const BASE = 0x0800_8000;
const IMAGE = Uint8Array.from({ length: 640 }, (_, n) => (n * 7 + 1) & 0xFF);
const GROUP = { image: IMAGE, blockBytes: 64, generationBlocks: 4 };

function send(node: CNode, message: Uint8Array, frameBytes = 8): void {
  for (const frame of frames(message, frameBytes)) node.frame(frame);
}

function test(name: string, fn: () => void): void {
  Deno.test({ name: `c node: ${name}`, ignore: !CAN_RUN, fn });
}

/** An opening with other bytes from an offset on. */
function changed(opening: string, offset: number, bytes: string): string {
  return opening.slice(0, offset * 2) + bytes + opening.slice(offset * 2 + bytes.length);
}

test("looks at an opening in the order of section 3.1", () => {
  using node = new CNode();
  const opening = new Tester(GROUP).open();
  node.set("refusal", 0x33);
  strictEqual(node.request(opening), "7F3133");
  strictEqual(node.request(MAP), "7F3133");
  node.set("refusal", 0);
  strictEqual(node.request(MAP), "7F3124");
  strictEqual(node.request(opening.slice(0, 46)), "7F3113");
  node.set("busy", 1);
  for (
    const [offset, bytes] of [
      [4, "01"], // version
      [4, "03"],
      [5, "00000800"], // identifiers
      [5, "A0000000"],
      [5, "00000701"], // its own
      [13, "08000000"], // its bootloader
      [13, "0801FFE0"], // over the end
      [13, "08008001"], // no unit
      [17, "00000000"], // size
      [21, "0010"], // blocks
      [21, "0050"],
      [21, "0220"],
      [23, "00"],
      [23, "FF"],
    ] as const
  ) strictEqual(node.request(changed(opening, offset, bytes)), "7F3131", `${offset} ${bytes}`);
  strictEqual(node.request(opening + "0000"), "7F3113");
  strictEqual(node.request(opening.slice(0, -4)), "7F3113");
  strictEqual(node.request(opening), "7F3122");
  node.set("busy", 0);
  node.write(BASE + 639, Uint8Array.of(0));
  strictEqual(node.request(opening), "7F3170");
  node.write(BASE + 639, Uint8Array.of(0xFF));
  strictEqual(node.get("listening"), 0xFFFF_FFFF);
  strictEqual(node.request(opening).slice(0, 10), "7101475230");
  // Whatever is refused leaves it open.
  strictEqual(node.request(changed(opening, 4, "01")), "7F3131");
  strictEqual(node.get("listening"), 0x7FF);
  strictEqual(node.request("31054752"), "7F3112");
});

test("answers a repeated opening and a cut while it programs, and refuses another one", () => {
  using node = new CNode();
  const group = new Tester({ ...GROUP, blockBytes: 128 });
  node.request(group.open());
  send(node, group.data(0));
  send(node, group.data(1));
  node.work();
  strictEqual(node.programs, true);
  strictEqual(node.request(group.open()).slice(0, 10), "7101475230");
  strictEqual(node.request(new Tester({ ...GROUP, blockBytes: 128, key: 2 }).open()), "7F3122");
  strictEqual(node.request(group.open(256)).slice(0, 10), "7101475230");
  // The group is known by its last opening: the first one is another one now.
  strictEqual(node.request(group.open()), "7F3122");
  strictEqual(node.request(group.open(256)).slice(0, 10), "7101475230");
  node.settle();
  strictEqual(node.request(group.open()), "7F3170");
  deepStrictEqual(node.flash(BASE, 256), IMAGE.slice(0, 256));
  match(node.request(MAP), /^7103475200....$/);
});

test("ends what it programs behind the group's end, and nothing else", () => {
  using node = new CNode();
  const group = new Tester({ ...GROUP, blockBytes: 128 });
  node.request(group.open());
  for (const block of [0, 1]) send(node, group.data(block));
  node.work();
  strictEqual(node.request("31024752"), "71024752");
  strictEqual(node.request("31024752"), "71024752");
  strictEqual(node.get("listening"), 0xFFFF_FFFF);
  strictEqual(node.request(MAP), "7F3124");
  const next = new Tester({ ...GROUP, address: BASE + 4096 });
  strictEqual(node.request(next.open()), "7F3122");
  node.settle();
  strictEqual(node.programs, false);
  deepStrictEqual(node.flash(BASE, 128), IMAGE.slice(0, 128));
  deepStrictEqual(node.flash(BASE + 128, 128), new Uint8Array(128).fill(0xFF));
  strictEqual(node.request(next.open()).slice(0, 8), "71014752");
  node.end();
  send(node, next.data(0));
  strictEqual(node.settle(), 0);
  strictEqual(node.get("heard"), 2);
});

test("ignores messages that do not fit, and S3 with them", () => {
  using node = new CNode();
  const group = new Tester(GROUP);
  node.request(group.open());
  const torn = group.data(0).slice();
  torn[20]! ^= 1;
  send(node, torn);
  send(node, new Tester({ ...GROUP, key: 7 }).data(0)); // another group's
  send(node, group.message(BASE + 32, IMAGE.slice(0, 64))); // no block begins there
  send(node, group.message(BASE, IMAGE.slice(0, 32))); // not its size
  send(node, group.message(BASE + 640, IMAGE.slice(0, 64))); // behind the end
  send(node, group.message(BASE - 64, IMAGE.slice(0, 64)));
  send(node, group.message(0xFF00_0300, IMAGE.slice(0, 64))); // no such generation
  send(node, group.message(0xFF00_00FB, IMAGE.slice(0, 64))); // of four blocks: 00 to FA
  send(node, group.message(0xFF00_0000, IMAGE.slice(0, 32)));
  strictEqual(node.get("heard"), 0);
  match(node.request(MAP), /^7103475200....0000000F0001000F00020003$/);
  send(node, group.message(0xFF00_00FA, IMAGE.slice(0, 64)));
  send(node, group.data(9));
  send(node, group.data(9));
  strictEqual(node.get("heard"), 3);
  match(node.request(MAP), /^7103475201....0000010F0001000F00020001$/);
});

test("gives a message up as section 4.3 says", () => {
  using node = new CNode();
  const group = new Tester(GROUP);
  node.request(group.open());
  const message = (block: number) => [...frames(group.data(block))];
  for (const frame of message(0).toSpliced(3, 1)) node.frame(frame); // one lost
  for (const frame of message(1).toSpliced(4, 0, message(1)[4]!)) node.frame(frame); // one twice
  for (const [n, frame] of message(2).entries()) { // too late
    if (n === 5) node.set("nowUs", node.get("nowUs") + 1_000_001);
    node.frame(frame);
  }
  for (const frame of message(3).toSpliced(6, 0, Uint8Array.of(1, 0x3E))) node.frame(frame);
  for (const frame of message(4).slice(0, 6)) node.frame(frame); // another one begins
  for (const [n, frame] of message(5).entries()) { // in time
    node.set("nowUs", node.get("nowUs") + 999_999);
    if (n === 6) node.frame(Uint8Array.of(0x30, 0, 0)); // of no matter
    node.frame(frame);
  }
  node.frame(Uint8Array.of(0x1F, 0xFF, 1, 2, 3, 4, 5, 6)); // longer than any
  node.frame(Uint8Array.of(0x21, 1, 2, 3, 4, 5, 6, 7));
  node.settle();
  match(node.request(MAP), /^7103475200....0000000F0001000D00020003$/);
});

test("loses frames that its ring has no place for, and no more than these", () => {
  using node = new CNode();
  const group = new Tester(GROUP);
  node.request(group.open());
  for (const block of [0, 1]) {
    for (const frame of frames(group.data(block))) node.frameInRing(frame);
  }
  node.settle();
  match(node.request(MAP), /^7103475200....0000000E/);
  for (const frame of frames(group.data(1))) node.frameInRing(frame);
  node.settle();
  match(node.request(MAP), /^7103475200....0000000C/);
});

test("receives frames of 64 bytes, and messages of one frame", () => {
  using node = new CNode({ GROUP_FRAME_BYTES: 64 });
  for (const blockBytes of [32, 128]) {
    const group = new Tester({ ...GROUP, blockBytes, address: BASE + blockBytes * 32 });
    ok(node.request(group.open()).startsWith("71"));
    for (const block of group.blocks.keys()) {
      send(node, group.data(block), 64);
      node.settle();
    }
    deepStrictEqual(node.flash(group.address, IMAGE.length), IMAGE);
  }
});

test("takes 29 bits, and a map with room for one generation", () => {
  using node = new CNode();
  const group = new Tester({ ...GROUP, identifier: 0x9FFF_FFFF });
  node.request(group.open());
  strictEqual(node.get("listening"), 0x9FFF_FFFF);
  send(node, group.data(2));
  node.settle();
  match(node.request(MAP), /^7103475200....0000000B0001000F00020003$/);
  match(node.request(MAP, 7 + 4 + 3), /^7103475240....0000000B$/);
  match(node.request("31034752000100", 7 + 4), /^7103475240....0001000F$/);
  match(node.request("31034752000201", 7 + 4), /^7103475200....00020003$/);
  match(node.request("31034752000300"), /^7103475200....$/);
  match(node.request("31034752FFFFFF"), /^7103475200....$/);
  strictEqual(node.request("310347520000"), "7F3113");
  strictEqual(node.request("310247520000"), "7F3113");
});
