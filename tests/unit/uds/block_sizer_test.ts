import { ok, strictEqual } from "node:assert/strict";
import { Prng } from "../../../src/core/mod.ts";
import { type BlockSizer, LossEstimate } from "../../../src/uds/mod.ts";

const CLASSIC_BYTES = 7;
const MOST = 4095;

/** Sends so many messages over a wire that loses frames. */
function send(sizer: BlockSizer, count: number, lossRatio: number, prng = new Prng(1)): void {
  for (let i = 0; i < count; i++) {
    const bytes = sizer.messageBytes(MOST);
    const frames = Math.ceil(bytes / CLASSIC_BYTES);
    sizer.ended(bytes, !prng.chance(1 - (1 - lossRatio) ** frames));
  }
}

Deno.test("LossEstimate leaves messages as long as they may be while nothing is lost", () => {
  const sizer = new LossEstimate(CLASSIC_BYTES).node();
  send(sizer, 500, 0);
  strictEqual(sizer.messageBytes(MOST), MOST);
  strictEqual(sizer.messageBytes(130), 130);
});

Deno.test("LossEstimate begins with less than the longest message, and is soon there without losses", () => {
  const sizer = new LossEstimate(CLASSIC_BYTES).node();
  const first = sizer.messageBytes(MOST);
  ok(first > 1000 && first < 1500, `${first}`);
  let sentBytes = 0;
  while (sizer.messageBytes(MOST) < MOST) {
    const bytes = sizer.messageBytes(MOST);
    sizer.ended(bytes, true);
    sentBytes += bytes;
  }
  // Of one node alone; nodes that begin together learn from each other.
  ok(sentBytes < 256 * 1024, `${sentBytes}`);
});

Deno.test("LossEstimate takes a loss to heart at once, also that of another node", () => {
  const estimate = new LossEstimate(CLASSIC_BYTES);
  const [one, other] = [estimate.node(), estimate.node()];
  const before = other.messageBytes(MOST);
  one.ended(before, false);
  ok(one.messageBytes(MOST) < 0.7 * before, `${one.messageBytes(MOST)} of ${before}`);
  ok(other.messageBytes(MOST) < 0.7 * before, `${other.messageBytes(MOST)} of ${before}`);
});

Deno.test("LossEstimate finds the length at which least is lost, and grows back", () => {
  const sizer = new LossEstimate(CLASSIC_BYTES).node();
  send(sizer, 2000, 0.001);
  // sqrt(3 / 0.001) frames would be 385 bytes.
  const bytes = sizer.messageBytes(MOST);
  ok(bytes > 250 && bytes < 600, `${bytes}`);
  send(sizer, 3000, 0);
  strictEqual(sizer.messageBytes(MOST), MOST);
});

Deno.test("LossEstimate tells a new node what the others on its bus met with", () => {
  const estimate = new LossEstimate(CLASSIC_BYTES);
  for (let i = 0; i < 5; i++) send(estimate.node(), 1000, 0.001, new Prng(i));
  const bytes = estimate.node().messageBytes(MOST);
  ok(bytes > 250 && bytes < 600, `${bytes}`);
});

Deno.test("LossEstimate keeps one bad node's losses from the messages of the others", () => {
  const estimate = new LossEstimate(CLASSIC_BYTES);
  // Whichever of the nodes it is: here the first.
  const bad = estimate.node();
  const good = Array.from({ length: 4 }, () => estimate.node());
  for (let round = 0; round < 50; round++) {
    for (const sizer of good) send(sizer, 5, 0);
    send(bad, 20, 0.2, new Prng(round));
  }
  strictEqual(good[0]!.messageBytes(MOST), MOST);
  ok(bad.messageBytes(MOST) <= 70, `${bad.messageBytes(MOST)}`);
});
