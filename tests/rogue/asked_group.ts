/** Somebody who plays the tester of a group for one rogue node, message by message. */
import { strictEqual } from "node:assert/strict";
import type { CanPort } from "../../src/can/mod.ts";
import { Prng, VirtualClock } from "../../src/core/mod.ts";
import { VirtualBus } from "../../src/sim/mod.ts";
import { parityBlock, rogueCrc16 } from "./rogue_gf256.ts";
import { framesOf, parityAddress, writeGroupMessage } from "./rogue_group_region.ts";
import { RogueIsoTp, type RogueIsoTpOptions } from "./rogue_iso_tp.ts";
import { bytesOf, type RogueOptions, textOf } from "./rogue_options.ts";
import { RogueServer } from "./rogue_server.ts";

/** Where the region of a group begins. */
export const BASE = 0x0800_8000;
const GROUP_ID = 0x7FF;
const LINK: RogueIsoTpOptions = {
  rxId: 0x680,
  txId: 0x600,
  functionalId: 0x7FE,
  blockSize: 0,
  stMin: 0,
  flowControlDelayMs: 0,
  lateFlowControlEvery: 0,
  lateFlowControlMs: 0,
  firstFlowControlLateMs: 0,
  nCrMs: 1000,
  nBsMs: 1000,
  dropsFunctionalInMessage: false,
  functionalTakenAfterMs: 0,
};

/** A region, and how it is cut up. */
export interface AskedRegion {
  /** 1,300 by default. */
  readonly sizeBytes?: number;
  /** 512 by default. */
  readonly blockBytes?: number;
  /** 64 by default. */
  readonly generationBlocks?: number;
  /** From the region's first byte to this group's; 0 by default. */
  readonly offsetBytes?: number;
  /** C0 FF EE 01 by default. */
  readonly key?: string;
}

/** One node, and the image that is meant for it. */
export class AskedGroup {
  readonly clock = new VirtualClock();
  readonly node: RogueServer;
  readonly port: CanPort;
  readonly image: Uint8Array;
  readonly heard: string[] = [];
  region: Required<AskedRegion>;
  readonly #link: RogueIsoTp;

