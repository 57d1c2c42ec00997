import { Observable, Subscriber } from "rxjs";

/** How many may be in, and how many may wait. */
export interface TurnsOptions {
  /** How many streams run at once, 1 and up; 1 by default. */
  readonly atOnceMax?: number;
  /** How many wait beside them; any number by default. */
  readonly waitingMax?: number;
}

/**
 * Lets no more than so many streams run at once: requests to one node, erases on one supply, messages
 * on one identifier.
 *
 * Who comes first goes first. A turn ends with the stream that was let in, however that ends: it is
 * let go, the next one begins, and only then is its own subscriber told; one that ends within its
 * beginning is told before the next one begins.
 */
export class Turns {
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #free: number;
  #isLettingIn = false;

  /**
   * All turns are free.
   *
   * @param options How many.
   */
  constructor({ atOnceMax = 1, waitingMax = Infinity }: TurnsOptions = {}) {
    this.#free = atOnceMax;
    this.#waitingMax = waitingMax;
  }

  /**
   * Makes a stream wait for its turn.
   *
   * @param work$ What needs the turn.
   * @param onFull Makes the error where too many wait.
   * @returns The same, cold, begun when it is its turn.
   */
  take<T>(work$: Observable<T>, onFull: () => Error = tooMany): Observable<T> {
    return new Observable<T>((subscriber) => {
      let isOver = false;
      const leave = (): void => {
        if (isOver) return;
        isOver = true;
        work.unsubscribe();
        this.#leave(begin);
      };
      // Made first: what is given up at what it says as it begins goes no further.
      const work = new Subscriber<T>({
        next: (value) => subscriber.next(value),
        error: (error: unknown) => {
          leave();
          subscriber.error(error);
        },
        complete: () => {
          leave();
          subscriber.complete();
        },
      });
      const begin = (): void => {
        this.#free--;
        work$.subscribe(work);
      };
      subscriber.add(leave);
      if (this.#free > 0 && this.#waiting.length === 0) begin();
      else if (this.#waiting.length < this.#waitingMax) this.#waiting.push(begin);
      else {
        isOver = true;
        subscriber.error(onFull());
      }
    });
  }

  #leave(begin: () => void): void {
    const index = this.#waiting.indexOf(begin);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      return;
    }
    this.#free++;
    this.#letIn();
  }

  /** One after the other: of a thousand that end at once, as on a stop, none begins within another. */
  #letIn(): void {
    if (this.#isLettingIn) return;
    this.#isLettingIn = true;
    try {
      while (this.#free > 0 && this.#waiting.length > 0) this.#waiting.shift()!();
    } finally {
      this.#isLettingIn = false;
    }
  }
}

function tooMany(): Error {
  return new RangeError("Too many wait for their turn");
}
