import { type BlockShape, cutRegions } from "./block_shape.ts";
import { type EarlyMaps, type EarlyQuestion, EarlyQuestions } from "./_early_questions.ts";
import {
  betterShape,
  type EarlyMending,
  earlyMending,
  frameLoss,
  mendPaceMs,
} from "./_first_losses.ts";
import { LostShares } from "./_lost_shares.ts";
import { type GroupNode, newGroupNode } from "./_group_node.ts";
import { GroupNodes, isMendable, noteWrong, repairNode } from "./_group_nodes.ts";
import { type MessageItem, MessageSource } from "./_message_source.ts";
import { stuckNodes } from "./_misfits.ts";
import { Pace } from "./_pace.ts";
import { Sample, sampleBlocks, someOf } from "./_sample.ts";
import type { GroupMap, GroupOpened, MapRange } from "./group_control.ts";
import { blockCount, generationLength } from "./group_region.ts";
import { missingCount, neededCount, planRepair, type RepairNode } from "./repair_plan.ts";
import type { GroupAction, GroupSenderOptions, MovedNode } from "./sender_actions.ts";

const WHOLE: MapRange = { first: 0, count: 0 };
/** Where more is lost, sending more helps nobody. */
const LOSS_RATIO_MAX = 0.75;
const NO_MENDING: EarlyMending = { kind: "none" };

type AskAction = GroupAction & { readonly kind: "ask" };

/**
 * The tester's side of a group, without bus or clock: asked for the next action, told what became of
 * it. One pass over all blocks, each generation mended while the next one is sent, then rounds: maps,
 * and what mends them, until every node has all. Where early losses say that smaller blocks take
 * fewer frames, the group is cut, and the rest is a group of its own.
 *
 * Pace: from one message's beginning to the next it leaves the slowest node the time that it takes to
 * program a block. A node that would make the group more than `slowdownMax` slower than the wire or the
 * median node does, that loses much more than the median node, or that does not get on, is moved: the
 * group goes on without it.
 *
 * Source: docs/group-download.md, "The tester".
 */
export class GroupSender {
  readonly #knownLossRatio: number | undefined;
  readonly #options: Required<Omit<GroupSenderOptions, "frameLossRatio">>;
  readonly #source: MessageSource;
  readonly #members = new GroupNodes();
  readonly #moved: MovedNode[] = [];
  readonly #queue: (MessageItem | EarlyQuestion)[] = [];
  /** What nodes are asked next, while messages go on. */
  readonly #dueQuestions: Pick<AskAction, "names" | "range">[] = [];
  readonly #early = new EarlyQuestions();
  readonly #lostShares = new LostShares();
  readonly #pace = new Pace();
  #sentCount = 0;
  /** Blocks of the pass that were sent: it goes by address. */
  #passBlocks = 0;
  #isInFlight = false;
  #isWholeBlock = false;
  /** Whom the sender waits for in this round. */
  readonly #asked = new Set<string>();
  /** How generations are mended early; `undefined` until nodes have told what they heard. */
  #mending: EarlyMending | undefined;
  readonly #wantsSample: boolean;
  #sample: Sample | undefined;
  /** Who has not opened the group anew since it was cut; `undefined`: it is whole. */
  #uncut: Set<string> | undefined;
  #cut: GroupAction | undefined;

