import { filter, map, merge, mergeMap, type Observable, Subject, tap } from "rxjs";
import { type Clock, defined, Turns } from "../core/mod.ts";
import type { IsoTpLink } from "../isotp/mod.ts";
import { UdsQueueFullError } from "./errors.ts";
import { type PairTraffic, toTraffic } from "./pair_traffic.ts";
import { RequestPace } from "./request_pace.ts";
import { runExchange } from "./exchange.ts";
import type { ExchangeLimits, ExchangeSpec, UdsEvent } from "./exchange_state.ts";
import {
  type ClientTiming,
  DEFAULT_CLIENT_TIMING,
  type ResponseTimes,
  timesAfterResponse,
} from "./timing.ts";

export type { ExchangeLimits, UdsEvent } from "./exchange_state.ts";

/** What bounds a client. */
export interface UdsClientLimits extends ExchangeLimits {
  /** How many requests may wait behind the one that is under way. */
  readonly queueMax: number;
  /** Least time between the end of one exchange and the next request, in ms. */
  readonly requestGapMsMin: number;
}

/** Bounds by default: what a bootloader that erases its whole flash in one request needs. */
export const DEFAULT_CLIENT_LIMITS: UdsClientLimits = {
  responsePendingCountMax: 200,
  busyCountMax: 10,
  busyDelayMs: 100,
  totalMsMax: 60_000,
  queueMax: 16,
  requestGapMsMin: 0,
};

/** What a client is made of. */
export interface UdsClientOptions {
  /** The way to the node. */
  readonly link: IsoTpLink;
  /** The time it lives in. */
  readonly clock: Clock;
  /** Waits; {@linkcode DEFAULT_CLIENT_TIMING} for what is not told. */
  readonly timing?: Partial<ClientTiming>;
  /** Bounds; {@linkcode DEFAULT_CLIENT_LIMITS} for what is not told. */
  readonly limits?: Partial<UdsClientLimits>;
  /** Is told of every request that goes out, and of every positive response. */
  readonly observer?: {
    /** It begins to go out. */
    requested(request: Uint8Array): void;
    /** It came, before whoever asked is told. */
    answered(response: Uint8Array): void;
  };
}

/**
 * What differs for one request. A time that the node or the profile stated is a promise: an estimate
 * may lengthen it, never shorten it.
 */
export interface ExchangeOptions extends Partial<ExchangeLimits> {
  /** P2 for a request whose answer may come late without 0x78, in ms; P2 where that is longer. */
  readonly p2Ms?: number;
  /** P2* for a request that may take long, in ms; P2* where that is longer. */
  readonly p2StarMs?: number;
  /**
   * In place of P2, shorter too, in ms: only for a question that changes nothing and is asked again
   * and again until a deadline, so that a late answer is as good as a new one.
   */
  readonly silenceMs?: number;
  /** In place of P2 and P2*, shorter too: what a profile states for this one request. */
  readonly stated?: Partial<ResponseTimes>;
  /**
   * What the positive response begins with, of a node that does not repeat what ISO 14229-1 has it
   * repeat. The shorter it is, the less tells a late answer from this one's.
   */
  readonly answerHead?: Uint8Array;
}

/** Requests to one node, one after the other, and its responses. */
export interface UdsClient {
  /** For people: the link's name. */
  readonly name: string;
  /** P2 and P2* that hold now: as told, or as the node stated them. */
  readonly times: ResponseTimes;
  /**
   * All that passes on the pair of identifiers, answer or not: what tells two nodes apart from one.
   * Hot, no replay; ends only with the link; unsubscribing stops listening.
   */
  readonly traffic$: Observable<PairTraffic>;

