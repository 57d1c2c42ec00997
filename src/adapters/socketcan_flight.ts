import { type CanFrame, canIdKey } from "../can/mod.ts";

/** A frame that the kernel has taken, and whose echo is awaited. */
export interface FlyingFrame {
  /** The frame. */
  readonly frame: CanFrame;
  /** When the kernel took it, in ms. */
  readonly sinceMs: number;
}

/** What an echo, or its absence, says of frames in flight. */
export interface FlightEnd<T extends FlyingFrame> {
  /** The frames that have ended, in the order in which they were sent. */
  readonly ended: readonly T[];
  /** How many of them, from the first, never came back; the one after them was sent. */
  readonly lostCount: number;
}

/** Identifiers of frames given up that are remembered, in case their echo comes after all. */
const GHOSTS_MAX = 64;

/**
 * Frames in flight of one interface, in the order in which the kernel took them; a pure machine.
 *
 * The kernel loops each frame back to other sockets when its driver has seen it sent (at once, where
 * a driver cannot tell). Interfaces keep the order, so an echo tells that the frame was sent and
 * that all before it are lost: a queue discipline may drop a frame, its echo with it, and report
 * success. A frame that was given up and is heard later is known as ours, not as another's.
 */
export class FramesInFlight<T extends FlyingFrame> {
  readonly #flying: T[] = [];
  readonly #ghosts: CanFrame[] = [];

  /** How many there are. */
  get size(): number {
    return this.#flying.length;
  }

  /** Since when the oldest is in flight, in ms; `Infinity` where none is. */
  get oldestSinceMs(): number {
    return this.#flying[0]?.sinceMs ?? Infinity;
  }

  /** The frames, the oldest first. */
  get frames(): readonly CanFrame[] {
    return this.#flying.map(({ frame }) => frame);
  }

  /**
   * The kernel has taken a frame.
   *
   * @param flying The frame.
   */
  add(flying: T): void {
    this.#flying.push(flying);
  }

  /**
   * A frame was heard: whose was it?
   *
   * @param heard The frame; only identifier and data count.
   * @returns What has ended by it; `undefined` for a frame that nobody here sent.
   */
  heard(heard: CanFrame): FlightEnd<T> | undefined {
    const at = this.#flying.findIndex(({ frame }) => isSame(frame, heard));
    if (at === 0) return { ended: [this.#flying.shift()!], lostCount: 0 };
    if (at > 0) {
      const lost = this.#giveUp(at);
      return { ended: [...lost, this.#flying.shift()!], lostCount: at };
    }
    const ghost = this.#ghosts.findIndex((frame) => isSame(frame, heard));
    if (ghost < 0) return undefined;
    this.#ghosts.splice(ghost, 1);
    return { ended: [], lostCount: 0 };
  }

  /**
   * Gives up what is in flight for too long.
   *
   * @param beforeMs Frames that the kernel took before, or then, are given up.
   * @returns Those frames.
   */
  expire(beforeMs: number): readonly T[] {
    const kept = this.#flying.findIndex(({ sinceMs }) => sinceMs > beforeMs);
    return this.#giveUp(kept < 0 ? this.#flying.length : kept);
  }

  /**
   * Gives up everything.
   *
   * @returns What was in flight.
   */
  clear(): readonly T[] {
    return this.#giveUp(this.#flying.length);
  }

  #giveUp(count: number): readonly T[] {
    const given = this.#flying.splice(0, count);
    for (const { frame } of given) this.#ghosts.push(frame);
    if (this.#ghosts.length > GHOSTS_MAX) this.#ghosts.splice(0, this.#ghosts.length - GHOSTS_MAX);
    return given;
  }
}

function isSame(left: CanFrame, right: CanFrame): boolean {
  if (canIdKey(left) !== canIdKey(right) || left.data.length !== right.data.length) return false;
  for (let i = 0; i < left.data.length; i++) if (left.data[i] !== right.data[i]) return false;
  return true;
}