  /**
   * Makes a sender without nodes.
   *
   * @param options What is sent, and its bounds.
   */
  constructor(options: GroupSenderOptions) {
    const { region, data, key, frameLossRatio } = options;
    this.#options = {
      repair: "coded",
      slowdownMax: 1.05,
      excessMissMax: 0.1,
      idleRoundsMax: 4,
      frameBytes: 7,
      ...options,
    };
    this.#source = new MessageSource(region, data, key);
    const isKnown = frameLossRatio !== undefined;
    const blocks = blockCount(region);
    this.#wantsSample = !isKnown && blocks > 2 * sampleBlocks(blocks);
    this.#knownLossRatio = frameLossRatio;
    const isFixed = this.#options.repair === "plain" || (!isKnown && !this.#wantsSample);
    if (isFixed) this.#mending = NO_MENDING;
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
    this.#members.set(name, newGroupNode(name, opened, this.#sentCount));
    const isFirst = this.#sentCount === 0 && this.#queue.length === 0;
    if (isFirst) this.#queue.push(...this.#source.all());
  }

  /**
   * A node is gone: it failed, or has everything, or was given up.
   *
   * @param name The node.
   */
  leave(name: string): void {
    this.#members.delete(name);
    this.#asked.delete(name);
    if (this.#sample?.waitsFor(name) === true) {
      this.#sample.left(name);
      this.#sampleAnswered(this.#sample);
    }
    for (const told of this.#early.left(name)) this.#mendGeneration(told);
    this.#uncut?.delete(name);
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
   * @returns The action; a `send` is followed by `sent`, an `ask` by `answered` and a `cut` by
   * `cutDone` for each node.
   */
  next(nowMs: number): GroupAction {
    if (this.#isInFlight || this.#members.size === 0) return { kind: "idle" };
    const cut = this.#cut;
    this.#cut = undefined;
    if (cut !== undefined) return cut;
    if (this.#uncut !== undefined && this.#uncut.size > 0) return { kind: "idle" };
    this.#sampleIfDue();
    this.#takeQuestions();
    const question = this.#dueQuestions.shift();
    if (question !== undefined) return { kind: "ask", ...question, isRound: false };
    if (this.#queue.length > 0) return this.#nextMessage(nowMs);
    if (this.#asked.size > 0 || this.#early.size > 0) return { kind: "idle" };
    const askAtMs = this.#pace.settle(nowMs, this.#members.slowestMs);
    if (nowMs < askAtMs) return { kind: "wait", untilMs: askAtMs };
    this.#pace.askAtMs = Infinity;
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
    if (this.#pace.ended(startMs, endMs, this.#isWholeBlock)) this.#moveSlow();
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
      this.#moveAll([{ name, reason: "a block could not be programmed" }]);
      return false;
    }
    if (range.count > 0) {
      this.#answeredEarly(member, map, range);
      return false;
    }
    this.#lostShares.note(member, map, this.#source.region);
    noteWrong(member, map);
    member.map = map;
    this.#asked.delete(name);
    const isWhole = missingCount(map) === 0 && !map.isBusy;
    if (!isWhole && this.#asked.size === 0) this.#planRound(nowMs);
    return isWhole;
  }

  /**
   * A node has opened the group anew, as it was cut.
   *
   * @param name The node.
   */
  cutDone(name: string): void {
    this.#uncut?.delete(name);
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
    const isIdle = this.#queue.length === 0 && this.#pace.askAtMs === Infinity &&
      this.#early.size === 0 && this.#dueQuestions.length === 0;
    if (this.#asked.size === 0 && isIdle) this.#planRound(nowMs);
  }

  #nextMessage(nowMs: number): GroupAction {
    const dueMs = this.#pace.nextMs(this.#members.slowestMs);
    if (nowMs < dueMs) return { kind: "wait", untilMs: dueMs };
    const item = this.#queue.shift() as MessageItem;
    this.#pace.begun(nowMs);
    this.#sentCount++;
    this.#isInFlight = true;
    this.#isWholeBlock = this.#source.isWholeBlock(item);
    if (item.kind === "data") {
      this.#lostShares.sent(item.number, this.#sentCount);
      if (item.number === this.#passBlocks) this.#passed(++this.#passBlocks);
    }
    return { kind: "send", message: this.#source.encode(item) };
  }

  /** The pass has come that far: a generation that is out is mended, if that is known already. */
  #passed(blocks: number): void {
    const { generationBlocks } = this.#source.region;
    const isEnd = blocks % generationBlocks === 0 || blocks === blockCount(this.#source.region);
    if (isEnd) this.#mendEarly(Math.ceil(blocks / generationBlocks) - 1);
  }

  #mendEarly(generation: number): void {
    // What nodes heard is not known yet: once it is, all that is out is mended.
    if (this.#mending === undefined && this.#wantsSample) return;
    const mending = this.#mending ??= this.#knownMending();
    if (mending.kind === "asked") this.#askEarly(generation, this.names);
    if (mending.kind !== "foreseen") return;
    const length = generationLength(this.#source.region, generation);
    const { generationBlocks } = this.#source.region;
    const count = Math.min(Math.round(mending.parityCount * length / generationBlocks), length);
    // Some nodes tell whether that is enough.
    const question: EarlyQuestion = { kind: "question", generation, names: someOf(this.names) };
    this.#queue.unshift(...this.#source.nextParity(generation, count), question);
  }

  /** Questions that stand in front are asked; those whose nodes have all left are not. */
  #takeQuestions(): void {
    for (let [first] = this.#queue; first?.kind === "question"; [first] = this.#queue) {
      this.#queue.shift();
      this.#askEarly(first.generation, first.names.filter((name) => this.#members.has(name)));
    }
  }

  #askEarly(generation: number, names: readonly string[]): void {
    if (names.length === 0) return;
    this.#dueQuestions.push({ names, range: { first: generation, count: 1 } });
    this.#early.ask(generation, names);
  }

  /** What a group before this one has told. */
  #knownMending(): EarlyMending {
    const { frameBytes } = this.#options;
    const ratio = this.#knownLossRatio ?? 0;
    this.#pace.mendMs = mendPaceMs(this.#source.region, ratio, this.#members.size, frameBytes);
    return earlyMending(this.#source.region, ratio, this.#members.size, frameBytes);
  }

  /** After a few messages nodes tell what they heard, and how long programming really takes. */
  #sampleIfDue(): void {
    const isDue = this.#wantsSample && this.#sample === undefined &&
      this.#passBlocks >= sampleBlocks(blockCount(this.#source.region));
    if (!isDue) return;
    this.#sample = new Sample(this.names, this.#passBlocks);
    this.#dueQuestions.push({ names: this.#sample.names, range: { first: 0, count: 1 } });
  }

  #answeredEarly(member: GroupNode, map: GroupMap, { first }: MapRange): void {
    if (this.#sample?.waitsFor(member.name) === true) {
      this.#sample.answered(member, map);
      return this.#sampleAnswered(this.#sample);
    }
    const told = this.#early.answered(first, member.name, map);
    if (told !== undefined) this.#mendGeneration(told);
  }

  /** All must have told: who told first may not be compared with what the others promised. */
  #sampleAnswered(sample: Sample): void {
    if (!sample.isOver) return;
    this.#moveSlow();
    if (this.#mending !== undefined) return;
    for (const [name, missed] of sample.misses) {
      this.#lostShares.first(name, missed, sample.blocks);
    }
    this.#moveDeaf();
    if (this.#members.size === 0) return;
    const { region } = this.#source;
    const losses = sample.losses(this.#members, region.blockBytes, this.#options.frameBytes);
    const frameLossRatio = frameLoss(region, losses);
    const shape = betterShape(region, this.#passBlocks, losses);
    if (shape !== undefined) return this.#cutFor(shape, frameLossRatio);
    this.#mending = earlyMending(region, frameLossRatio, losses.nodes, losses.frameBytes);
    this.#pace.mendMs = mendPaceMs(region, frameLossRatio, losses.nodes, losses.frameBytes);
    const generations = Math.floor(this.#passBlocks / region.generationBlocks);
    for (let generation = 0; generation < generations; generation++) this.#mendEarly(generation);
  }

  #cutFor(shape: BlockShape, frameLossRatio: number): void {
    const { region, rest } = cutRegions(this.#source.region, this.#passBlocks, shape);
    this.#source.region = region;
    this.#queue.length = 0;
    this.#mending = NO_MENDING;
    this.#uncut = new Set(this.names);
    this.#cut = { kind: "cut", region, rest, frameLossRatio };
  }

  /** What of a generation the nodes miss goes out next. */
  #mendGeneration({ generation, isFirst, maps }: EarlyMaps): void {
    const { region } = this.#source;
    if (isFirst && this.#mending?.kind === "asked") {
      this.#moveAll(this.#members.deafIn(region, generation, maps, this.#options.excessMissMax));
    }
    const known = [...maps].flatMap(([name, map]) => {
      const member = this.#members.get(name);
      const isServed = member !== undefined && isMendable(member, map) &&
        this.#early.getsOn(generation, name, neededCount(map));
      return isServed ? [repairNode(member, map)] : [];
    });
    const items = this.#repair(known);
    if (items.length === 0) return;
    if (isFirst && this.#mending?.kind === "foreseen") {
      this.#mending = { ...this.#mending, parityCount: this.#mending.parityCount + items.length };
    }
    const names = known.map(({ name }) => name);
    this.#queue.unshift(...items, { kind: "question", generation, names });
  }

  #repair(nodes: readonly RepairNode[]): readonly MessageItem[] {
    return this.#source.repair(planRepair(nodes, this.#options.repair), this.#lossRatio);
  }

  get #lossRatio(): number {
    return Math.min(LOSS_RATIO_MAX, this.#lostShares.mean);
  }

  #planRound(nowMs: number): void {
    this.#moveSlow();
    this.#moveDeaf();
    const served = this.#members.served();
    this.#moveAll(stuckNodes(served, this.#options.idleRoundsMax, this.#lossRatio));
    const rest = served.filter(({ name }) => this.#members.has(name));
    const items = this.#repair(rest.map((member) => repairNode(member, member.map!)));
    for (const member of rest) member.messagesWithoutProgress += items.length;
    this.#queue.push(...items);
    for (const member of this.#members.values()) member.map = undefined;
    if (this.#queue.length > 0) this.#pace.roundSends();
    else this.#pace.roundWaits(nowMs, this.#members.slowestMs);
  }

  #moveSlow(): void {
    this.#moveAll(this.#members.slow(this.#pace.wireMs, this.#options.slowdownMax));
  }

  #moveDeaf(): void {
    this.#moveAll(this.#members.deaf(this.#lostShares, this.#options.excessMissMax));
  }

  #moveAll(nodes: readonly MovedNode[]): void {
    for (const moved of nodes) {
      this.leave(moved.name);
      this.#moved.push(moved);
    }
  }
}
