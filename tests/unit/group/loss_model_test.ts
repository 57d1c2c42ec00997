import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Prng } from "../../../src/core/mod.ts";
import { bestShape, evenGenerations, expectedFrames } from "../../../src/group/block_shape.ts";
import {
  chanceOfLoss,
  frameLossOf,
  messageFrames,
  messageLoss,
  worstLoss,
} from "../../../src/group/loss_model.ts";

const ROOM = { bufferBytes: 6144 };

Deno.test("messageFrames() counts a first frame and consecutive ones", () => {
  // Section 5.1: 522 bytes are 75 frames.
  strictEqual(messageFrames(512, 7), 75);
  strictEqual(messageFrames(128, 7), 20);
  strictEqual(messageFrames(512, 63), 9);
});

Deno.test("frameLossOf() is what messageLoss() comes from", () => {
  for (const ratio of [0.0001, 0.001, 0.01, 0.05]) {
    const lost = messageLoss(75, ratio);
    ok(Math.abs(frameLossOf(75, lost) - ratio) < 1e-9);
  }
});

Deno.test("worstLoss() and chanceOfLoss() are what drawing nodes comes to", () => {
  const prng = new Prng(5);
  const [messages, ratio, nodes, rounds] = [64, 0.1, 16, 2000];
  let worstSum = 0;
  let often = 0;
  for (let round = 0; round < rounds; round++) {
    let worst = 0;
    for (let node = 0; node < nodes; node++) {
      let lost = 0;
      for (let i = 0; i < messages; i++) if (prng.chance(ratio)) lost++;
      worst = Math.max(worst, lost);
      if (lost >= 10) often++;
    }
    worstSum += worst;
  }
  ok(Math.abs(worstSum / rounds - worstLoss(messages, ratio, nodes)) < 0.15);
  ok(Math.abs(often / rounds / nodes - chanceOfLoss(messages, ratio, 10)) < 0.01);
  deepStrictEqual([worstLoss(64, 0, 16), worstLoss(64, 1, 16)], [0, 64]);
});

Deno.test("evenGenerations() leaves no short generation at the end", () => {
  const shape = { blockBytes: 512, generationBlocks: 64 };
  deepStrictEqual(evenGenerations({ sizeBytes: 100 * 1024, ...shape }).generationBlocks, 67);
  deepStrictEqual(evenGenerations({ sizeBytes: 256 * 1024, ...shape }).generationBlocks, 64);
  deepStrictEqual(evenGenerations({ sizeBytes: 10, ...shape }).generationBlocks, 1);
});

Deno.test("bestShape() takes smaller blocks the more is lost, and fewer frames by it", () => {
  const sizeBytes = 100 * 1024;
  const usual = evenGenerations({ sizeBytes, blockBytes: 512, generationBlocks: 96 });
  let blockBytes = 512;
  for (const frameLossRatio of [0.0001, 0.001, 0.003, 0.01, 0.03]) {
    const model = { frameLossRatio, nodes: 16, frameBytes: 7 };
    const best = bestShape(sizeBytes, 512, model, ROOM)!;
    ok(best.blockBytes <= blockBytes, `${frameLossRatio}: ${best.blockBytes}`);
    blockBytes = best.blockBytes;
    const frames = expectedFrames(sizeBytes, best, model, ROOM);
    ok(frames <= expectedFrames(sizeBytes, usual, model, ROOM));
  }
  strictEqual(blockBytes, 64);
});
