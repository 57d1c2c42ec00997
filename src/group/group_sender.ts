import { formatMs } from "../core/mod.ts";
import { Gf256Parity } from "../codec/mod.ts";
import type { GroupMap, GroupOpened, MapRange } from "./group_control.ts";
import { encodeGroupMessage } from "./group_message.ts";
import { blockCount, blockLength, generationCount, generationLength } from "./group_region.ts";
import { lowerMedian, type Member, newMember } from "./_member.ts";
import { foreseenParity, missingBlocks, missingCount, planRepair } from "./repair_plan.ts";
import type { GroupAction, GroupSenderOptions, MovedNode } from "./sender_actions.ts";

interface Item {
  readonly kind: "data" | "parity";
  /** Block in the region, or generation. */
  readonly number: number;
  readonly index: number;
}

const WHOLE: MapRange = { first: 0, count: 0 };
/** What nodes get beyond their last block's programming before they are asked, in ms. */
const SETTLE_MS = 2;
/** A node that still works is asked again after so many of its blocks' times. */
const BUSY_BLOCKS = 2;
/** What a round counts in which a node was still at work, compared with one that was idle. */
const BUSY_ROUND_WEIGHT = 0.02;
/** A share of few blocks tells little. */
const JUDGED_BLOCKS_MIN = 32;

/**
 * The tester's side of a group, without bus or clock: asked for the next action, told what became of
 * it. One pass over all blocks, then rounds: maps, and what mends them, until every node has all.
 *
 * Pace: from one message's beginning to the next it leaves the slowest node the time that it takes to
 * program a block. A node that would make the group more than `slowdownMax` slower than the wire or the
 * median node does, that misses much more than the median node, or that does not get on, is moved: the
 * group goes on without it.
 *
 * Source: docs/group-download.md, "The tester".
 */
export class GroupSender {
  readonly #options: Required<GroupSenderOptions>;
  readonly #members = new Map<string, Member>();
  readonly #moved: MovedNode[] = [];
  readonly #queue: Item[] = [];
  readonly #codes = new Map<number, Gf256Parity>();
  /** How many parity blocks of each generation were sent. */
  readonly #paritySent = new Map<number, number>();
  /** Message count at which each block was sent last; absent: never. */
  readonly #sentAt = new Map<number, number>();
  #sentCount = 0;
  #isInFlight = false;
  /** Whether what is in flight carries a whole block, as nearly all do. */
  #isWholeBlock = false;
  #wireMs = 0;
  #lastStartMs = -Infinity;
  /** Whom the sender waits for in this round. */
  readonly #asked = new Set<string>();
  #askAtMs = Infinity;
  /** What share of the blocks each node missed, also those that have left. */
  readonly #missedShares = new Map<string, number>();
  #hasSampled = false;
  /** What each node missed of the first generation, as far as it heard it from its beginning. */
  readonly #sampleMisses = new Map<string, number>();
  #hasForeseen = false;
  /** Whom the question after the first generation still waits for. */
  readonly #sampled = new Set<string>();

