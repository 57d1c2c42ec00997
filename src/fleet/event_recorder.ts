import {
  defer,
  EMPTY,
  endWith,
  ignoreElements,
  map,
  type MonoTypeOperatorFunction,
  Observable,
  observeOn,
  race,
  ReplaySubject,
  Subject,
  takeUntil,
  timer,
} from "rxjs";
import { CanvoyError, type Clock } from "../core/mod.ts";
import { type ErrorReport, toErrorReport } from "../update/mod.ts";
import type { EventJournal } from "./event_journal.ts";
import type { FleetEvent } from "./events.ts";

/** How long an erase waits for its announcement to be written, in ms: a disk that spins up is quicker. */
const WRITE_MS_MAX = 30_000;

/** The journal took too long: its disk hangs. */
export class JournalStalledError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "JOURNAL_STALLED";

  /** Says how long it took. */
  constructor() {
    super(`Cannot write journal: nothing was taken within ${WRITE_MS_MAX} ms`);
  }
}

/**
 * Hands a run's events to its journal and knows when they are safe. Once the journal has failed
 * nothing more is handed over.
 */
export class EventRecorder {
  /** Emits why the journal failed, once, and completes then; a moment after `hasFailed` is true. */
  readonly failed$: Observable<ErrorReport>;
  readonly #journal: EventJournal | undefined;
  readonly #clock: Clock;
  readonly #failed = new ReplaySubject<ErrorReport>(1);
  #hasFailed = false;
  #last$: Observable<void> = EMPTY;

  /**
   * @param journal Where events go; nowhere, and nobody waits, when it is absent.
   * @param clock The time it lives in.
   */
  constructor(journal: EventJournal | undefined, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
    // Never within the event whose writing failed: those behind it in the stream come first.
    this.failed$ = this.#failed.pipe(observeOn(clock));
  }

  /** Whether the journal has failed. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /**
   * Hands each event over once everybody behind has seen it.
   *
   * @returns The operator.
   */
  record(): MonoTypeOperatorFunction<FleetEvent> {
    return (source) =>
      new Observable((subscriber) => {
        // Whoever has enough at an event that comes at once has subscribed to nothing yet.
        const hasEnough = new Subject<void>();
        subscriber.add(() => hasEnough.next());
        return source.pipe(takeUntil(hasEnough)).subscribe({
          next: (event) => {
            subscriber.next(event);
            this.#append(event);
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        });
      });
  }

  /**
   * @returns Cold; completes when all that was handed over before is safe, or the journal has failed.
   */
  settled(): Observable<never> {
    return defer(() => {
      if (this.#hasFailed) return EMPTY;
      const late$ = timer(WRITE_MS_MAX, this.#clock).pipe(
        map(() => this.#fail(new JournalStalledError())),
      );
      return race(this.#last$.pipe(endWith(undefined)), late$).pipe(ignoreElements());
    });
  }

  #append(event: FleetEvent): void {
    if (this.#journal === undefined || this.#hasFailed) return;
    const end = new ReplaySubject<void>(1);
    this.#last$ = end;
    this.#journal.append([event]).subscribe({
      error: (error: unknown) => {
        this.#fail(error);
        end.complete();
      },
      complete: () => end.complete(),
    });
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failed.next(toErrorReport(error));
    this.#failed.complete();
  }
}
