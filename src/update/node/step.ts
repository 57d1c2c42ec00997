import {
  concat,
  defer,
  EMPTY,
  filter,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  repeat,
  throwError,
  timer,
} from "rxjs";
import { catchError, tap } from "rxjs";
import { type BeforeNextTry, type Clock, retrying } from "../../core/mod.ts";
import type { NodeEvent } from "./events.ts";

/** What a step came to: one value of its stream. */
export class Result<T> {
  /**
   * Holds it.
   *
   * @param value What the step came to.
   */
  constructor(readonly value: T) {}
}

declare const GIVES: unique symbol;

/**
 * A step of a node's conversation: cold; its events, and exactly one {@linkcode Result} of type `T`;
 * errors as it fails. Two subscriptions are two conversations: what a step remembers, it remembers for
 * one of them.
 *
 * The mark is in the type alone: a stream of mere events is no step, so that none can stand where a
 * result is due. The functions of this file make steps of steps.
 */
export type Step<T> = Observable<NodeEvent | Result<T>> & { readonly [GIVES]: T };

/** A step, or what makes it when it is its turn. */
export type StepOrMaker<T> = Step<T> | (() => Step<T>);

/** A step completed without a result, or gave two: a mistake of ours, and no failure of a node. */
export class StepResultError extends Error {
  /**
   * Says which of them.
   *
   * @param count How many results there were.
   */
  constructor(count: number) {
    super(`Cannot go on behind a step: it gave ${count} results in place of one`);
    this.name = "StepResultError";
  }
}

/** Counts what one subscription to a step gives. */
class Outcome<T> {
  #result: Result<T> | undefined;

