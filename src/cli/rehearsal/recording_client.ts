import { defer, filter, map, tap } from "rxjs";
import type { Clock } from "../../core/mod.ts";
import type { ExchangeOptions, UdsClient } from "../../uds/mod.ts";

/** A request as it went out, and what came of it. */
export interface RecordedExchange {
  /** When it began to go out, in ms. */
  readonly atMs: number;
  /** The request. */
  readonly request: Uint8Array;
  /** How long its first response may take, in ms. */
  readonly p2Ms: number;
  /** How long each response behind 0x78 may take, in ms. */
  readonly p2StarMs: number;
  /** How long all of it may take, in ms; absent: as the profile says. */
  readonly totalMsMax?: number;
  /** Its positive response; absent where none came. */
  response?: Uint8Array;
  /** What it failed with. */
  error?: unknown;
}

/**
 * Stands before a node's client and notes what goes out.
 *
 * @param client The client.
 * @param clock The time.
 * @param note Takes each exchange as it begins; what came of it is filled in later.
 * @returns The same client.
 */
export function recordingClient(
  client: UdsClient,
  clock: Clock,
  note: (exchange: RecordedExchange) => void,
): UdsClient {
  const exchange: UdsClient["exchange"] = (request, options = {}) =>
    defer(() => {
      const recorded: RecordedExchange = {
        atMs: clock.now(),
        request,
        ...boundsOf(client, options),
      };
      note(recorded);
      return client.exchange(request, options).pipe(tap({
        next: (event) => {
          if (event.type === "response") recorded.response = event.data;
        },
        error: (error: unknown) => recorded.error = error,
      }));
    });
  return {
    name: client.name,
    get times() {
      return client.times;
    },
    traffic$: client.traffic$,
    exchange,
    request: (request, options) =>
      exchange(request, options).pipe(
        filter((event) => event.type === "response"),
        map((event) => event.data),
      ),
  };
}

/** What the client makes of its own times and those of one request. */
function boundsOf(
  { times }: UdsClient,
  { p2Ms = 0, p2StarMs = 0, silenceMs, stated = {}, totalMsMax }: ExchangeOptions,
): Pick<RecordedExchange, "p2Ms" | "p2StarMs" | "totalMsMax"> {
  return {
    p2Ms: silenceMs ?? Math.max(times.p2Ms, p2Ms),
    p2StarMs: Math.max(times.p2StarMs, p2StarMs),
    ...stated,
    ...(totalMsMax === undefined ? {} : { totalMsMax }),
  };
}
