import {
  catchError,
  concat,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  last,
  map,
  NEVER,
  Observable,
  of,
  type Subscription,
  takeUntil,
  takeWhile,
  tap,
  throwError,
  timer,
} from "rxjs";
import { unreachable } from "../core/mod.ts";
import { type UdsEvent, UdsNegativeResponseError, UdsTimeoutError } from "../uds/mod.ts";
import type { GroupFinding } from "./finding.ts";
import type { GroupNodeUnderTest } from "./node_under_test.ts";
import type { Exchange, SaidMessage, Script, TrialAction, TrialOutcome } from "./script.ts";
import type { TrafficWatch } from "./traffic_watch.ts";

/** So long a node is let wait with the rest of an answer: its first frame is out by then, in ms. */
const HOLD_MS = 100;

/** What a script is played with. */
export interface ScriptParts {
  /** The node. */
  readonly node: GroupNodeUnderTest;
  /** What passes on its own identifiers. */
  readonly watch: TrafficWatch;
  /** Erases the region of the trial; the node says which that is. */
  readonly erase: () => Observable<unknown>;
  /** Has the node compare that region; absent where it cannot. */
  readonly check?: () => Observable<boolean>;
}

/**
 * Plays a script: does what it wants, one after the other, and tells it what came of it.
 *
 * Cold; emits what the script tells, completes at its end; errors when a step of the profile fails or
 * the script gives up. Unsubscribing stops at once.
 *
 * @param script The script; it can be played once.
 * @param parts The node.
 * @returns The findings.
 */
export function runScript(script: Script, parts: ScriptParts): Observable<GroupFinding> {
  return new Observable<GroupFinding>((subscriber) => {
    let current: Subscription | undefined;
    function goOn(outcome: TrialOutcome): void {
      try {
        let { done, value } = script.next(outcome);
        while (done !== true && value !== undefined && value.kind === "tell") {
          subscriber.next(value.finding);
          ({ done, value } = script.next(undefined));
        }
        if (done === true || value === undefined) return subscriber.complete();
        current = perform(value, parts).subscribe({
          next: goOn,
          error: (error: unknown) => subscriber.error(error),
        });
        if (subscriber.closed) current.unsubscribe();
      } catch (error) {
        subscriber.error(error);
      }
    }
    goOn(undefined);
    return () => current?.unsubscribe();
  });
}

/** One value, the outcome, behind all that the action takes. */
function perform(action: TrialAction, parts: ScriptParts): Observable<TrialOutcome> {
  const { node } = parts;
  switch (action.kind) {
    case "ask":
    case "once":
    case "begin":
    case "post":
      return exchange(action, parts);
    case "hold":
      return defer(() => {
        node.holdAnswers(true);
        return exchange(action, parts).pipe(finalize(() => node.holdAnswers(false)));
      });
    case "sayToAll":
      return concat(
        node.sayToAll?.(action.request).pipe(ignoreElements()) ?? EMPTY,
        of(undefined),
      );
    case "say":
      return sayAll(action.messages, action.gapMs, parts);
    case "wait":
      return timer(action.delayMs, node.clock).pipe(map(() => undefined));
    case "tell":
      return of(undefined);
    case "step":
      switch (action.step) {
        case "enter":
          return through(node.enter$);
        case "erase":
          return through(parts.erase());
        case "check":
          return parts.check?.().pipe(last()) ?? of(true);
        default:
          return unreachable(action.step);
      }
    default:
      return unreachable(action);
  }
}

function through(step$: Observable<unknown>): Observable<true> {
  return concat(step$.pipe(ignoreElements()), of(true as const));
}

function exchange(
  { kind, request }: TrialAction & {
    readonly kind: "ask" | "once" | "begin" | "post" | "hold";
  },
  { node, watch }: ScriptParts,
): Observable<Exchange> {
  const isEnough = ({ type }: UdsEvent): boolean =>
    (kind === "begin" && type === "responsePending") || (kind === "post" && type === "sent");
  const enough$ = kind === "hold" ? timer(HOLD_MS, node.clock) : NEVER;
  const options = kind === "once" ? { busyCountMax: 0 } : {};
  return defer(() => {
    let answer: Uint8Array = new Uint8Array(0);
    let pendingCount = 0;
    watch.asked();
    return concat(
      node.client.exchange(request, options).pipe(
        tap((event) => {
          if (event.type === "sent") watch.sent();
          else if (event.type === "responsePending") pendingCount = event.count;
          else if (event.type === "response") answer = event.data;
        }),
        takeWhile((event) => !isEnough(event)),
        takeUntil(enough$),
        ignoreElements(),
        catchError((error: unknown) => {
          if (error instanceof UdsTimeoutError) return EMPTY;
          if (!(error instanceof UdsNegativeResponseError)) return throwError(() => error);
          answer = error.response;
          return EMPTY;
        }),
      ),
      defer(() => of({ answer, pendingCount, firstMs: watch.firstMs })),
    );
  });
}

function sayAll(
  messages: readonly SaidMessage[],
  gapMs: number,
  { node, watch }: ScriptParts,
): Observable<number> {
  return defer(() => {
    const before = watch.messageCount;
    let startMs = -Infinity;
    const one = ({ message, isTorn = false }: SaidMessage): Observable<never> =>
      defer(() => {
        const waitMs = startMs + gapMs - node.clock.now();
        let isFirst = true;
        const said$ = node.say(message, isTorn).pipe(
          tap((atMs) => {
            if (isFirst) startMs = atMs;
            isFirst = false;
          }),
          ignoreElements(),
        );
        return waitMs <= 0
          ? said$
          : concat(timer(waitMs, node.clock).pipe(ignoreElements()), said$);
      });
    return concat(...messages.map(one), defer(() => of(watch.messageCount - before)));
  });
}
