import { Observable, type Subscription } from "rxjs";

/**
 * Lets one piece of work in at a time, first come, first served, and keeps a bounded number waiting.
 */
export class RequestQueue {
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  /**
   * Makes an empty queue.
   *
   * @param waitingMax How many may wait beside the one that is in.
   */
  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /**
   * Subscribes to work when its turn comes, and gives the turn on when it ended or was unsubscribed.
   *
   * @param work$ The work.
   * @param onFull Makes the error when too many wait.
   * @returns The work's values; cold.
   */
  enqueue<T>(work$: Observable<T>, onFull: () => Error): Observable<T> {
    return new Observable<T>((subscriber) => {
      let inner: Subscription | undefined;
      let isReleased = false;
      // The work is let go before the next begins, whichever way it ends.
      const release = (): void => {
        if (isReleased) return;
        isReleased = true;
        inner?.unsubscribe();
        this.#leave(begin);
      };
      const begin = (): void => {
        this.#isTaken = true;
        inner = work$.subscribe({
          next: (value) => subscriber.next(value),
          error: (error: unknown) => {
            release();
            subscriber.error(error);
          },
          complete: () => {
            release();
            subscriber.complete();
          },
        });
        if (isReleased) inner.unsubscribe();
      };
      if (!this.#isTaken) begin();
      else if (this.#waiting.length < this.#waitingMax) this.#waiting.push(begin);
      else {
        isReleased = true;
        subscriber.error(onFull());
      }
      return release;
    });
  }

  #leave(begin: () => void): void {
    const index = this.#waiting.indexOf(begin);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      return;
    }
    this.#isTaken = false;
    this.#waiting.shift()?.();
  }
}
