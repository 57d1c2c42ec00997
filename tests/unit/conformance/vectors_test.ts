/** The vectors on nodes that share nothing with canvoy: the judge of tests/rogue, and the one in C. */
import { ok, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes, readUintBe } from "../../../src/core/mod.ts";
import { CAN_RUN, CNode } from "../../c_group_node/c_node.ts";
import { frames } from "../../c_group_node/tester.ts";
import { AskedGroup } from "../../rogue/asked_group.ts";
import {
  type MendingCase,
  mendingCases,
  type MendingStep,
} from "../../vectors/group/mending_cases.ts";

/** Of the cases. */
const BLOCK_BYTES = 32;

/** A node that a case is played with. */
interface Player {
  request(text: string): string;
  say(messages: readonly Uint8Array[], isBurst: boolean): void;
  settle(): void;
  flash(address: number, sizeBytes: number): Uint8Array;
}

function cPlayer(node: CNode): Player {
  return {
    request: (text) => bytesToHex(hexToBytes(node.request(text))),
    say: (messages, isBurst) => {
      for (const message of messages) {
        for (const frame of frames(message)) node.frame(frame);
        if (!isBurst) node.settle();
      }
    },
    settle: () => void node.settle(),
    flash: (address, sizeBytes) => node.flash(address, sizeBytes),
  };
}

function judgePlayer(asked: AskedGroup): Player {
  return {
    request: (text) => asked.ask(text, 5),
    say: (messages, isBurst) => {
      if (isBurst) return asked.say(...messages);
      for (const message of messages) {
        asked.say(message);
        asked.wait(2);
      }
    },
    settle: () => asked.wait(200),
    flash: (address, sizeBytes) => asked.node.flash.read(address, sizeBytes),
  };
}

function play(player: Player, step: MendingStep): void {
  if ("request" in step) {
    const answer = player.request(step.request);
    const bytes = answer.split(" ");
    const wanted = step.answer.split(" ");
    const isRight = bytes.length === wanted.length &&
      wanted.every((byte, i) => byte === "**" || byte === bytes[i]);
    ok(isRight, `${step.request}: ${answer}, expected ${step.answer}`);
  } else if ("messages" in step) player.say(step.messages.map(hexToBytes), false);
  else if ("burst" in step) player.say(step.burst.map(hexToBytes), true);
  else if ("settle" in step) player.settle();
  else {
    const { length } = hexToBytes(step.flash);
    const address = readUintBe(hexToBytes(step.address), 0, 4);
    strictEqual(bytesToHex(player.flash(address, length)), step.flash);
  }
}

function playAll(player: Player, { steps }: MendingCase): void {
  for (const step of steps) play(player, step);
}

for (const one of mendingCases()) {
  Deno.test(`mending.json, the judge: ${one.name}`, () => {
    const asked = new AskedGroup({ groupBufferBytes: one.bufferBlocks * BLOCK_BYTES });
    asked.prepare();
    playAll(judgePlayer(asked), one);
    asked.judge();
  });

  Deno.test({
    name: `mending.json, the node in C: ${one.name}`,
    ignore: !CAN_RUN,
    fn: () => {
      using node = new CNode({ GROUP_BUFFER_BYTES: one.bufferBlocks * BLOCK_BYTES });
      playAll(cPlayer(node), one);
    },
  });
}