  constructor(options: RogueOptions = {}, region: AskedRegion = {}, image?: Uint8Array) {
    const { clock } = this;
    this.region = this.#whole(region);
    this.image = image ?? new Prng(5).bytes(this.region.sizeBytes);
    const bus = new VirtualBus({ name: "b", bitRates: { bitrateBps: 500_000 }, clock, seed: 1 });
    this.node = new RogueServer({
      port: bus.attach("node"),
      clock,
      options: { takesGroup: true, ...options },
      rxId: 0x600,
      txId: 0x680,
      functionalId: 0x7DF,
      application: { start: BASE, end: 0x0810_0000 },
      applications: [{ version: "1.0.0", address: BASE, data: new Uint8Array(64) }],
      heardBy: () => "tester",
    });
    this.port = bus.attach("tester");
    this.#link = new RogueIsoTp(this.port, clock, LINK, {
      onMessage: (data) => void this.heard.push(textOf(data)),
    });
  }

  #whole(region: AskedRegion): Required<AskedRegion> {
    return {
      sizeBytes: 1300,
      blockBytes: 512,
      generationBlocks: 64,
      offsetBytes: 0,
      key: "C0 FF EE 01",
      ...region,
    };
  }

  /** Sends a request and gives what came within a time. */
  ask(text: string, withinMs = 40): string {
    const count = this.heard.length;
    this.#link.send(bytesOf(text));
    this.wait(withinMs);
    return this.heard.slice(count).join(" | ");
  }

  /** Sends a short request, and no flow control for its answer. */
  sayWithoutFlowControl(text: string): void {
    const data = bytesOf(text);
    const frame = { id: LINK.txId, extended: false, fd: false, bitRateSwitch: false };
    this.#link.isDown = true;
    this.port.transmit({ ...frame, data: Uint8Array.of(data.length, ...data) }, () => {});
    this.wait(20);
    this.#link.isDown = false;
  }

  wait(ms: number): void {
    this.clock.run({ untilMs: this.clock.now() + ms });
  }

  /** Programming session, key, erase: what comes before an opening. */
  prepare(): void {
    this.unlock();
    const answers = this.ask("31 01 FF 00 44 08 00 80 00 00 01 00 00", 2000);
    strictEqual(answers.split(" | ").at(-1), "71 01 FF 00 00");
  }

  unlock(): void {
    strictEqual(this.ask("10 02"), "50 02 00 32 00 32");
    const seed = bytesOf(this.ask("27 01").slice(6));
    const mask = bytesOf("A5 5A 12 34");
    strictEqual(this.ask(`27 02 ${textOf(seed.map((byte, i) => byte ^ mask[i]!))}`), "67 02");
  }

  /** An opening of the region; `more` changes it. */
  opening(more: AskedRegion = {}): string {
    const region = { ...this.region, ...more };
    const { sizeBytes, blockBytes, generationBlocks, offsetBytes } = region;
    const generationBytes = blockBytes * generationBlocks;
    const checksums: number[] = [];
    for (let offset = 0; offset < sizeBytes; offset += generationBytes) {
      const length = Math.min(generationBytes, sizeBytes - offset);
      checksums.push(
        rogueCrc16(
          this.image.subarray(offsetBytes + offset, offsetBytes + offset + length),
        ),
      );
    }
    const head = new Uint8Array(24 + 2 * checksums.length);
    head.set([0x31, 1, 0x47, 0x52, 2]);
    head.set(bytesOf(region.key), 9);
    const view = new DataView(head.buffer);
    view.setUint32(5, GROUP_ID);
    view.setUint32(13, BASE + offsetBytes);
    view.setUint32(17, sizeBytes);
    view.setUint16(21, blockBytes);
    head[23] = generationBlocks;
    for (const [i, checksum] of checksums.entries()) view.setUint16(24 + 2 * i, checksum);
    return textOf(head);
  }

  /** Opens, and goes on with that region. */
  open(more: AskedRegion = {}): string {
    const answer = this.ask(this.opening(more));
    if (answer.startsWith("71")) this.region = { ...this.region, ...more };
    return answer;
  }

  /** Asks for the whole map. */
  map(): string {
    return this.ask("31 03 47 52 00 00 00", 10);
  }

  /** Bytes of a block of the region. */
  block(i: number): Uint8Array {
    const { blockBytes, sizeBytes, offsetBytes } = this.region;
    return this.image.subarray(
      offsetBytes + i * blockBytes,
      offsetBytes + Math.min((i + 1) * blockBytes, sizeBytes),
    );
  }

  /** A data message. */
  data(i: number): Uint8Array {
    const { blockBytes, offsetBytes, key } = this.region;
    return writeGroupMessage(bytesOf(key), BASE + offsetBytes + i * blockBytes, this.block(i));
  }

  /** A parity message, right or false. */
  parity(generation: number, index: number, isFalse = false): Uint8Array {
    const { blockBytes, generationBlocks, sizeBytes, key } = this.region;
    const first = generation * generationBlocks;
    const count = Math.min(generationBlocks, Math.ceil(sizeBytes / blockBytes) - first);
    const blocks = Array.from({ length: count }, (_, i) => this.block(first + i));
    const data = parityBlock(blocks, index, blockBytes);
    if (isFalse) data[0]! ^= 1;
    return writeGroupMessage(bytesOf(key), parityAddress(generation, index), data);
  }

  /** Puts messages on the group identifier, one after the other, and waits until they are out. */
  say(...messages: readonly Uint8Array[]): void {
    this.sayFrames(messages.flatMap(framesOf));
  }

  /** Puts frames on the group identifier. */
  sayFrames(frames: readonly Uint8Array[]): void {
    let left = frames.length;
    const send = (n: number) => {
      const data = frames[n];
      if (data === undefined) return;
      const frame = { id: GROUP_ID, extended: false, fd: false, bitRateSwitch: false, data };
      this.port.transmit(frame, () => {
        left--;
        send(n + 1);
      });
    };
    send(0);
    while (left > 0) this.clock.run({ actionsMax: 1 });
  }

  /** Sends data blocks, and waits until they are programmed. */
  sayBlocks(...blocks: readonly number[]): void {
    for (const i of blocks) this.say(this.data(i));
    this.wait(40);
  }

  /** Blocks 0 up to `count`, but some. */
  sayAllBut(count: number, ...missing: readonly number[]): void {
    const all = Array.from({ length: count }, (_, i) => i);
    this.sayBlocks(...all.filter((i) => !missing.includes(i)));
  }

  /** Whether the node's flash holds the image. */
  get isWhole(): boolean {
    return this.node.flash.holds(BASE, this.image);
  }

  /** Nothing that a node must not do. */
  judge(): void {
    strictEqual(this.node.group.log.faults.join(), "");
    strictEqual(this.node.flash.violations.join(), "");
    strictEqual(this.node.log.late(50).join(), "");
    const { programmed } = this.node.group.log;
    strictEqual(new Set(programmed).size, programmed.length, "a block is programmed twice");
  }
}
