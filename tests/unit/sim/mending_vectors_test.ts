/** The vectors for authors of bootloaders, played against the virtual node. */
import { ok, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes, readUintBe } from "../../../src/core/mod.ts";
import { mendingCases, type MendingStep, mendingText } from "../../vectors/group/mending_cases.ts";
import { GroupLab } from "./group_lab.ts";
import { APPLICATION } from "./node_support.ts";

const FILE = new URL("../../vectors/group/mending.json", import.meta.url);
/** Of the cases. */
const BLOCK_BYTES = 32;
const MAP = "31 03 47 52 00 00 00";
const SETTLE_ROUNDS_MAX = 1000;

Deno.test("mending.json is what its generator writes", () => {
  const how = "run: deno run --allow-write=tests tests/vectors/group/make_mending_vectors.ts";
  ok(Deno.readTextFileSync(FILE) === mendingText(), how);
});

function isAnswer(answer: string, expected: string): boolean {
  const [own, wanted] = [answer.split(" "), expected.split(" ")];
  return own.length === wanted.length &&
    wanted.every((byte, i) => byte === "**" || byte === own[i]);
}

/** What a case is played with. */
class Player {
  readonly #lab: GroupLab;
  #programMs = 0;

  constructor(bufferBlocks: number, options: { readonly programTimeScale?: number }) {
    const groupBufferBlocks = bufferBlocks * BLOCK_BYTES / 512;
    this.#lab = new GroupLab({ groupBufferBlocks, ...options });
    this.#lab.erase(APPLICATION, 0x8000);
  }

  play(step: MendingStep): void {
    const lab = this.#lab;
    if ("request" in step) {
      const answer = lab.answer(step.request);
      ok(isAnswer(answer, step.answer), `${step.request}: ${answer}, expected ${step.answer}`);
      const bytes = hexToBytes(answer);
      if (bytes[0] === 0x71 && bytes[1] === 0x01) this.#programMs = readUintBe(bytes, 5, 2) / 100;
    } else if ("messages" in step) {
      for (const message of step.messages) lab.say(hexToBytes(message)).wait(this.#programMs);
    } else if ("burst" in step) lab.say(...step.burst.map((message) => hexToBytes(message)));
    else if ("settle" in step) this.#settle();
    else {
      const address = readUintBe(hexToBytes(step.address), 0, 4);
      const bytes = hexToBytes(step.flash);
      strictEqual(bytesToHex(lab.node.flash.read(address, bytes.length)!), step.flash);
    }
  }

  #settle(): void {
    for (let round = 0; round < SETTLE_ROUNDS_MAX; round++) {
      if ((hexToBytes(this.#lab.answer(MAP))[4]! & 1) === 0) return;
      this.#lab.wait(1);
    }
    ok(false, "it is busy for ever");
  }
}

for (const { name, bufferBlocks, steps } of mendingCases()) {
  // At its usual pace, and so slow that what comes in a burst is held for long.
  for (const options of [{}, { programTimeScale: 50 }]) {
    Deno.test(`mending.json: ${name} ${JSON.stringify(options)}`, () => {
      const player = new Player(bufferBlocks, options);
      for (const step of steps) player.play(step);
    });
  }
}
