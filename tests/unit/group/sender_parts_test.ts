import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EarlyQuestions } from "../../../src/group/_early_questions.ts";
import {
  betterShape,
  earlyMending,
  type FirstLosses,
  frameLoss,
  mendPaceMs,
} from "../../../src/group/_first_losses.ts";
import { LostShares } from "../../../src/group/_lost_shares.ts";
import { type GroupNode, lowerMedian, newGroupNode } from "../../../src/group/_group_node.ts";
import { GroupNodes, isMendable, noteWrong, repairNode } from "../../../src/group/_group_nodes.ts";
import { MessageSource } from "../../../src/group/_message_source.ts";
import { deafNodes, stuckNodes } from "../../../src/group/_misfits.ts";
import { Pace } from "../../../src/group/_pace.ts";
import { Sample } from "../../../src/group/_sample.ts";
import {
  frameLossOf,
  mendMsPerBlock,
  messageFrames,
  messageLoss,
  worstLoss,
} from "../../../src/group/loss_model.ts";
import {
  bestShape,
  evenGenerations,
  expectedFrames,
  type GroupMap,
} from "../../../src/group/mod.ts";

const REGION = {
  address: 0x0800_8000,
  sizeBytes: 4 * 16 * 64,
  blockBytes: 64,
  generationBlocks: 16,
};
const LARGE = { address: 0x0800_8000, sizeBytes: 128 * 512, blockBytes: 512, generationBlocks: 64 };

/** A map that misses these places of these generations. */
function mapOf(
  missing: Readonly<Record<number, readonly number[]>>,
  change: Partial<GroupMap> = {},
) {
  const generations = Object.entries(missing).map(([generation, places]) => ({
    generation: Number(generation),
    heldParity: 0,
    isWrong: false,
    missing: places,
  }));
  const idle = { isBusy: false, hasFailed: false, hasMore: false, mendedShare: 0, programMs: 1 };
  return { ...idle, generations, ...change };
}

function memberOf(name: string, change: Partial<GroupNode> = {}): GroupNode {
  return { ...newGroupNode(name, { bufferBlocks: 8, programMs: 1 }, 0), ...change };
}

const places = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

Deno.test("EarlyQuestions are over when the last who was asked has told, or left", () => {
  const early = new EarlyQuestions();
  early.ask(3, ["a", "b"]);
  deepStrictEqual(early.left("c"), []);
  deepStrictEqual(early.left("a"), []);
  deepStrictEqual(early.left("b"), [{ generation: 3, isFirst: true, maps: new Map() }]);
  strictEqual(early.size, 0);
  early.ask(3, ["a"]);
  const map = mapOf({ 3: [1] });
  const told = { generation: 3, isFirst: false, maps: new Map([["a", map]]) };
  deepStrictEqual(early.answered(3, "a", map), told);
});

Deno.test("EarlyQuestions.getsOn() while a node needs less of a generation each time", () => {
  const early = new EarlyQuestions();
  deepStrictEqual([3, 3, 2, 0].map((needed) => early.getsOn(0, "a", needed)), [
    true,
    false,
    true,
    false,
  ]);
  deepStrictEqual([early.getsOn(1, "a", 3), early.getsOn(0, "b", 3)], [true, true]);
  strictEqual(early.getsOn(0, "c", 0), false);
});

Deno.test("frameLoss() is what the share of lost messages comes from", () => {
  const losses: FirstLosses = {
    messages: 100,
    lost: 10,
    nodes: 4,
    bufferBytes: 6144,
    frameBytes: 7,
  };
  strictEqual(frameLoss(LARGE, losses), frameLossOf(75, 0.1));
  strictEqual(frameLoss(LARGE, { ...losses, messages: 0 }), 0);
  strictEqual(betterShape(LARGE, 128, { ...losses, lost: 50 }), undefined, "nothing is left");
});

Deno.test("earlyMending() asks where that takes at most 6 % of the generation's frames", () => {
  // 64 messages of 75 frames; 6 frames a node.
  deepStrictEqual(earlyMending(LARGE, 0.0001, 48, 7), { kind: "asked" });
  strictEqual(earlyMending(LARGE, 0.0001, 49, 7).kind, "foreseen");
  deepStrictEqual(earlyMending(LARGE, 0, 49, 7), { kind: "none" });
});

Deno.test("earlyMending() foresees what the unluckiest loses, and what is lost of that too", () => {
  const lossRatio = messageLoss(messageFrames(512, 7), 0.01);
  const worst = worstLoss(64, lossRatio, 4 * 60);
  ok(lossRatio > 0.5);
  deepStrictEqual(earlyMending(LARGE, 0.01, 60, 7), {
    kind: "foreseen",
    parityCount: Math.round(worst / (1 - lossRatio)),
  });
});

