import { catchError, defer, type Observable, throwError } from "rxjs";
import { CanvoyError, type Clock } from "../../core/mod.ts";
import {
  type ExchangeOptions,
  IsoTpError,
  type UdsClient,
  UdsTimeoutError,
} from "../../uds/mod.ts";

/**
 * How long a node's requests that met silence may take together in one update, in ms. Tries multiply:
 * blocks, segments and nodes are each tried again, and a node that loses every other block would be
 * written for days. A bus that loses one frame in a hundred costs ten minutes of it for 2 MiB.
 */
export const LOST_MS_MAX = 30 * 60_000;
/** Of a message that could not be sent, what comes before N_Bs may be a wait for the bus. */
const SEND_LOST_MS_MAX = 1000;

/** So many requests of a node met silence that its update would not end within reason. */
export class LossyBusError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "LOSSY_BUS";
  /** How many requests met silence. */
  readonly lostCount: number;
  /** How long they took together, in ms. */
  readonly lostMs: number;

  /**
   * Says how much was lost.
   *
   * @param lost How many requests met silence, and how long they took together, in ms.
   * @param cause What the last of them came to.
   */
  constructor(lost: { readonly count: number; readonly ms: number }, cause: CanvoyError) {
    const { count, ms } = lost;
    super(
      `Cannot go on: ${count} requests met silence, which took ` +
        `${Math.round(ms / 60_000)} min; the last: ${cause.message}`,
      { cause },
    );
    this.lostCount = count;
    this.lostMs = ms;
  }
}

/**
 * Stands before a node's client and counts the time that is lost to silence. Questions that are asked
 * again and again until a node is there do not count: they have bounds of their own.
 *
 * @param client The client.
 * @param clock The time it lives in.
 * @returns The same; its exchanges error with {@linkcode LossyBusError} once {@linkcode LOST_MS_MAX}
 * are lost.
 */
export function clientWithinLostTime(client: UdsClient, clock: Clock): UdsClient {
  let count = 0;
  let ms = 0;
  const counted = <T>(exchange$: Observable<T>, options?: ExchangeOptions): Observable<T> =>
    defer(() => {
      if (options?.silenceMs !== undefined) return exchange$;
      const startMs = clock.now();
      return exchange$.pipe(catchError((error: unknown) => {
        if (!(error instanceof UdsTimeoutError || error instanceof IsoTpError)) {
          return throwError(() => error);
        }
        count++;
        ms += error instanceof UdsTimeoutError
          ? error.waitedMs
          : Math.min(clock.now() - startMs, SEND_LOST_MS_MAX);
        return throwError(() => ms < LOST_MS_MAX ? error : new LossyBusError({ count, ms }, error));
      }));
    });
  return {
    name: client.name,
    get times() {
      return client.times;
    },
    traffic$: client.traffic$,
    exchange: (request, options) => counted(client.exchange(request, options), options),
    request: (request, options) => counted(client.request(request, options), options),
  };
}
