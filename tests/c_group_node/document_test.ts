/** The node in C does what the examples of the document say, byte for byte. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { CAN_RUN, CNode } from "./c_node.ts";
import { factor, frames, parityOf, Tester } from "./tester.ts";

const DOCUMENT = Deno.readTextFileSync(new URL("../../docs/group-download.md", import.meta.url));
/** The examples' node: room for 16 blocks of 512, 2.05 ms a block. */
const EXAMPLE = {
  GROUP_BUFFER_BYTES: 16 * 512,
  GROUP_PROGRAM_UNIT: 4,
  GROUP_PROGRAM_UNIT_US: 16,
};
const IMAGE = Uint8Array.from({ length: 1300 }, (_, n) => n % 251);

/** The blocks of the document that are marked so, line by line. */
function examples(mark: string): readonly (readonly string[])[] {
  return [...DOCUMENT.matchAll(new RegExp("```" + mark + "\n([^`]*)```", "g"))]
    .map(([, text]) => text!.trim().split("\n").map((line) => line.replaceAll(" ", "")));
}

function tester(): Tester {
  return new Tester({ image: IMAGE, blockBytes: 512, generationBlocks: 64 });
}

function send(node: CNode, message: Uint8Array): void {
  for (const frame of frames(message)) node.frame(frame);
}

Deno.test({
  name: "c node: the conversation of sections 3 and 4, with one block lost and mended",
  ignore: !CAN_RUN,
  fn: () => {
    using node = new CNode(EXAMPLE);
    const [[opening], [cut]] = examples("group-open") as [[string], [string]];
    strictEqual(tester().open(), opening);
    strictEqual(tester().open(1024), cut);
    strictEqual(node.get("listening"), 0xFFFF_FFFF);
    const [[opened]] = examples("group-opened") as [[string]];
    strictEqual(node.request(opening), opened);
    strictEqual(node.get("listening"), 0x7FF);
    const [[data]] = examples("group-data") as [[string]];
    match(tester().data(2).toHex().toUpperCase(), new RegExp(`^${data}`));
    for (const block of [0, 2]) send(node, tester().data(block));
    node.settle();
    const [[ask, missing], [, mended]] = examples("group-map") as [
      [string, string],
      [string, string],
    ];
    strictEqual(node.request(ask), missing);
    send(node, tester().parity(0, 0));
    node.settle();
    strictEqual(node.request(ask), mended);
    deepStrictEqual(node.flash(0x0800_8000, 1300), IMAGE);
    deepStrictEqual(node.flash(0x0800_8000 + 1300, 32), new Uint8Array(32).fill(0xFF));
    strictEqual(node.request("31024752"), "71024752");
    strictEqual(node.get("listening"), 0xFFFF_FFFF);
    strictEqual(node.get("heard"), 3);
    strictEqual(node.get("spoiled"), 0);
  },
});

Deno.test({
  name: "c node: the cut of section 3.1",
  ignore: !CAN_RUN,
  fn: () => {
    using node = new CNode(EXAMPLE);
    const [[opening], [cut]] = examples("group-open") as [[string], [string]];
    node.request(opening);
    send(node, tester().data(0));
    node.settle();
    strictEqual(node.request(cut), "710147521000CD");
    strictEqual(node.request(cut), "710147521000CD");
    strictEqual(node.request("31034752000000"), "710347520000CD00000002");
  },
});

Deno.test({
  name: "c node: the tester of these tests makes the parity of section 4.2",
  fn: () => {
    const [lines] = examples("group-parity");
    const blocks = /^source(\w+)$/.exec(lines![1]!)![1]!.match(/.{8}/g)!.map((text) =>
      Uint8Array.fromHex(text)
    );
    for (const j of [0, 1]) {
      const g = blocks.map((_, i) => factor(3, i, j));
      strictEqual(
        `g${j}${Uint8Array.from(g).toHex()}`.toUpperCase(),
        lines![2 + 2 * j]!.toUpperCase(),
      );
      strictEqual(
        `parity${j}${parityOf(blocks, j).toHex()}`.toUpperCase(),
        lines![3 + 2 * j]!.toUpperCase(),
      );
    }
  },
});

Deno.test({
  name: "c node: section 3.0 and the budget of section 5.1",
  ignore: !CAN_RUN,
  fn: () => {
    using node = new CNode();
    strictEqual(node.request("224752"), "62475202");
    for (const [blockBytes, room] of [[512, 12], [128, 48], [64, 48]] as const) {
      const image = new Uint8Array(0x1_8000);
      const opening = new Tester({ image, blockBytes, generationBlocks: 64 }).open();
      match(
        node.request(opening),
        new RegExp(`^71014752${room.toString(16).padStart(2, "0")}`, "i"),
      );
    }
    ok(node.get("spoiled") === 0);
  },
});
