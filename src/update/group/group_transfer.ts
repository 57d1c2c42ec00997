import { defer, EMPTY, finalize, mergeMap, type Observable, Subject, tap } from "rxjs";
import { type Clock, defined, formatMs, Timer } from "../../core/mod.ts";
import {
  evenGenerations,
  generationChecksums,
  type GroupAction,
  type GroupIdentifier,
  type GroupMap,
  type GroupOpening,
  type GroupRegion,
  GroupSender,
  type MapRange,
  type RepairMode,
} from "../../group/mod.ts";
import { GroupPlace } from "./group_place.ts";

/** How one message gets on: its first frame, and its last, were on the wire. */
export interface GroupSendProgress {
  /** Which of them. */
  readonly type: "started" | "sent";
  /** When, in ms. */
  readonly atMs: number;
}

/** The way to all nodes of a group at once. */
export interface GroupChannel {
  /** The identifier on which messages go out. */
  readonly identifier: GroupIdentifier;
  /** Bytes that a consecutive frame carries. */
  readonly frameBytes: number;

  /**
   * Sends a message, segmented and without flow control.
   *
   * @param message The message.
   * @returns Cold; emits `started`, then `sent`, and completes; errors when it could not be sent.
   */
  send(message: Uint8Array): Observable<GroupSendProgress>;
}

/** A node's map that is to be asked for. */
interface Question {
  readonly name: string;
  readonly range: MapRange;
  readonly isRound: boolean;
  /** How many rounds had gone on without somebody by then. */
  readonly round: number;
}

/** What a group is made of. */
export interface GroupTransferOptions {
  /** The way to its nodes. */
  readonly channel: GroupChannel;
  /** The time it lives in. */
  readonly clock: Clock;
  /** Makes what binds messages to it: 4 bytes, new for each group. */
  readonly newKey: () => Uint8Array;
  /** What is sent; its generations become about equal. */
  readonly region: GroupRegion;
  /** Its bytes. */
  readonly data: Uint8Array;
  /** How missing blocks are sent again; coded by default. */
  readonly repair?: RepairMode;
  /** Share of frames that nodes lose, where the group that this one is the rest of has told. */
  readonly frameLossRatio?: number;
}

/**
 * A node that erases that much longer than the median one is not waited for: it joins late, and is
 * sent what it missed once the others are through.
 */
const ERASE_FACTOR_AWAITED = 1.02;
/** And one that erases that much longer, and longer by what a lost answer takes, is moved. */
const ERASE_FACTOR_MAX = 1.2;
/** Where the last answer to an erase was lost, that is noticed so much later, in ms: P2* and P2. */
const LOST_ANSWER_MS = 650;
/** What a node may take for an exchange behind another's, in ms. */
const EXCHANGE_MS = 150;
/** What asking may add to an erase, in ms. */
const ERASE_SLACK_MS = 20;
/** Longest silence of a round before it goes on without those that did not answer, in ms. */
const ROUND_SILENCE_MS = 150;
/** How many nodes are asked at once, so that each one's answer is soon through. */
const ASKED_AT_ONCE_MAX = 8;
/** Pause after a message that could not be sent, in ms. */
const CHANNEL_PAUSE_MS = 50;

/**
 * One group on its way: gathers its nodes, sends, asks and mends, and lets each node go when it has
 * everything. It does the bidding of {@linkcode GroupSender}.
 *
 * Limitations: it holds no node's conversation; see `updateInGroup`.
 */
export class GroupTransfer {
  readonly #options: GroupTransferOptions;
  readonly #sender: GroupSender;
  readonly #places = new Map<string, GroupPlace>();
  readonly #timer: Timer;
  readonly #roundTimer: Timer;
  readonly #lateTimer: Timer;
  readonly #question$ = new Subject<Question>();
  /** Questions of earlier ones that nobody was asked yet are dropped. */
  #roundCount = 0;
  #isPumping = false;
  #isPumpDue = false;
  #isSending = false;
  #opening: GroupOpening;
  #rest: GroupTransfer | undefined;