  readonly isEvent = (item: NodeEvent | Result<T>): item is NodeEvent => {
    if (!(item instanceof Result)) return true;
    if (this.#result !== undefined) throw new StepResultError(2);
    this.#result = item;
    return false;
  };

  /** @throws {StepResultError} If there was none. */
  get value(): T {
    if (this.#result === undefined) throw new StepResultError(0);
    return this.#result.value;
  }
}

function asStep<T>(stream: Observable<NodeEvent | Result<T>>): Step<T> {
  return stream as Step<T>;
}

function begin<T>(step: StepOrMaker<T>): Observable<NodeEvent | Result<T>> {
  return typeof step === "function" ? defer(step) : step;
}

/** Emits at once. */
const NOW: Observable<true> = of(true);

const NOTHING: Step<void> = asStep(of(new Result<void>(undefined)));

/**
 * Has nothing to do.
 *
 * @returns A step without events.
 */
export function done(): Step<void>;
/**
 * Has nothing to do, as the result is there.
 *
 * @param value The result.
 * @returns A step without events.
 */
export function done<T>(value: T): Step<T>;
export function done<T>(value?: T): Step<T | undefined> | Step<void> {
  return value === undefined ? NOTHING : asStep(of(new Result(value)));
}

/**
 * Fails at once.
 *
 * @param makeError Makes the error.
 * @returns A step that errors with it.
 */
export function fail(makeError: () => unknown): Step<never> {
  return asStep(throwError(makeError));
}

/**
 * Says something.
 *
 * @param events The events.
 * @returns A step of these events.
 */
export function tell(...events: readonly NodeEvent[]): Step<void> {
  return asStep(of(...events, new Result<void>(undefined)));
}

/**
 * Does something that says nothing and is soon done.
 *
 * @param what Does it; what it throws, the step errors with.
 * @returns A step with what it returns as its result.
 */
export function act<T>(what: () => T): Step<T> {
  return asStep(defer(() => of(new Result(what()))));
}

/**
 * Waits until a stream without values completes.
 *
 * @param stream$ The stream.
 * @returns A step without events; errors as the stream does.
 */
export function wait(stream$: Observable<never>): Step<void> {
  return asStep(concat(stream$, NOTHING));
}

/**
 * Makes a step of a stream of events that completes when all is done. Where something cuts the stream
 * short, that something must error: completing is success.
 *
 * @param events$ The stream.
 * @returns A step of its events.
 */
export function stepOf(events$: Observable<NodeEvent>): Step<void> {
  return asStep(concat(events$, NOTHING));
}

/**
 * Makes a step anew for each subscription: what it remembers is declared within.
 *
 * @param make Makes it.
 * @returns The step.
 */
export function deferStep<T>(make: () => Step<T>): Step<T> {
  return asStep(defer(make));
}

/**
 * Goes on with what a step came to.
 *
 * @param step The step.
 * @param next Makes what follows of its result.
 * @returns The events of both and the result of the second; errors with {@linkcode StepResultError}
 * where the first gives not exactly one result.
 */
export function andThen<T, U>(step: Step<T>, next: (value: T) => Step<U>): Step<U> {
  return asStep(defer(() => {
    const outcome = new Outcome<T>();
    return concat(step.pipe(filter(outcome.isEvent)), defer(() => next(outcome.value)));
  }));
}

/**
 * Takes steps one after the other, each begun when the one before is done.
 *
 * @param steps The steps; what they come to is nobody's concern.
 * @returns Their events; errors with the first failure, or as {@linkcode andThen}.
 */
export function inOrder(...steps: readonly StepOrMaker<unknown>[]): Step<void> {
  return asStep(concat(...steps.map(eventsOf), NOTHING));
}

/**
 * Takes steps one after the other and keeps what each came to.
 *
 * @param steps The steps.
 * @returns Their events, and their results in the same order; errors with the first failure.
 */
export function inOrderKeeping<T>(steps: readonly StepOrMaker<T>[]): Step<readonly T[]> {
  return asStep(defer(() => {
    const values: T[] = [];
    const kept = steps.map((step) =>
      defer(() => {
        const outcome = new Outcome<T>();
        const kept$ = defer(() => {
          values.push(outcome.value);
          return EMPTY;
        });
        return concat(begin(step).pipe(filter(outcome.isEvent)), kept$);
      })
    );
    return concat(...kept, of(new Result(values)));
  }));
}

/**
 * Goes on in another way where a step fails.
 *
 * @param step The step.
 * @param recovery Makes what follows a failure; `undefined` leaves it a failure.
 * @returns The step, and where it failed what follows.
 */
export function recover<T>(
  step: Step<T>,
  recovery: (error: unknown) => Step<T> | undefined,
): Step<T> {
  return asStep(
    step.pipe(catchError((error: unknown) => recovery(error) ?? throwError(() => error))),
  );
}

/**
 * Notices a step's events.
 *
 * @param step The step.
 * @param notice Is told each event before it goes on.
 * @returns The step as it is.
 */
export function watching<T>(step: Step<T>, notice: (event: NodeEvent) => void): Step<T> {
  return through(
    step,
    tap((item) => {
      if (!(item instanceof Result)) notice(item);
    }),
  );
}

/**
 * Puts a step through an operator that leaves its result in place: whatever takes it away is noticed
 * as {@linkcode andThen} does.
 *
 * @param step The step.
 * @param operator The operator.
 * @returns The step.
 */
export function through<T>(
  step: Step<T>,
  operator: MonoTypeOperatorFunction<NodeEvent | Result<T>>,
): Step<T> {
  return asStep(step.pipe(operator));
}

/**
 * {@linkcode retrying}, for steps.
 *
 * @param makeTry Makes one try, given its number, from 1.
 * @param decide Says whether a failed try is followed by another; `undefined` gives up. It must end.
 * @returns The tries, one after the other; the result of the one that worked.
 */
export function retryingStep<T>(
  makeTry: (number: number) => Step<T>,
  decide: (error: unknown, number: number) => BeforeNextTry<NodeEvent> | undefined,
): Step<T> {
  return asStep(retrying<NodeEvent | Result<T>>(makeTry, decide));
}

/** When something is asked again. */
export interface Repetition<T> {
  /** Asked after each round, with its result: whether it was the last. It must come to an end. */
  readonly isOver: (value: T) => boolean;
  /** The pause between two rounds; none where it is absent. */
  readonly every?: {
    /** Its length, in ms. */
    readonly ms: number;
    /** The time that it is in. */
    readonly clock: Clock;
  };
}

/**
 * Takes rounds of the same until one was the last: the one way to ask until something holds.
 *
 * @param round One round, or what makes it of the result of the one before; `undefined`: the first.
 * @param repetition When there is another.
 * @returns The events of all rounds and the result of the last; errors with the first that errors.
 */
export function repeatUntil<T>(
  round: Step<T> | ((last: T | undefined) => Step<T>),
  { isOver, every }: Repetition<T>,
): Step<T> {
  return asStep(defer(() => {
    let outcome: Outcome<T> | undefined;
    const round$ = defer(() => {
      const step = typeof round === "function" ? round(outcome?.value) : round;
      outcome = new Outcome<T>();
      return step.pipe(filter(outcome.isEvent));
    });
    const again = (): Observable<unknown> => {
      if (isOver(outcome!.value)) return EMPTY;
      return every === undefined ? NOW : timer(every.ms, every.clock);
    };
    return concat(
      round$.pipe(repeat({ delay: again })),
      defer(() => of(new Result(outcome!.value))),
    );
  }));
}

/**
 * Drops what a step came to.
 *
 * @param step The step.
 * @returns Its events; errors as {@linkcode andThen}.
 */
export function eventsOf<T>(step: StepOrMaker<T>): Observable<NodeEvent> {
  return defer(() => {
    const outcome = new Outcome<T>();
    return concat(
      begin(step).pipe(filter(outcome.isEvent)),
      defer(() => {
        void outcome.value;
        return EMPTY;
      }),
    );
  });
}

/**
 * Drops what a step says.
 *
 * @param step The step.
 * @returns What it came to: one value; errors as {@linkcode andThen}.
 */
export function resultOf<T>(step: Step<T>): Observable<T> {
  return defer(() => {
    const outcome = new Outcome<T>();
    return concat(
      step.pipe(filter((item): item is never => outcome.isEvent(item) && false)),
      defer(() => of(outcome.value)),
    );
  });
}
