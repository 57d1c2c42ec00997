/** The vectors of section 9, played to the node in C; it was written before it saw them. */
import { match, strictEqual } from "node:assert/strict";
import { CAN_RUN, CNode } from "./c_node.ts";
import { frames } from "./tester.ts";

interface Step {
  readonly request?: string;
  readonly answer?: string;
  readonly messages?: readonly string[];
  readonly burst?: readonly string[];
  readonly settle?: true;
  readonly flash?: string;
  readonly address?: string;
}

interface Case {
  readonly name: string;
  readonly bufferBlocks: number;
  readonly steps: readonly Step[];
}

const { cases }: { readonly cases: readonly Case[] } = JSON.parse(
  Deno.readTextFileSync(new URL("../vectors/group/mending.json", import.meta.url)),
);
const BLOCK_BYTES = 32;
/** Pieces of work that programming a block takes where a piece programs 8 bytes. */
const PROGRAMMING = 4;

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(text.replaceAll(" ", ""));
}

/** Sends messages with so many pieces of work behind each. */
function send(node: CNode, messages: readonly string[], pieces: number): void {
  for (const message of messages) {
    for (const frame of frames(bytesOf(message))) node.frame(frame);
    for (let piece = 0; piece < pieces && node.work(); piece++);
  }
}

function play(node: CNode, step: Step, pieces: number): void {
  if (step.request !== undefined) {
    const pattern = step.answer!.replaceAll(" ", "").replaceAll("*", ".");
    match(node.request(step.request), new RegExp(`^${pattern}$`));
  }
  if (step.messages !== undefined) send(node, step.messages, pieces);
  if (step.burst !== undefined) send(node, step.burst, 0);
  if (step.settle === true) node.settle();
  if (step.flash !== undefined) {
    const expected = bytesOf(step.flash);
    const address = parseInt(step.address!.replaceAll(" ", ""), 16);
    strictEqual(node.flash(address, expected.length).toHex(), expected.toHex());
  }
}

for (const { name, bufferBlocks, steps } of cases) {
  for (const [pace, pieces] of [["slowly", Infinity], ["at programTime", PROGRAMMING]] as const) {
    Deno.test({
      name: `c node: vectors, ${pace}: ${name}`,
      ignore: !CAN_RUN,
      fn: () => {
        const bytes = bufferBlocks * BLOCK_BYTES;
        using node = new CNode({ GROUP_BUFFER_BYTES: bytes, GROUP_PROGRAM_STEP: 8 });
        for (const step of steps) play(node, step, pieces);
        strictEqual(node.get("spoiled"), 0);
      },
    });
  }
}
