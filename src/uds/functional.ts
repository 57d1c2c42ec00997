import {
  catchError,
  concatMap,
  EMPTY,
  merge,
  Observable,
  of,
  Subject,
  Subscription,
  throwError,
} from "rxjs";
import { CanvoyError, type Clock } from "../core/mod.ts";
import type { IsoTpLink, IsoTpSendProgress } from "../isotp/mod.ts";
import { UdsTimeoutError } from "./errors.ts";
import { runExchange } from "./exchange.ts";
import type { ExchangeSpec, UdsEvent } from "./exchange_state.ts";
import type { ResponseTimes } from "./timing.ts";

/** What is told of a request to everybody. */
export type FunctionalEvent =
  /** Its frame was on the wire. */
  | { readonly type: "sent"; readonly atMs: number }
  /** A node asked for patience (0x78) for the `count`th time. */
  | { readonly type: "responsePending"; readonly responder: string; readonly count: number }
  /** A node's positive response. */
  | { readonly type: "response"; readonly responder: string; readonly data: Uint8Array }
  /** A node answered negatively, or began to answer and did not end: a value, no failure. */
  | { readonly type: "failed"; readonly responder: string; readonly error: CanvoyError };

/** What a functional request needs. */
export interface FunctionalRequestOptions {
  /** The link on which everybody hears. */
  readonly functionalLink: Pick<IsoTpLink, "send" | "queueingDelayMs">;
  /** The links on which nodes answer, each its own; named by `name` in events. */
  readonly responders: readonly Pick<IsoTpLink, "name" | "indications$">[];
  /** The time it lives in. */
  readonly clock: Clock;
  /** P2: how long the first frames of responses are awaited; P2*: the same after a 0x78. */
  readonly times: ResponseTimes;
  /** How many 0x78 one node may send. */
  readonly responsePendingCountMax: number;
  /** Longest time from the request to the last response, in ms. */
  readonly totalMsMax: number;
}

/**
 * Asks all nodes of a bus at once and hears those who answer. Silence is no failure.
 *
 * Cold; emits `sent`, then what each node answers as it comes, at most one `response` or `failed` a
 * node; completes when P2 has gone by and no node is still answering. Errors only when the request
 * could not be sent. Unsubscribing stops listening.
 *
 * @param request What fits one frame.
 * @param options Links, waits and bounds.
 * @returns What is told of it.
 * @throws {RangeError} If the request is empty.
 */
export function requestFunctionally(
  request: Uint8Array,
  options: FunctionalRequestOptions,
): Observable<FunctionalEvent> {
  if (request.length === 0) throw new RangeError("Cannot send an empty request");
  const { functionalLink, responders, clock, times, responsePendingCountMax, totalMsMax } = options;
  const spec: ExchangeSpec = {
    request,
    times,
    statedP2StarMs: times.p2StarMs,
    limits: { responsePendingCountMax, totalMsMax, busyCountMax: 0, busyDelayMs: 0 },
  };
  return new Observable<FunctionalEvent>((subscriber) => {
    // Every responder listens and awaits the same transmission before it begins.
    const progress$ = new Subject<IsoTpSendProgress>();
    const sent$ = progress$.pipe(
      concatMap((progress): Observable<FunctionalEvent> =>
        progress.type === "sent" ? of({ type: "sent", atMs: progress.atMs }) : EMPTY
      ),
    );
    const answers = responders.map(({ name, indications$ }) => {
      const link = {
        name,
        indications$,
        send: () => progress$,
        queueingDelayMs: () => functionalLink.queueingDelayMs(),
      };
      return runExchange(link, clock, () => spec).pipe(
        concatMap((event) => toFunctionalEvent(name, event)),
        catchError((error: unknown) => toFailure(name, error)),
      );
    });
    const subscription = new Subscription();
    subscription.add(merge(sent$, ...answers).subscribe(subscriber));
    subscription.add(
      functionalLink.send(request).subscribe({
        next: (progress) => progress$.next(progress),
        error: (error: unknown) => subscriber.error(error),
        complete: () => progress$.complete(),
      }),
    );
    return subscription;
  });
}

function toFunctionalEvent(responder: string, event: UdsEvent): Observable<FunctionalEvent> {
  switch (event.type) {
    case "response":
      return of({ type: "response", responder, data: event.data });
    case "responsePending":
      return of({ type: "responsePending", responder, count: event.count });
    default:
      return EMPTY;
  }
}

function toFailure(responder: string, error: unknown): Observable<FunctionalEvent> {
  if (!(error instanceof CanvoyError)) return throwError(() => error);
  const isSilence = error instanceof UdsTimeoutError && error.wait !== "responseEnd" &&
    error.responsePendingCount === 0;
  return isSilence ? EMPTY : of({ type: "failed", responder, error });
}