  /**
   * Sends a request and tells what happens to it. Cold: each subscription sends once, when those
   * before it have ended. Emits `sent`, any `responsePending` and `busy` (followed by another
   * `sent`), at most one `response`, and completes; without `response` where the request asked for
   * none and P2 went by in silence. Unsubscribing stops listening; the node may still do what it
   * was asked.
   *
   * Errors: {@linkcode UdsNegativeResponseError}, {@linkcode UdsTimeoutError},
   * {@linkcode UdsProtocolError}, {@linkcode UdsQueueFullError}, {@linkcode IsoTpError}.
   *
   * @param request The whole request, 1 byte and up.
   * @param options What differs from the client's timing and limits.
   * @throws {RangeError} If the request is empty.
   */
  exchange(request: Uint8Array, options?: ExchangeOptions): Observable<UdsEvent>;

  /**
   * As {@linkcode UdsClient.exchange}, the positive response only: at most one value.
   *
   * @param request The whole request, 1 byte and up.
   * @param options What differs from the client's timing and limits.
   * @throws {RangeError} If the request is empty.
   */
  request(request: Uint8Array, options?: ExchangeOptions): Observable<Uint8Array>;
}

/**
 * Makes a client. It holds no resource: what it listens to, it listens to while a request runs.
 *
 * @param options Link, clock, waits and bounds.
 * @returns The client.
 */
export function createUdsClient(options: UdsClientOptions): UdsClient {
  const { link, clock, observer } = options;
  const timing: ClientTiming = { ...DEFAULT_CLIENT_TIMING, ...options.timing };
  const told: UdsClientLimits = { ...DEFAULT_CLIENT_LIMITS, ...options.limits };
  const limits = { ...told, busyDelayMs: Math.max(told.busyDelayMs, told.requestGapMsMin) };
  const pace = new RequestPace(limits.requestGapMsMin, clock);
  const turns = new Turns({ waitingMax: limits.queueMax });
  const asked$ = new Subject<PairTraffic>();
  const noted = (
    { answerHead }: ExchangeOptions,
  ): Pick<IsoTpLink, "send" | "indications$" | "queueingDelayMs"> => ({
    indications$: link.indications$,
    queueingDelayMs: () => link.queueingDelayMs(),
    send: (request) => {
      asked$.next({ type: "asked", request, ...defined({ answerHead }) });
      return link.send(request);
    },
  });
  let times: ResponseTimes = timing;

  function makeSpec(request: Uint8Array, own: ExchangeOptions): ExchangeSpec {
    const {
      p2Ms = 0,
      p2StarMs = 0,
      silenceMs = Math.max(times.p2Ms, p2Ms),
      answerHead,
      stated,
      ...bounds
    } = own;
    return {
      request,
      ...defined({ answerHead }),
      times: { p2Ms: silenceMs, p2StarMs: Math.max(times.p2StarMs, p2StarMs), ...stated },
      statedP2StarMs: stated?.p2StarMs ?? times.p2StarMs,
      limits: { ...limits, ...bounds },
    };
  }

  function exchange(request: Uint8Array, own: ExchangeOptions = {}): Observable<UdsEvent> {
    if (request.length === 0) throw new RangeError("Cannot send an empty request");
    const makeOwnSpec = (): ExchangeSpec => {
      observer?.requested(request);
      return makeSpec(request, own);
    };
    const exchange$ = runExchange(noted(own), clock, makeOwnSpec).pipe(
      tap((event) => {
        if (event.type !== "response") return;
        times = timesAfterResponse(times, event.data, timing);
        observer?.answered(event.data);
      }),
    );
    return turns.take(pace.keep(exchange$), () => new UdsQueueFullError(request, limits.queueMax));
  }

  return {
    name: link.name,
    get times(): ResponseTimes {
      return { p2Ms: times.p2Ms, p2StarMs: times.p2StarMs };
    },
    traffic$: merge(asked$, link.indications$.pipe(mergeMap(toTraffic))),
    exchange,
    request: (request, own) =>
      exchange(request, own).pipe(
        filter((event) => event.type === "response"),
        map((event) => event.data),
      ),
  };
}
