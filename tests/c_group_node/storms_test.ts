/** The node in C in seeded storms of data, true and false parity, failing flash and cuts. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Prng } from "../../src/core/mod.ts";
import { CAN_RUN, CNode } from "./c_node.ts";
import { frames, Tester } from "./tester.ts";

const BASE = 0x0800_8000;
const BLOCK_BYTES = 32;
const SEEDS = 100;
const STEPS = 250;

function send(node: CNode, message: Uint8Array): void {
  for (const frame of frames(message)) node.frame(frame);
}

/** What the map lists, of generations of so many blocks. */
function mapOf(node: CNode, generationBlocks: number, blocks: number) {
  const map = Uint8Array.fromHex(node.request("31034752000000"));
  const missing: number[] = [];
  let parity = 0;
  for (let at = 7; at < map.length;) {
    const first = (map[at]! << 8 | map[at + 1]!) * generationBlocks;
    const k = Math.min(generationBlocks, blocks - first);
    if (map[at + 2] !== 0xFF) parity += map[at + 2]!;
    for (let i = 0; i < k; i++) {
      if (map[at + 3 + (i >> 3)]! >> (i & 7) & 1) missing.push(first + i);
    }
    at += 3 + Math.ceil(k / 8);
  }
  return { missing, parity };
}

/** Whether each byte in flash is the image's, or not programmed; the image has no FF. */
function isTrue(node: CNode, group: Tester): boolean {
  return group.blocks.every((block, b) => {
    const found = node.flash(BASE + b * BLOCK_BYTES, block.length);
    return found.every((byte, at) => byte === 0xFF || byte === block[at]);
  });
}

class Storm {
  readonly #prng: Prng;
  readonly #node: CNode;
  readonly #generationBlocks: number;
  readonly group: Tester;
  #blocks: number;

  constructor(node: CNode, prng: Prng) {
    this.#node = node;
    this.#prng = prng;
    this.#generationBlocks = 2 + this.#below(20);
    const size = 1 + this.#below(40 * BLOCK_BYTES);
    const image = Uint8Array.from({ length: size }, () => this.#below(255));
    this.group = new Tester({
      image,
      blockBytes: BLOCK_BYTES,
      generationBlocks: this.#generationBlocks,
    });
    this.#blocks = this.group.blocks.length;
    strictEqual(node.request(this.group.open()).slice(0, 2), "71");
    if (this.#below(4) === 0) node.set("failAt", BASE + this.#below(size));
  }

  #below(limit: number): number {
    return Math.floor(this.#prng.next() * limit);
  }

  get map() {
    return mapOf(this.#node, this.#generationBlocks, this.#blocks);
  }

  step(): void {
    const what = this.#below(100);
    const generations = Math.ceil(this.#blocks / this.#generationBlocks);
    const index = this.#below(255 - this.#generationBlocks);
    const generation = this.#below(generations);
    if (what < 15) send(this.#node, this.group.data(this.#below(this.#blocks)));
    else if (what < 50) {
      // A generation at the cut has other parity; to the node that is false parity, too.
      const bytes = what < 17 ? new Uint8Array(BLOCK_BYTES) : undefined;
      send(this.#node, this.group.parity(generation, index, bytes));
    } else if (what < 98) this.#node.work();
    else if (what === 98) this.#cut();
    else this.#node.settle();
  }

  #cut(): void {
    const blocks = 1 + this.#below(this.#blocks);
    if (blocks === this.#blocks) return;
    const opening = this.group.open(blocks * BLOCK_BYTES);
    if (this.#node.request(opening).startsWith("71")) this.#blocks = blocks;
  }

  /** What is missing still can be sent, and where no parity is held, into all buffers at once. */
  end(bufferBlocks: number): void {
    this.#node.settle();
    const { missing, parity } = this.map;
    const burst = parity === 0 ? missing.slice(0, bufferBlocks) : [];
    for (const block of burst) send(this.#node, this.group.data(block));
    deepStrictEqual(this.map.missing, missing.slice(burst.length));
    this.#node.settle();
    for (const block of this.map.missing) {
      send(this.#node, this.group.data(block));
      this.#node.settle();
    }
    deepStrictEqual(this.map.missing, []);
    const failed = this.#node.get("failAt");
    for (const [b, block] of this.group.blocks.slice(0, this.#blocks).entries()) {
      const address = BASE + b * BLOCK_BYTES;
      if (failed >= address && failed < address + BLOCK_BYTES) continue;
      deepStrictEqual(this.#node.flash(address, block.length), block);
    }
  }
}

for (const bufferBlocks of [1, 4, 12]) {
  Deno.test({
    name: `c node: storms, ${bufferBlocks} buffers`,
    ignore: !CAN_RUN,
    fn: () => {
      const bytes = bufferBlocks * BLOCK_BYTES;
      using node = new CNode({ GROUP_BUFFER_BYTES: bytes, GROUP_PROGRAM_STEP: 16 });
      for (let seed = 1; seed <= SEEDS; seed++) {
        node.reset();
        const storm = new Storm(node, new Prng(seed));
        for (let step = 0; step < STEPS; step++) {
          storm.step();
          if (step % 10 === 0) ok(isTrue(node, storm.group), `seed ${seed}, step ${step}`);
        }
        storm.end(bufferBlocks);
        strictEqual(node.get("spoiled"), 0, `seed ${seed}`);
      }
    },
  });
}
