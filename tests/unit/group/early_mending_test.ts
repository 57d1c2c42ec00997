import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Prng } from "../../../src/core/mod.ts";
import {
  decodeGroupMessage,
  type GroupMap,
  GroupSender,
  type GroupSenderOptions,
} from "../../../src/group/mod.ts";

const KEY = Uint8Array.of(0xC0, 0xFF, 0xEE, 0x01);
const REGION = { address: 0x0800_8000, sizeBytes: 40 * 64, blockBytes: 64, generationBlocks: 16 };
const IMAGE = new Prng(3).bytes(REGION.sizeBytes);

/** A map that misses these places of these generations. */
function mapOf(missing: Readonly<Record<number, readonly number[]>>, heldParity = 0): GroupMap {
  const generations = Object.entries(missing).map(([generation, places]) => ({
    generation: Number(generation),
    heldParity,
    isWrong: false,
    missing: places,
  }));
  return {
    isBusy: false,
    hasFailed: false,
    hasMore: false,
    mendedShare: 0,
    programMs: 1,
    generations,
  };
}

const places = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** Drives a sender by hand: `d3`: block 3, `p0`: parity of generation 0, `a,b?0`: asked about it. */
class Tester {
  readonly sender: GroupSender;
  nowMs = 0;

  constructor(names: readonly string[], options: Partial<GroupSenderOptions> = {}) {
    this.sender = new GroupSender({ region: REGION, data: IMAGE, key: KEY, ...options });
    for (const name of names) this.sender.join(name, { bufferBlocks: 8, programMs: 1 });
  }

  /** What it does next, once it need not wait. */
  step(): string {
    let action = this.sender.next(this.nowMs);
    while (action.kind === "wait") {
      this.nowMs = action.untilMs;
      action = this.sender.next(this.nowMs);
    }
    if (action.kind === "ask") {
      return `${action.names}?${action.isRound ? "all" : action.range.first}`;
    }
    if (action.kind !== "send") return action.kind;
    const payload = decodeGroupMessage(action.message, KEY)!;
    this.sender.sent(this.nowMs, this.nowMs += 2);
    return payload.kind === "data"
      ? `d${(payload.address - REGION.address) / REGION.blockBytes}`
      : `p${payload.generation}`;
  }

  steps(count: number): readonly string[] {
    return Array.from({ length: count }, () => this.step());
  }

  /** All up to the next question, and that. */
  untilAsked(): readonly string[] {
    const all: string[] = [];
    while (!all.at(-1)?.includes("?") && all.length < 200) all.push(this.step());
    return all;
  }

  answer(name: string, map: GroupMap, generation: number): void {
    this.sender.answered(name, map, { first: generation, count: 1 }, this.nowMs);
  }

  answerAll(name: string, map: GroupMap): void {
    const isWhole = this.sender.answered(name, map, { first: 0, count: 0 }, this.nowMs);
    if (isWhole) this.sender.leave(name);
  }
}

const blocks = (first: number, end: number): readonly string[] =>
  Array.from({ length: end - first }, (_, i) => `d${first + i}`);

Deno.test("GroupSender() asks about a generation behind it, mends it, and asks again", () => {
  // One node: asking it costs less than 6 % of a generation.
  const tester = new Tester(["a"], { frameLossRatio: 0.001 });
  deepStrictEqual(tester.untilAsked(), [...blocks(0, 16), "a?0"]);
  deepStrictEqual(tester.steps(2), blocks(16, 18), "it does not wait for the answer");
  tester.answer("a", mapOf({ 0: [3, 5] }), 0);
  deepStrictEqual(tester.untilAsked(), ["d3", "d5", "a?0"]);
  tester.answer("a", mapOf({ 0: [5] }), 0);
  deepStrictEqual(tester.untilAsked(), ["d5", "a?0"]);
  // It did not get on: that is left to the rounds.
  tester.answer("a", mapOf({ 0: [5] }), 0);
  deepStrictEqual(tester.untilAsked(), [...blocks(18, 32), "a?1"]);
  tester.answer("a", mapOf({ 1: [3, 5] }), 1);
  deepStrictEqual(tester.untilAsked(), ["d19", "d21", "a?1"]);
  // It holds one of the two that it needs, and so gets on; then both, and mends by itself.
  tester.answer("a", mapOf({ 1: [3, 5] }, 1), 1);
  deepStrictEqual(tester.untilAsked(), ["p1", "a?1"]);
  tester.answer("a", mapOf({ 1: [3, 5] }, 2), 1);
  deepStrictEqual(tester.untilAsked(), [...blocks(32, 40), "a?2"]);
});

