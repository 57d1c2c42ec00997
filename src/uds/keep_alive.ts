import { catchError, concatMap, EMPTY, exhaustMap, type Observable, of, timer } from "rxjs";
import type { Clock } from "../core/mod.ts";
import type { IsoTpLink } from "../isotp/mod.ts";
import { encodeTesterPresentRequest } from "./services/tester_present.ts";

/** What is told of the keep-alive of a bus. */
export type KeepAliveEvent =
  /** A TesterPresent was on the wire. */
  | { readonly type: "sent"; readonly atMs: number }
  /** One could not be sent: the next is tried all the same. */
  | { readonly type: "failed"; readonly error: unknown };

/** What a keep-alive needs. */
export interface KeepAliveOptions {
  /** The link whose identifier every node of the bus hears: never a node's physical one. */
  readonly functionalLink: Pick<IsoTpLink, "send">;
  /** The time it lives in. */
  readonly clock: Clock;
  /** S3 client in ms: a TesterPresent goes out at once and each half of it. */
  readonly s3Ms: number;
}

/**
 * Keeps the sessions of all nodes of a bus: TesterPresent without response (`3E 80`) at once and
 * then each half of S3, on the functional identifier. It is no request of any client: nothing waits
 * for it, and no message to a node is interrupted by it. While one still waits for the bus, none is
 * added.
 *
 * Cold; endless: unsubscribing ends it; never errors. One that could not be sent (the bus is off) is
 * an event.
 *
 * Source: ISO 14229-2:2013, "Session layer timing parameters" (S3Client).
 *
 * @param options Link, clock and S3.
 * @returns What is told of it.
 */
export function keepBusAlive(options: KeepAliveOptions): Observable<KeepAliveEvent> {
  const { functionalLink, clock, s3Ms } = options;
  const request = encodeTesterPresentRequest({ suppressPositiveResponse: true });
  return timer(0, s3Ms / 2, clock).pipe(
    exhaustMap(() =>
      functionalLink.send(request).pipe(
        concatMap((progress): Observable<KeepAliveEvent> =>
          progress.type === "sent" ? of({ type: "sent", atMs: progress.atMs }) : EMPTY
        ),
        catchError((error: unknown) => of<KeepAliveEvent>({ type: "failed", error })),
      )
    ),
  );
}
