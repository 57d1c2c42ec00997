import { defer, EMPTY, ignoreElements, type Observable, Subject, take } from "rxjs";
import { type Clock, formatMs, Timer } from "../core/mod.ts";
import {
  type GroupAction,
  type GroupIdentifier,
  type GroupMap,
  type GroupOpening,
  type GroupRegion,
  GroupSender,
  type MapRange,
  type RepairMode,
} from "../group/mod.ts";
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
}

/** What a group is made of. */
export interface GroupTransferOptions {
  /** The way to its nodes. */
  readonly channel: GroupChannel;
  /** The time it lives in. */
  readonly clock: Clock;
  /** Binds messages to it: 4 bytes, new for each group. */
  readonly key: Uint8Array;
  /** What is sent. */
  readonly region: GroupRegion;
  /** Its bytes. */
  readonly data: Uint8Array;
  /** How missing blocks are sent again; coded unless told. */
  readonly repair?: RepairMode;
}

/** A node that erases that much longer than the median one is moved. */
const ERASE_FACTOR_MAX = 1.2;
/** And one that erases that much longer is not waited for any more: it joins late. */
const ERASE_FACTOR_AWAITED = 1.05;
/** What a node may take between enrolling and its erase, and from there to being ready, in ms. */
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
  readonly #quiet = new Subject<void>();
  readonly #timer: Timer;
  readonly #roundTimer: Timer;
  readonly #lateTimer: Timer;
  readonly #questions: Question[] = [];
  #askedCount = 0;
  #isPumping = false;
  #isPumpDue = false;
  #isSending = false;

  /**
   * Makes a group without nodes.
   *
   * @param options What it is made of.
   */
  constructor(options: GroupTransferOptions) {
    const { clock, region, data, key, repair = "coded" } = options;
    this.#options = options;
    this.#sender = new GroupSender({ region, data, key, repair });
    this.#timer = new Timer(clock, () => this.#pump());
    this.#lateTimer = new Timer(clock, () => this.#pump());
    this.#roundTimer = new Timer(clock, () => {
      this.#questions.length = 0;
      this.#sender.goOn(clock.now());
      this.#pump();
    });
  }

  /** What nodes are told when they open it. */
  get opening(): GroupOpening {
    const { channel, key, region } = this.#options;
    return { identifier: channel.identifier, key, region };
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
   * Waits until no node is in the group, or on its way to it.
   *
   * @returns Cold; emits nothing; completes then.
   */
  whenQuiet(): Observable<never> {
    const isQuiet = (): boolean =>
      [...this.#places.values()].every(({ state }) => state.kind === "moved");
    return defer(() => isQuiet() ? EMPTY : this.#quiet.pipe(take(1), ignoreElements()));
  }

  #left(place: GroupPlace): void {
    if (this.#places.get(place.name) !== place) return;
    this.#places.delete(place.name);
    this.#sender.leave(place.name);
    this.#sender.roundEnded(this.#options.clock.now());
    this.#tellQuiet();
    this.#pump();
  }

  #tellQuiet(): void {
    for (const { state } of this.#places.values()) if (state.kind !== "moved") return;
    this.#quiet.next();
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
    const allowedMs = medianMs * ERASE_FACTOR_MAX + ERASE_SLACK_MS;
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
    for (const { state } of this.#places.values()) {
      if (state.kind === "ready" || state.kind === "in" || state.kind === "moved") continue;
      // Its turn comes when another's erase ends, which is bounded.
      if (state.kind === "queued") {
        isGathered = false;
        continue;
      }
      const awaitedMs = state.kind === "erasing" ? eraseMs : EXCHANGE_MS + this.#places.size;
      const dueMs = state.sinceMs + awaitedMs;
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
    for (const name of names) this.#questions.push({ name, range, isRound });
    this.#askNext();
    // While they answer, the pass goes on.
    this.#isPumpDue = true;
  }

  #askNext(): void {
    while (this.#askedCount < ASKED_AT_ONCE_MAX) {
      const question = this.#questions.shift();
      if (question === undefined) return;
      const place = this.#places.get(question.name);
      if (place === undefined) continue;
      this.#askedCount++;
      place.ask(question.range, (map) => this.#answered(place, map, question), () => {
        this.#askedCount--;
        this.#askNext();
      });
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
