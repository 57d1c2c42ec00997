import { Observable, Subscription } from "rxjs";

/**
 * Lets no more than so many nodes erase at once: charge pumps draw tens of milliamperes each, and a
 * supply that breaks down under all of them takes the nodes with it in the middle of an erase.
 *
 * Who comes first goes first; a turn ends with the stream that was let in, however that ends.
 */
export class EraseTurns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /**
   * All turns are free.
   *
   * @param erasesMax How many at once, 1 and up.
   */
  constructor(erasesMax: number) {
    this.#free = erasesMax;
  }

  /**
   * Makes a stream wait for its turn.
   *
   * @param work$ What needs the turn.
   * @returns The same, begun when it is its turn.
   */
  take<T>(work$: Observable<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
      const work = new Subscription();
      let isOver = false;
      const begin = (): void => {
        this.#free--;
        work.add(work$.subscribe({
          next: (value) => subscriber.next(value),
          error: (error: unknown) => {
            leave();
            subscriber.error(error);
          },
          complete: () => {
            leave();
            subscriber.complete();
          },
        }));
      };
      const leave = (): void => {
        if (isOver) return;
        isOver = true;
        const index = this.#waiting.indexOf(begin);
        if (index >= 0) this.#waiting.splice(index, 1);
        else {
          this.#free++;
          this.#letIn();
        }
      };
      this.#waiting.push(begin);
      this.#letIn();
      return () => {
        work.unsubscribe();
        leave();
      };
    });
  }

  #letIn(): void {
    while (this.#free > 0 && this.#waiting.length > 0) this.#waiting.shift()!();
  }
}