  /**
   * Makes a sender without nodes.
   *
   * @param options What is sent, and its bounds.
   */
  constructor(options: GroupSenderOptions) {
    this.#options = {
      repair: "coded",
      slowdownMax: 1.05,
      excessMissMax: 0.1,
      idleRoundsMax: 4,
      ...options,
    };
  }

  /** Messages sent so far. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** Nodes that are in the group and do not have everything yet. */
  get names(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** Whether a node is in the group. */
  has(name: string): boolean {
    return this.#members.has(name);
  }

  /**
   * A node has opened the group: from now on it listens.
   *
   * @param name The node.
   * @param opened What it answered.
   */
  join(name: string, opened: GroupOpened): void {
    this.#members.set(name, newMember(name, opened, this.#sentCount));
    const isFirst = this.#sentCount === 0 && this.#queue.length === 0;
    if (isFirst) {
      for (let block = 0; block < blockCount(this.#options.region); block++) {
        this.#queue.push({ kind: "data", number: block, index: 0 });
      }
    }
  }

  /**
   * A node is gone: it failed, or has everything, or was given up.
   *
   * @param name The node.
   */
  leave(name: string): void {
    this.#members.delete(name);
    this.#asked.delete(name);
    this.#sampled.delete(name);
    if (this.#members.size === 0) this.#queue.length = 0;
  }

  /** Takes the nodes that were moved since it was asked last. */
  takeMoved(): readonly MovedNode[] {
    return this.#moved.splice(0);
  }

  /**
   * Says what to do.
   *
   * @param nowMs The time.
   * @returns The action; a `send` is followed by `sent`, an `ask` by `answered` for each node.
   */
  next(nowMs: number): GroupAction {
    if (this.#isInFlight || this.#members.size === 0) return { kind: "idle" };
    const sample = this.#sampleDue();
    if (sample !== undefined) return sample;
    if (this.#queue.length === 0) this.#foresee();
    if (this.#queue.length > 0) return this.#nextMessage(nowMs);
    if (this.#asked.size > 0) return { kind: "idle" };
    if (this.#askAtMs === Infinity) this.#askAtMs = nowMs + this.#slowestMs() + SETTLE_MS;
    if (nowMs < this.#askAtMs) return { kind: "wait", untilMs: this.#askAtMs };
    this.#askAtMs = Infinity;
    const names = this.names;
    for (const name of names) this.#asked.add(name);
    return { kind: "ask", names, range: WHOLE, isRound: true };
  }

  /**
   * A message was on the wire.
   *
   * @param startMs When its first frame was on the wire.
   * @param endMs When its last one had gone.
   */
  sent(startMs: number, endMs: number): void {
    this.#isInFlight = false;
    this.#lastStartMs = startMs;
    // A last block that is short would tell too little of the others.
    if (!this.#isWholeBlock) return;
    // The quietest message tells what the wire takes: others may have been held up.
    const tookMs = endMs - startMs;
    const isFirst = this.#wireMs === 0;
    this.#wireMs = isFirst ? tookMs : Math.min(this.#wireMs, tookMs);
    if (isFirst) this.#moveSlow();
  }

  /**
   * A node answered with its map.
   *
   * @param name The node.
   * @param map Its map.
   * @param range What it was asked for.
   * @param nowMs The time.
   * @returns Whether it has everything: it may leave.
   */
  answered(name: string, map: GroupMap, range: MapRange, nowMs: number): boolean {
    const member = this.#members.get(name);
    if (member === undefined) return false;
    member.programMs = map.programMs;
    if (map.hasFailed) {
      this.#move(name, "a block could not be programmed");
      return false;
    }
    if (range.count > 0) {
      if (member.joinedAt === 0) this.#sampleMisses.set(name, missingCount(map));
      // All must have told: who told first may not be compared with what the others promised.
      if (this.#sampled.delete(name) && this.#sampled.size === 0) this.#moveSlow();
      return false;
    }
    member.map = map;
    this.#asked.delete(name);
    const isWhole = missingCount(map) === 0 && !map.isBusy;
    if (isWhole && !this.#missedShares.has(name)) this.#missedShares.set(name, 0);
    if (!isWhole && this.#asked.size === 0) this.#planRound(nowMs);
    return isWhole;
  }

  /**
   * The round goes on without those that did not answer in time.
   *
   * @param nowMs The time.
   */
  goOn(nowMs: number): void {
    if (this.#asked.size === 0) return;
    this.#asked.clear();
    this.#planRound(nowMs);
  }

  /** Those that answered, and still miss something, are mended; called again when one has left. */
  roundEnded(nowMs: number): void {
    if (this.#asked.size === 0 && this.#queue.length === 0 && this.#askAtMs === Infinity) {
      this.#planRound(nowMs);
    }
  }

  #nextMessage(nowMs: number): GroupAction {
    const dueMs = this.#lastStartMs + this.#slowestMs();
    if (nowMs < dueMs) return { kind: "wait", untilMs: dueMs };
    const item = this.#queue.shift()!;
    this.#lastStartMs = nowMs;
    this.#sentCount++;
    this.#isInFlight = true;
    this.#isWholeBlock = item.kind === "parity" ||
      blockLength(this.#options.region, item.number) === this.#options.region.blockBytes;
    return { kind: "send", message: this.#messageOf(item) };
  }

  /** Once the first generation is out, all nodes tell how long programming really takes. */
  #sampleDue(): GroupAction | undefined {
    const { region } = this.#options;
    if (this.#hasSampled || this.#sentCount < region.generationBlocks) return undefined;
    this.#hasSampled = true;
    if (blockCount(region) <= region.generationBlocks) return undefined;
    for (const name of this.names) this.#sampled.add(name);
    return { kind: "ask", names: this.names, range: { first: 0, count: 1 }, isRound: false };
  }

  /** What was lost of the first generation will be of the others: mended before anybody is asked. */
  #foresee(): void {
    if (this.#hasForeseen) return;
    this.#hasForeseen = true;
    const { region, repair, excessMissMax } = this.#options;
    if (repair === "plain") return;
    const foreseen = foreseenParity([...this.#sampleMisses.values()], region, excessMissMax);
    if (foreseen === 0) return;
    const roomMax = Math.max(...[...this.#members.values()].map((node) => node.bufferBlocks));
    for (let generation = 0; generation < generationCount(region); generation++) {
      const count = Math.min(foreseen, roomMax, generationLength(region, generation));
      this.#queueParity(generation, count);
    }
  }

  #messageOf(item: Item): Uint8Array {
    const { region, key } = this.#options;
    if (item.kind === "data") {
      this.#sentAt.set(item.number, this.#sentCount);
      const address = region.address + item.number * region.blockBytes;
      return encodeGroupMessage({ kind: "data", address, data: this.#block(item.number) }, key);
    }
    const generation = item.number;
    const length = generationLength(region, generation);
    const code = this.#codes.get(length) ?? new Gf256Parity(length);
    this.#codes.set(length, code);
    const first = generation * region.generationBlocks;
    const sources = Array.from({ length }, (_, i) => this.#block(first + i));
    const data = code.encode(item.index, sources, region.blockBytes);
    return encodeGroupMessage({ kind: "parity", generation, index: item.index, data }, key);
  }

  #block(block: number): Uint8Array {
    const { region, data } = this.#options;
    const start = block * region.blockBytes;
    return data.subarray(start, start + blockLength(region, block));
  }

  #planRound(nowMs: number): void {
    this.#moveSlow();
    this.#moveDeaf();
    this.#moveStuck();
    const { region, repair } = this.#options;
    const known = [...this.#members.values()].flatMap(({ map, bufferBlocks }) =>
      map === undefined ? [] : [{ map, bufferBlocks }]
    );
    for (const { generation, blocks, parityCount } of planRepair(known, repair)) {
      const first = generation * region.generationBlocks;
      for (const i of blocks) this.#queue.push({ kind: "data", number: first + i, index: 0 });
      this.#queueParity(generation, parityCount);
    }
    for (const member of this.#members.values()) member.map = undefined;
    // Nothing to send: they only work, or did not answer.
    if (this.#queue.length === 0) {
      this.#askAtMs = nowMs + BUSY_BLOCKS * this.#slowestMs() + SETTLE_MS;
    }
  }

  /** New ones each time; when all were sent, from the first again. */
  #queueParity(generation: number, count: number): void {
    const differentMax = 255 - generationLength(this.#options.region, generation);
    const before = this.#paritySent.get(generation) ?? 0;
    for (let i = 0; i < count; i++) {
      const index = (before + i) % differentMax;
      this.#queue.push({ kind: "parity", number: generation, index });
    }
    this.#paritySent.set(generation, before + count);
  }

  #slowestMs(): number {
    let slowestMs = 0;
    for (const { programMs } of this.#members.values()) slowestMs = Math.max(slowestMs, programMs);
    return slowestMs;
  }

  #moveSlow(): void {
    if (this.#wireMs === 0) return;
    const medianMs = lowerMedian([...this.#members.values()].map(({ programMs }) => programMs));
    const baseMs = Math.max(this.#wireMs, medianMs);
    for (const { name, programMs } of [...this.#members.values()]) {
      if (programMs <= baseMs * this.#options.slowdownMax) continue;
      this.#move(
        name,
        `programming a block takes ${formatMs(programMs)}, the group needs ${formatMs(baseMs)}`,
      );
    }
  }

  /** Moves who misses much more of what was sent since it joined than the median node does. */
  #moveDeaf(): void {
    const { region, excessMissMax } = this.#options;
    for (const { name, map, joinedAt } of this.#members.values()) {
      if (map === undefined) continue;
      let sentBlocks = 0;
      for (const at of this.#sentAt.values()) if (at > joinedAt) sentBlocks++;
      if (sentBlocks < JUDGED_BLOCKS_MIN) continue;
      const missed = missingBlocks(map, region)
        .filter((block) => (this.#sentAt.get(block) ?? 0) > joinedAt).length;
      this.#missedShares.set(name, missed / sentBlocks);
    }
    if (this.#missedShares.size < 2) return;
    const usual = lowerMedian([...this.#missedShares.values()]);
    for (const [name, share] of this.#missedShares) {
      if (!this.#members.has(name) || share <= usual + excessMissMax) continue;
      this.#move(
        name,
        `it missed ${Math.round(share * 100)} % of the blocks, the median node ${
          Math.round(usual * 100)
        } %`,
      );
    }
  }

  #moveStuck(): void {
    const { idleRoundsMax } = this.#options;
    for (const member of [...this.#members.values()]) {
      const { map } = member;
      if (map === undefined) continue;
      const missing = map.generations.reduce(
        (sum, part) => sum + part.missing.length - part.heldParity,
        map.isBusy ? -0.5 : 0,
      );
      const isBetter = missing < member.missingBefore;
      member.missingBefore = Math.min(missing, member.missingBefore);
      // Who still works may take its time, but not for ever.
      const weight = map.isBusy ? BUSY_ROUND_WEIGHT : 1;
      member.roundsWithoutProgress = isBetter ? 0 : member.roundsWithoutProgress + weight;
      if (member.roundsWithoutProgress < idleRoundsMax) continue;
      this.#move(member.name, `${idleRoundsMax} rounds of repair did not bring it further`);
    }
  }

  #move(name: string, reason: string): void {
    this.leave(name);
    this.#moved.push({ name, reason });
  }
}