Deno.test("mendPaceMs() leaves time for the worst, or for 1.5 times what is usual", () => {
  for (const [ratio, nodes] of [[0.0001, 1], [0.0001, 40], [0.005, 2], [0.005, 40]] as const) {
    const lossRatio = messageLoss(75, ratio);
    const worst = worstLoss(64, lossRatio, nodes);
    const usual = 1.5 * 64 * lossRatio;
    const expected = mendMsPerBlock(LARGE, worst < usual ? worst : usual);
    ok(Math.abs(mendPaceMs(LARGE, ratio, nodes, 7) - expected) < 1e-9, `${ratio}, ${nodes}`);
  }
  // Two of 64 blocks of 512 bytes: 2 * 66 * 512 products of 0.5 us, and a quarter to spare.
  strictEqual(mendMsPerBlock(LARGE, 2), 2 * 66 * 512 * 0.0005 * 1.25 / 64);
});

Deno.test("LostShares.note() counts what was sent since a node joined, and what it mended", () => {
  const shares = new LostShares();
  for (const block of [0, 1, 2, 3]) shares.sent(block, block + 1);
  shares.note(memberOf("a"), mapOf({ 0: [1, 5] }), REGION);
  strictEqual(shares.mean, 1 / 4);
  // Who joined behind the last message has lost nothing yet, and does not count.
  shares.note(memberOf("late", { joinedAt: 4 }), mapOf({ 0: [0, 1, 2, 3] }), REGION);
  strictEqual(shares.mean, 1 / 4);
  // Of 64 blocks parity gave half a unit of 1/31 less than it said.
  const mended = new LostShares();
  for (const block of places(64)) mended.sent(block, block + 1);
  mended.note(memberOf("a"), mapOf({}, { mendedShare: 4.5 / 31 }), REGION);
  ok(Math.abs(mended.mean - 4 / 31) < 1e-9, String(mended.mean));
});

Deno.test("LostShares.note() keeps the larger share of as many blocks, else the newer one", () => {
  const shares = new LostShares();
  const note = (missing: readonly number[]): number => {
    shares.note(memberOf("a"), mapOf({ 0: missing }), REGION);
    return shares.mean;
  };
  for (const block of [0, 1]) shares.sent(block, block + 1);
  deepStrictEqual([note([0]), note([]), note([0, 1])], [1 / 2, 1 / 2, 1]);
  for (const block of [2, 3]) shares.sent(block, block + 1);
  strictEqual(note([0]), 1 / 4);
});

Deno.test("lowerMedian() is the lower one of two in the middle", () => {
  deepStrictEqual([lowerMedian([4, 1, 3, 2]), lowerMedian([3, 1, 2]), lowerMedian([])], [2, 2, 0]);
});

Deno.test("GroupNodes.served() puts those first that were there from the beginning and miss something", () => {
  const whole = memberOf("whole", { map: mapOf({}) });
  const missing = memberOf("missing", { map: mapOf({ 0: [1] }) });
  const late = memberOf("late", { map: mapOf({ 0: [1] }), joinedAt: 5, bufferBlocks: 3 });
  const silent = memberOf("silent");
  const served = (...all: readonly GroupNode[]): readonly string[] =>
    new GroupNodes(all.map((one) => [one.name, one])).served().map(({ name }) => name);
  deepStrictEqual(served(whole, late, missing, silent), ["missing"]);
  deepStrictEqual(served(whole, late, silent), ["whole", "late"]);
  strictEqual(new GroupNodes([["a", whole], ["b", late]]).leastRoomBlocks, 3);
});

Deno.test("GroupNodes.deafIn() compares those that were there from the beginning", () => {
  const members = new GroupNodes(["a", "b", "c", "deaf"].map((name) => [name, memberOf(name)]));
  members.set("late", memberOf("late", { joinedAt: 1 }));
  const maps = new Map(["a", "b", "c"].map((name) => [name, mapOf({ 1: [2] })]));
  for (const name of ["deaf", "late"]) maps.set(name, mapOf({ 1: places(16) }));
  const deaf = members.deafIn(REGION, 1, maps, 0.1);
  deepStrictEqual(deaf.map(({ name }) => name), ["deaf"]);
});

Deno.test("isMendable() up to 1.5 times what a node can hold", () => {
  const member = memberOf("a");
  strictEqual(isMendable(member, mapOf({ 0: places(12) })), true);
  strictEqual(isMendable(member, mapOf({ 0: places(13) })), false);
  strictEqual(isMendable(member, mapOf({ 0: places(7), 1: places(6) })), false);
});

