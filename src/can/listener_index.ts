import { type CanFrame, canIdKey } from "./frame.ts";
import type { FrameListener } from "./port.ts";

/** One call of `listen` or `listenAll`. */
interface Listening {
  readonly listener: FrameListener;
  isOver: boolean;
}

/**
 * Listeners of one port by identifier, for those who implement a `CanPort`: a look-up per frame,
 * however many there are. Lists are replaced, never changed, so a listener may come or go while a
 * frame is being delivered; one that went hears nothing more, not even that frame.
 */
export class ListenerIndex {
  readonly #byKey = new Map<number, readonly Listening[]>();
  #all: readonly Listening[] = [];

  /** Whether any frame at all is listened to. */
  get hearsAll(): boolean {
    return this.#all.length > 0;
  }

  /** The identifiers that have listeners of their own, as `canIdKey()` makes them. */
  get keys(): Iterable<number> {
    return this.#byKey.keys();
  }

  /**
   * Tells whether an identifier is listened to.
   *
   * @param key What `canIdKey()` makes of it.
   * @returns Whether it has a listener of its own.
   */
  hears(key: number): boolean {
    return this.#byKey.has(key);
  }

  /**
   * Adds a listener.
   *
   * @param key The identifier, or `undefined` for all frames.
   * @param listener The listener.
   * @returns Call it to take the listener away; `false` when it is gone already.
   */
  add(key: number | undefined, listener: FrameListener): () => boolean {
    const listening: Listening = { listener, isOver: false };
    this.#set(key, [...this.#of(key), listening]);
    return () => {
      if (listening.isOver) return false;
      listening.isOver = true;
      this.#set(key, this.#of(key).filter((other) => other !== listening));
      return true;
    };
  }

  /** Takes all listeners away. */
  clear(): void {
    for (const list of [this.#all, ...this.#byKey.values()]) {
      for (const listening of list) listening.isOver = true;
    }
    this.#all = [];
    this.#byKey.clear();
  }

  /**
   * Calls the listeners of a frame: those of its identifier first.
   *
   * @param frame The frame.
   * @param atMs When its last bit was received.
   */
  deliver(frame: CanFrame, atMs: number): void {
    const own = this.#byKey.get(canIdKey(frame));
    const all = this.#all;
    if (own !== undefined) { for (const each of own) if (!each.isOver) each.listener(frame, atMs); }
    for (const each of all) if (!each.isOver) each.listener(frame, atMs);
  }

  #of(key: number | undefined): readonly Listening[] {
    return key === undefined ? this.#all : this.#byKey.get(key) ?? [];
  }

  #set(key: number | undefined, list: readonly Listening[]): void {
    if (key === undefined) this.#all = list;
    else if (list.length > 0) this.#byKey.set(key, list);
    else this.#byKey.delete(key);
  }
}