Deno.test("GroupSender() sends parity that it foresees, and some nodes tell whether it was enough", () => {
  const names = ["a", "b", "c", "d"];
  const tester = new Tester(names, { frameLossRatio: 0.002 });
  const first = tester.untilAsked();
  const parity = first.filter((step) => step === "p0");
  deepStrictEqual(first, [...blocks(0, 16), ...parity, "a,b,c,d?0"]);
  strictEqual(parity.length, 2);
  // Too little for one of them; behind the parity nobody is taken for deaf.
  for (const name of names) tester.answer(name, mapOf(name === "d" ? { 0: places(12) } : {}), 0);
  const again = tester.untilAsked();
  deepStrictEqual(again.slice(-1), ["d?0"]);
  deepStrictEqual(tester.sender.takeMoved(), []);
  tester.answer("d", mapOf({}), 0);
  // From then on more is foreseen, but no more than the last, shorter one has blocks.
  const second = tester.untilAsked();
  strictEqual(second.filter((step) => step === "p1").length, 2 + again.length - 1);
  for (const name of names) tester.answer(name, mapOf({}), 1);
  const third = tester.untilAsked();
  strictEqual(third.filter((step) => step === "p2").length, (2 + again.length - 1) / 2);
});

Deno.test("GroupSender() foresees no more parity than a generation has blocks", () => {
  const tester = new Tester(["a", "b", "c"], { frameLossRatio: 0.2 });
  strictEqual(tester.untilAsked().filter((step) => step === "p0").length, 16);
});

Deno.test("GroupSender() asks after a few blocks what was lost, and does not wait for who leaves", () => {
  const region = { ...REGION, generationBlocks: 8 };
  const tester = new Tester(["a", "b"], { region });
  deepStrictEqual(tester.untilAsked(), [...blocks(0, 8), "a,b?0"]);
  tester.answer("a", mapOf({ 0: [2] }), 0);
  deepStrictEqual(tester.steps(2), blocks(8, 10), "one has still to tell");
  tester.sender.leave("b");
  // The generation that is out already is mended at once, and no other.
  const next = tester.untilAsked();
  strictEqual(next.slice(0, -1).every((step) => step === "p0"), true, `${next}`);
  deepStrictEqual(next.slice(-1), ["a?0"]);
  deepStrictEqual(tester.steps(1), ["d10"]);
});

Deno.test("GroupSender() mends nothing early where each block is to be sent again", () => {
  const tester = new Tester(["a", "b"], { repair: "plain" });
  deepStrictEqual(tester.untilAsked(), [...blocks(0, 8), "a,b?0"]);
  for (const name of ["a", "b"]) tester.answer(name, mapOf({ 0: [2, 3] }), 0);
  deepStrictEqual(tester.untilAsked(), [...blocks(8, 40), "a,b?all"]);
});

Deno.test("GroupSender() goes on with what it was sending when a node leaves", () => {
  const tester = new Tester(["a", "b"], { frameLossRatio: 0 });
  deepStrictEqual(tester.steps(5), blocks(0, 5));
  tester.sender.leave("b");
  deepStrictEqual(tester.untilAsked(), [...blocks(5, 40), "a?all"]);
});

Deno.test("GroupSender() sends nothing more when the last node leaves, and begins anew with the next", () => {
  const tester = new Tester(["a"], { frameLossRatio: 0 });
  tester.steps(5);
  tester.sender.leave("a");
  strictEqual(tester.step(), "idle");
  tester.sender.join("b", { bufferBlocks: 8, programMs: 1 });
  deepStrictEqual(tester.untilAsked(), ["b?all"]);
});

Deno.test("GroupSender() plans a round when all have answered, or are not waited for any more", () => {
  const tester = new Tester(["a", "b"], { frameLossRatio: 0 });
  tester.untilAsked();
  tester.answerAll("a", mapOf({ 0: [2] }));
  tester.sender.roundEnded(tester.nowMs);
  strictEqual(tester.step(), "idle");
  tester.answerAll("b", mapOf({ 0: [4] }));
  deepStrictEqual(tester.untilAsked().slice(-1), ["a,b?all"]);
});

Deno.test("GroupSender() mends a round for those that are left when one does not get on", () => {
  const tester = new Tester(["a", "b"], { frameLossRatio: 0, idleRoundsMax: 1 });
  tester.untilAsked();
  const round = (ofB: readonly number[]): readonly string[] => {
    tester.answerAll("a", mapOf({ 0: [1, 2, 3, 4] }));
    tester.answerAll("b", mapOf({ 0: ofB }));
    return tester.untilAsked();
  };
  strictEqual(round([1, 2, 3, 4]).length, 5);
  strictEqual(round([6, 7]).at(-1), "a,b?all", "twice may be chance");
  deepStrictEqual(round([6]), ["d6", "b?all"]);
  deepStrictEqual(tester.sender.takeMoved().map(({ name }) => name), ["a"]);
});
