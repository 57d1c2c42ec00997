/** One group in virtual time, nodes that take part in it, and a wire that one message needs 5 ms on. */
import { ignoreElements, NEVER, Observable, type Subscription, timer } from "rxjs";
import { Prng, VirtualClock } from "../../../../src/core/mod.ts";
import type { GroupMap, GroupRegion } from "../../../../src/group/mod.ts";
import {
  type GroupConversation,
  type GroupPlace,
  type GroupSendProgress,
  GroupTransfer,
} from "../../../../src/update/mod.ts";
import { act, andThen, deferStep, done, wait } from "../../../../src/update/node/step.ts";

const REGION = { address: 0x0800_8000, sizeBytes: 8 * 512, blockBytes: 512, generationBlocks: 8 };
/** What a message takes on the wire. */
export const MESSAGE_MS = 5;
/** The map of a node that has everything. */
export const NOTHING_MISSING: GroupMap = {
  isBusy: false,
  hasFailed: false,
  hasMore: false,
  mendedShare: 0,
  programMs: 1,
  generations: [],
};

/** How one of its nodes behaves. */
export interface NodeOptions {
  /** How long its nth answer takes, in ms; `Infinity`: it is silent. */
  readonly answerMs?: number | ((nth: number) => number);
  /** What it answers to its nth map, from 0. */
  readonly map?: (nth: number) => GroupMap;
}

/** What a lab differs in. */
interface LabOptions {
  /** 8 blocks of 512 bytes by default. */
  readonly region?: Partial<GroupRegion>;
  /** What a message waits for before it is on the wire, in ms. */
  readonly waitsMs?: number;
  /** What each node needs for a block, in ms. */
  readonly programMs?: number;
  /** A wire that takes no time at all. */
  readonly isInstant?: boolean;
}

/** A group, its wire and its nodes. */
export class GroupLab {
  readonly clock = new VirtualClock();
  /** When each message was begun. */
  readonly sentAtMs: number[] = [];
  /** Messages that cannot be sent, by number from 0. */
  readonly unsendable = new Set<number>();
  /** When each node was asked for its map: `"n0 at 40"`. */
  readonly asked: string[] = [];
  readonly ends = new Map<string, string>();
  /** Who opened the group anew. */
  readonly reopened: string[] = [];
  readonly transfer: GroupTransfer;
  onWire = 0;
  onWireMax = 0;
  askedAtOnceMax = 0;
  #askedAtOnce = 0;
  readonly #programMs: number;

  constructor({ region: change, waitsMs, programMs = 1, isInstant = false }: LabOptions = {}) {
    const region = { ...REGION, ...change };
    this.#programMs = programMs;
    const send = (): Observable<GroupSendProgress> =>
      new Observable((subscriber) => {
        const number = this.sentAtMs.length;
        this.sentAtMs.push(this.clock.now());
        this.onWireMax = Math.max(this.onWireMax, ++this.onWire);
        const started = (): void => subscriber.next({ type: "started", atMs: this.clock.now() });
        if (waitsMs === undefined) started();
        else this.clock.schedule(started, waitsMs);
        const sent = (): void => {
          this.onWire--;
          if (this.unsendable.has(number)) return subscriber.error(new Error("bus off"));
          subscriber.next({ type: "sent", atMs: this.clock.now() });
          subscriber.complete();
        };
        if (isInstant) sent();
        else this.clock.schedule(sent, (waitsMs ?? 0) + MESSAGE_MS);
      });
    this.transfer = new GroupTransfer({
      channel: { identifier: { id: 0x7FF, extended: false }, frameBytes: 7, send },
      clock: this.clock,
      newKey: () => Uint8Array.of(1, 2, 3, 4),
      region,
      data: new Prng(1).bytes(region.sizeBytes),
    });
  }

  wait(ms: number): void {
    this.clock.run({ untilMs: this.clock.now() + ms });
  }

  /** A node that takes part from now on. */
  takePart(place: GroupPlace, { answerMs = 2, map }: NodeOptions = {}): Subscription {
    let count = 0;
    const member: GroupConversation = {
      askMap: () =>
        deferStep(() => {
          this.asked.push(`${place.name} at ${this.clock.now()}`);
          this.askedAtOnceMax = Math.max(this.askedAtOnceMax, ++this.#askedAtOnce);
          const nth = count++;
          const ms = typeof answerMs === "number" ? answerMs : answerMs(nth);
          const answered$ = ms === Infinity ? NEVER : timer(ms, this.clock);
          return andThen(wait(answered$.pipe(ignoreElements())), () => {
            this.#askedAtOnce--;
            return done({ ...map?.(nth) ?? NOTHING_MISSING, programMs: this.#programMs });
          });
        }),
      reopen: () => act(() => void this.reopened.push(place.name)),
    };
    const opened = { bufferBlocks: 64, programMs: this.#programMs };
    return place.takePart(opened, member).subscribe({
      complete: () => this.ends.set(place.name, "whole"),
      error: (error: Error) => this.ends.set(place.name, error.message),
    });
  }

  /** Enrols nodes, and begins to erase them now. */
  erasing(...names: readonly string[]): readonly GroupPlace[] {
    const places = names.map((name) => this.transfer.enroll(name));
    for (const place of places) place.eraseBegun();
    return places;
  }

  get firstMs(): number | undefined {
    return this.sentAtMs[0];
  }
}
