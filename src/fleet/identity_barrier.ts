import { concat, defer, EMPTY, type Observable, ReplaySubject, share } from "rxjs";
import { type Clock, Timer } from "../core/mod.ts";

/** How long those who passed wait for the next one, in ms: silence must not hold up a fleet. */
const WAIT_AFTER_LAST_MS = 300;

/**
 * Lets nobody go on before the nodes were asked what they are: until then nothing but reading
 * requests is on any bus. Then the buses are told, once; a bus whose nodes are all refused hears
 * nothing. Who comes late goes on at once, after being asked.
 */
export class IdentityBarrier {
  readonly #missing: Set<string>;
  readonly #members: Set<string>;
  readonly #passed = new Set<string>();
  readonly #over = new ReplaySubject<never>(1);
  readonly #told$: Observable<never>;
  readonly #timer: Timer;
  readonly #clock: Clock;

  /**
   * @param names The nodes.
   * @param clock The time it lives in.
   * @param tell Tells the buses what is to come, given the nodes that are not refused; subscribed to
   * once.
   */
  constructor(
    names: readonly string[],
    clock: Clock,
    tell: (members: ReadonlySet<string>) => Observable<never>,
  ) {
    this.#missing = new Set(names);
    this.#members = new Set(names);
    this.#clock = clock;
    this.#timer = new Timer(clock, () => this.#end());
    const told$ = defer(() => this.#passed.size === 0 ? EMPTY : tell(this.#members));
    this.#told$ = concat(this.#over, told$).pipe(
      share({ connector: () => new ReplaySubject<never>(1), resetOnComplete: false }),
    );
  }

  /** Whom the buses were told of; nobody when no node passed. */
  get told(): ReadonlySet<string> {
    return this.#passed.size === 0 ? this.#passed : this.#members;
  }

  /**
   * @param name The node.
   * @returns Cold; subscribing says that the node passed; completes when the buses were told.
   */
  pass(name: string): Observable<never> {
    return defer(() => {
      this.#passed.add(name);
      this.#missing.delete(name);
      if (this.#missing.size === 0) this.#end();
      else this.#timer.setAt(this.#clock.now() + WAIT_AFTER_LAST_MS);
      return this.#told$;
    });
  }

  /**
   * A node has ended: nobody waits for it.
   *
   * @param name The node.
   */
  leave(name: string): void {
    if (!this.#passed.has(name)) this.#members.delete(name);
    this.#missing.delete(name);
    if (this.#missing.size === 0) this.#end();
  }

  #end(): void {
    this.#timer.clear();
    this.#over.complete();
  }
}