  /**
   * Makes a group without nodes.
   *
   * @param options What it is made of.
   */
  constructor(options: GroupTransferOptions) {
    const { clock, channel, data, newKey, repair = "coded", frameLossRatio } = options;
    const key = newKey();
    const region = { ...options.region, ...evenGenerations(options.region) };
    this.#options = options;
    this.#sender = new GroupSender({
      region,
      data,
      key,
      repair,
      frameBytes: channel.frameBytes,
      ...defined({ frameLossRatio }),
    });
    const checksums = generationChecksums(region, data);
    this.#opening = { identifier: channel.identifier, key, region, checksums };
    this.#timer = new Timer(clock, () => this.#pump());
    this.#lateTimer = new Timer(clock, () => this.#pump());
    this.#roundTimer = new Timer(clock, () => {
      this.#roundCount++;
      this.#sender.goOn(clock.now());
      this.#pump();
    });
    this.#question$.pipe(mergeMap((question) => this.#askMap(question), ASKED_AT_ONCE_MAX))
      .subscribe();
  }

  /** What nodes are told when they open it; another once it is cut. */
  get opening(): GroupOpening {
    return this.#opening;
  }

  /** What goes on behind the cut, where the group was cut: each node's next group. */
  get rest(): GroupTransfer | undefined {
    return this.#rest;
  }

  /**
   * A node says that it will come: the group waits for it, within bounds.
   *
   * @param name The node.
   * @returns Its place.
   */
  enroll(name: string): GroupPlace {
    const place = new GroupPlace(name, {
      nowMs: () => this.#options.clock.now(),
      changed: () => this.#pump(),
      left: (left) => this.#left(left),
    });
    this.#places.set(name, place);
    return place;
  }

  /**
   * Finds a node's place.
   *
   * @param name The node.
   * @returns Its place; `undefined` where it has none.
   */
  placeOf(name: string): GroupPlace | undefined {
    return this.#places.get(name);
  }

  #left(place: GroupPlace): void {
    if (this.#places.get(place.name) !== place) return;
    this.#places.delete(place.name);
    // Who does not come as far as the rest is not waited for there.
    if (!place.isComplete) this.#rest?.placeOf(place.name)?.leave();
    this.#sender.leave(place.name);
    this.#sender.roundEnded(this.#options.clock.now());
    this.#pump();
  }

  /** Does what is to be done now; a change in the midst of it is done by the same loop. */
  #pump(): void {
    this.#isPumpDue = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#isPumpDue) {
        this.#isPumpDue = false;
        this.#admit();
        this.#moveOut();
        if (!this.#isSending) this.#perform(this.#sender.next(this.#options.clock.now()));
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** Lets in who is ready: at once while the group is under way, else when enough are. */
  #admit(): void {
    const nowMs = this.#options.clock.now();
    this.#lateTimer.clear();
    const medianMs = this.#medianEraseMs();
    this.#moveLate(medianMs, nowMs);
    const isUnderWay = this.#sender.names.length > 0;
    if (!isUnderWay && !this.#isGathered(medianMs, nowMs)) return;
    for (const place of this.#places.values()) {
      if (place.state.kind !== "ready") continue;
      const { opened } = place.state;
      place.enter();
      this.#sender.join(place.name, opened);
    }
  }

  /** The lower median, those that still erase counted as taking longest; `undefined`: not known. */
  #medianEraseMs(): number | undefined {
    const tooks: number[] = [];
    let erasingCount = 0;
    for (const { state } of this.#places.values()) {
      if (state.kind === "erasing") erasingCount++;
      else if ("tookMs" in state) tooks.push(state.tookMs);
    }
    tooks.sort((left, right) => left - right);
    return tooks[Math.floor((tooks.length + erasingCount - 1) / 2)];
  }

  /** Moves who erases far too long. */
  #moveLate(medianMs: number | undefined, nowMs: number): void {
    if (medianMs === undefined) return;
    const allowedMs = medianMs * ERASE_FACTOR_MAX + LOST_ANSWER_MS;
    for (const place of this.#places.values()) {
      if (place.state.kind !== "erasing") continue;
      const dueMs = place.state.sinceMs + allowedMs;
      if (nowMs < dueMs) this.#wakeAt(dueMs);
      else {
        place.move(
          `erasing takes over ${formatMs(allowedMs)}, the median node's ${formatMs(medianMs)}`,
        );
      }
    }
  }

  /** Nobody is worth waiting for any longer: who comes now gets what was sent before once more. */
  #isGathered(medianMs: number | undefined, nowMs: number): boolean {
    let isGathered = true;
    const eraseMs = medianMs === undefined
      ? Infinity
      : medianMs * ERASE_FACTOR_AWAITED + ERASE_SLACK_MS;
    let lastReadyMs = -Infinity;
    for (const { state } of this.#places.values()) {
      if (state.kind === "ready") lastReadyMs = Math.max(lastReadyMs, state.sinceMs);
    }
    for (const { state } of this.#places.values()) {
      if (state.kind === "ready" || state.kind === "in" || state.kind === "moved") continue;
      // Its turn comes when another's erase ends, which is bounded.
      if (state.kind === "queued") {
        isGathered = false;
        continue;
      }
      // As long as one after the other gets through, their exchanges fill the wire.
      const dueMs = state.kind === "erasing"
        ? state.sinceMs + eraseMs
        : Math.max(state.sinceMs, lastReadyMs) + EXCHANGE_MS;
      if (nowMs >= dueMs) continue;
      isGathered = false;
      this.#wakeAt(dueMs);
    }
    return isGathered;
  }

  #wakeAt(dueMs: number): void {
    if (dueMs < this.#lateTimer.dueMs) this.#lateTimer.setAt(dueMs);
  }

  #moveOut(): void {
    for (const { name, reason } of this.#sender.takeMoved()) this.#places.get(name)?.move(reason);
  }

  #perform(action: GroupAction): void {
    switch (action.kind) {
      case "send":
        return this.#send(action.message);
      case "ask":
        return this.#ask(action.names, action.range, action.isRound);
      case "cut":
        return this.#cut(action);
      case "wait":
        return this.#timer.setAt(action.untilMs);
      case "idle":
        return;
    }
  }

  #send(message: Uint8Array): void {
    const { clock, channel } = this.#options;
    this.#isSending = true;
    let startMs = clock.now();
    const ended = (endMs: number): void => {
      this.#isSending = false;
      this.#sender.sent(startMs, endMs);
      this.#pump();
    };
    channel.send(message).subscribe({
      next: ({ type, atMs }) => {
        if (type === "started") startMs = atMs;
      },
      complete: () => ended(clock.now()),
      // The maps will tell; a bus that is gone ends the nodes' own conversations.
      error: () => {
        const pause = new Timer(clock, () => ended(clock.now()));
        pause.setAt(clock.now() + CHANNEL_PAUSE_MS);
      },
    });
  }

  #ask(names: readonly string[], range: MapRange, isRound: boolean): void {
    if (isRound) this.#roundTimer.setAt(this.#options.clock.now() + ROUND_SILENCE_MS);
    const round = this.#roundCount;
    for (const name of names) this.#question$.next({ name, range, isRound, round });
    // While they answer, the pass goes on.
    this.#isPumpDue = true;
  }

  /** Asks one node, unless it has left or the round went on without it. */
  #askMap(question: Question): Observable<GroupMap> {
    return defer(() => {
      const place = this.#places.get(question.name);
      if (place === undefined) return EMPTY;
      // But what is asked beside a round is waited for, as long as the node is there.
      if (question.isRound && question.round !== this.#roundCount) return EMPTY;
      return place.perform((member) => member.askMap(question.range)).pipe(
        tap((map) => this.#answered(place, map, question)),
      );
    });
  }

  /** All nodes open the group anew, shorter, and enrol for the rest. */
  #cut({ region, rest, frameLossRatio }: GroupAction & { readonly kind: "cut" }): void {
    const { data } = this.#options;
    const checksums = generationChecksums(region, data.subarray(0, region.sizeBytes));
    this.#opening = { ...this.#opening, region, checksums };
    this.#rest = new GroupTransfer({
      ...this.#options,
      region: rest,
      data: data.subarray(region.sizeBytes),
      frameLossRatio,
    });
    for (const place of this.#places.values()) {
      // Who comes late is not waited for there either.
      if (place.state.kind !== "in") continue;
      this.#rest.enroll(place.name).isAwaited();
      place.perform((member) => member.reopen(this.#opening))
        .pipe(finalize(() => this.#pump()))
        .subscribe(() => this.#sender.cutDone(place.name));
    }
  }

  #answered(place: GroupPlace, map: GroupMap, { range, isRound }: Question): void {
    const nowMs = this.#options.clock.now();
    if (isRound && this.#roundTimer.dueMs !== Infinity) {
      this.#roundTimer.setAt(nowMs + ROUND_SILENCE_MS);
    }
    if (this.#sender.answered(place.name, map, range, nowMs)) place.complete();
    this.#pump();
  }
}