Deno.test("repairNode() takes a generation for unmendable that was mended wrongly twice", () => {
  const member = memberOf("a");
  const wrong = mapOf({ 2: [1] });
  const map = {
    ...wrong,
    generations: wrong.generations.map((one) => ({ ...one, isWrong: true })),
  };
  const unmendable: (readonly number[])[] = [];
  for (const told of [map, mapOf({ 2: [1] }), map]) {
    noteWrong(member, told);
    unmendable.push([...repairNode(member, told).unmendable!]);
  }
  deepStrictEqual(unmendable, [[], [], [2]]);
});

Deno.test("MessageSource numbers parity up to the code's end, then from the first again", () => {
  const source = new MessageSource(REGION, new Uint8Array(REGION.sizeBytes), new Uint8Array(4));
  const indices = source.nextParity(1, 241).map(({ index }) => index);
  // 255 less the 16 blocks of the generation.
  deepStrictEqual(indices.slice(-3), [238, 0, 1]);
  const items = source.repair([{ generation: 2, blocks: [3], parityCount: 3 }], 0.5);
  deepStrictEqual(items.map(({ kind, number }) => [kind, number]), [
    ["data", 2 * 16 + 3],
    ...places(6).map(() => ["parity", 2]),
  ]);
});

Deno.test("deafNodes() measures by the median node", () => {
  const shares = (...all: readonly number[]) =>
    new Map(all.map((share, i) => [`n${i}`, { share, blocks: 200 }]));
  deepStrictEqual(deafNodes(shares(0.5, 0.5, 0.58), 0.1), []);
  deepStrictEqual(deafNodes(shares(0.1, 0.1, 0.9), 0.1).map(({ name }) => name), ["n2"]);
});

Deno.test("stuckNodes() finds who does not get on for so many rounds", () => {
  const member = memberOf("a", { map: mapOf({ 0: [1] }), messagesWithoutProgress: 10 });
  const stuck = (): number => {
    member.messagesWithoutProgress = 10;
    return stuckNodes([member], 2, 0.1).length;
  };
  deepStrictEqual([stuck(), stuck(), stuck()], [0, 0, 1]);
});

Deno.test("Pace.ended() takes the quickest whole block for what the wire takes", () => {
  const pace = new Pace();
  deepStrictEqual([pace.ended(0, 3, true), pace.ended(3, 5, true), pace.ended(5, 10, true)], [
    true,
    false,
    false,
  ]);
  strictEqual(pace.wireMs, 2);
});

Deno.test("Sample counts what had been sent, of those that were there from the beginning", () => {
  const members = ["a", "b", "bad", "late"].map((name) => memberOf(name));
  const late = { ...members[3]!, joinedAt: 3 };
  const sample = new Sample(["a", "b", "bad", "late", "gone"], 8);
  // What had not been sent when they were asked is no loss.
  for (const member of members.slice(0, 2)) sample.answered(member, mapOf({ 0: [8, 9] }));
  sample.answered(members[2]!, mapOf({ 0: places(16) }));
  sample.answered(late, mapOf({ 0: [0, 1] }));
  deepStrictEqual([...sample.misses], [["a", 0], ["b", 0], ["bad", 8]]);
  strictEqual(sample.isOver, false);
  sample.left("gone");
  strictEqual(sample.isOver, true);
  // One that lost all says nothing of the others.
  const { messages, lost } = sample.losses(
    new GroupNodes(members.map((one) => [one.name, one])),
    64,
    7,
  );
  deepStrictEqual({ messages, lost }, { messages: 16, lost: 0 });
});

Deno.test("evenGenerations() leaves room for as many parity blocks as there are blocks", () => {
  const shape = { sizeBytes: 250 * 64, blockBytes: 64, generationBlocks: 250 };
  strictEqual(evenGenerations(shape).generationBlocks, 127);
});

Deno.test("expectedFrames() is the messages' frames, and more where nodes have little room", () => {
  const shape = { blockBytes: 512, generationBlocks: 64 };
  const nothing = { frameLossRatio: 0, nodes: 16, frameBytes: 7 };
  strictEqual(expectedFrames(64 * 1024, shape, nothing, { bufferBytes: 6144 }), 128 * 75);
  const some = { ...nothing, frameLossRatio: 0.001 };
  const frames = (bufferBytes: number) => expectedFrames(64 * 1024, shape, some, { bufferBytes });
  ok(frames(512) > frames(6144));
});

Deno.test("bestShape() has at most 32 generations, unless they are as long as can be", () => {
  for (const kib of [64, 256, 1024]) {
    for (const frameLossRatio of [0.0001, 0.001, 0.01]) {
      const model = { frameLossRatio, nodes: 8, frameBytes: 7 };
      const shape = bestShape(kib * 1024, 512, model, { bufferBytes: 6144 });
      if (shape === undefined) continue;
      const count = Math.ceil(kib * 1024 / shape.blockBytes / shape.generationBlocks);
      ok(count <= 32 || shape.generationBlocks === 127, `${kib}, ${frameLossRatio}: ${count}`);
    }
  }
});
