import { type SchedulerAction, Subscription } from "rxjs";
import { assert } from "./assert.ts";

/**
 * Work waiting for its time, first due first, and among equals first scheduled first.
 *
 * An indexed binary heap: adding, moving and removing cost O(log n), and a cancelled action leaves
 * at once, so a queue never holds more than is really waiting. Virtual and real clocks share it.
 */
export class TimeQueue {
  readonly #heap: TimedAction<unknown>[] = [];
  #sequence = 0;

  /** How many actions wait. */
  get size(): number {
    return this.#heap.length;
  }

  /** When the first action is due, in ms; `Infinity` when none waits. */
  get nextDueMs(): number {
    return this.#heap.length === 0 ? Infinity : this.#heap[0]!.dueMs;
  }

  /**
   * Adds an action, or moves it when it waits already.
   *
   * @param action The action.
   * @param dueMs When it is due.
   */
  add(action: TimedAction<unknown>, dueMs: number): void {
    const earlier = action.heapIndex >= 0 && dueMs < action.dueMs;
    action.dueMs = dueMs;
    action.sequence = this.#sequence++;
    if (action.heapIndex < 0) {
      action.heapIndex = this.#heap.length;
      this.#heap.push(action);
      this.#siftUp(action.heapIndex);
    } else if (earlier) this.#siftUp(action.heapIndex);
    else this.#siftDown(action.heapIndex);
  }

  /**
   * Takes an action out before its time; nothing happens when it does not wait.
   *
   * @param action The action.
   */
  remove(action: TimedAction<unknown>): void {
    const index = action.heapIndex;
    if (index < 0) return;
    action.heapIndex = -1;
    const last = this.#heap.pop()!;
    if (last === action) return;
    this.#heap[index] = last;
    last.heapIndex = index;
    this.#siftUp(index);
    this.#siftDown(last.heapIndex);
  }

  /**
   * Takes the first action out.
   *
   * @returns It; the caller runs it.
   */
  shift(): TimedAction<unknown> {
    const first = this.#heap[0];
    assert(first !== undefined, "an action is taken only from a queue that has one");
    this.remove(first);
    return first;
  }

  #siftUp(start: number): void {
    const heap = this.#heap;
    const action = heap[start]!;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex]!;
      if (!isBefore(action, parent)) break;
      heap[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    heap[index] = action;
    action.heapIndex = index;
  }

  #siftDown(start: number): void {
    const heap = this.#heap;
    const action = heap[start]!;
    let index = start;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= heap.length) break;
      const right = childIndex + 1;
      if (right < heap.length && isBefore(heap[right]!, heap[childIndex]!)) childIndex = right;
      const child = heap[childIndex]!;
      if (!isBefore(child, action)) break;
      heap[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    heap[index] = action;
    action.heapIndex = index;
  }
}

function isBefore(left: TimedAction<unknown>, right: TimedAction<unknown>): boolean {
  return left.dueMs < right.dueMs ||
    (left.dueMs === right.dueMs && left.sequence < right.sequence);
}

/** One piece of scheduled work; it may schedule itself again without a new allocation. */
export class TimedAction<T> extends Subscription implements SchedulerAction<T> {
  /** When it is due, in ms. */
  dueMs: number = 0;
  /** Order among equals. */
  sequence: number = 0;
  /** Its place in the heap; -1 when it does not wait. */
  heapIndex: number = -1;
  #state: T | undefined;
  readonly #work: (this: SchedulerAction<T>, state: T) => void;
  readonly #place: (action: TimedAction<unknown>, delayMs: number) => void;

  /**
   * Makes an action that does not wait yet.
   *
   * @param work What to do when due.
   * @param place Puts the action into its clock's queue, `delayMs` from now.
   * @param queue The queue that an unsubscribed action leaves.
   */
  constructor(
    work: (this: SchedulerAction<T>, state: T) => void,
    place: (action: TimedAction<unknown>, delayMs: number) => void,
    queue: TimeQueue,
  ) {
    super(() => queue.remove(this as TimedAction<unknown>));
    this.#work = work;
    this.#place = place;
  }

  /**
   * Schedules it, or moves it to another time when it waits already.
   *
   * @param state What `work` is given.
   * @param delayMs From now; less than 0 counts as 0.
   * @returns The action itself.
   */
  schedule(state?: T, delayMs = 0): Subscription {
    if (this.closed) return this;
    this.#state = state;
    this.#place(this as TimedAction<unknown>, delayMs);
    return this;
  }

  /** Does the work; only clocks call it. */
  execute(): void {
    if (!this.closed) this.#work.call(this, this.#state as T);
  }
}
