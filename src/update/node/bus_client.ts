import { catchError, concat, defer, type Observable, takeUntil, throwError } from "rxjs";
import { IsoTpError, type UdsClient, UdsTimeoutError } from "../../uds/mod.ts";
import {
  BusAbsenceError,
  type BusPresence,
  noticeAbsence,
  SESSION_HOLDS_MS,
} from "./bus_presence.ts";
import type { Cancellation } from "./cancellation.ts";

/**
 * Stands before a node's client: what fails there while the bus is away is told only when the bus is
 * back, so that nobody spends tries on it; after an absence that no session outlives as
 * {@linkcode BusAbsenceError}, which no block and no request is tried again after.
 *
 * @param client The client.
 * @param bus Its bus.
 * @param cancellation The wish to stop: then nothing is held any longer.
 * @returns The same; its exchanges also error with `BusAwayError`.
 */
export function clientOfBus(
  client: UdsClient,
  bus: BusPresence,
  cancellation: Cancellation,
): UdsClient {
  const held = <T>(exchange$: Observable<T>): Observable<T> =>
    defer(() => {
      const wasAway = noticeAbsence(bus);
      return exchange$.pipe(catchError((error: unknown) => {
        const isSilence = error instanceof UdsTimeoutError || error instanceof IsoTpError;
        if (!isSilence || !wasAway()) return throwError(() => error);
        return concat(
          bus.back().pipe(takeUntil(cancellation.requested$)),
          throwError(() =>
            bus.awayMs > SESSION_HOLDS_MS
              ? new BusAbsenceError(bus.awayMs, { cause: error })
              : error
          ),
        );
      }));
    });
  return {
    name: client.name,
    get times() {
      return client.times;
    },
    traffic$: client.traffic$,
    exchange: (request, options) => held(client.exchange(request, options)),
    request: (request, options) => held(client.request(request, options)),
  };
}
