import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  map,
  type Observable,
  of,
  repeat,
  throwError,
  timer,
} from "rxjs";
import { CanvoyError, type Clock, defined, hex, unreachable } from "../core/mod.ts";
import { IsoTpError } from "../isotp/mod.ts";
import type { ExchangeOptions, UdsClient } from "./client.ts";
import {
  isEndlessPatience,
  UdsNegativeResponseError,
  UdsProtocolError,
  UdsTimeoutError,
} from "./errors.ts";
import type { KeySource, SeedChallenge } from "./key_source.ts";
import { NRC } from "./negative_response_code.ts";
import {
  decodeSecurityAccessResponse,
  encodeSecurityAccessRequest,
} from "./services/security_access.ts";
import {
  DEFAULT_UNLOCK_LIMITS,
  stepUnlock,
  UNLOCK_START,
  type UnlockAction,
  type UnlockInput,
  type UnlockLimits,
} from "./unlock_machine.ts";

/** What an unlocking needs. */
export interface UnlockOptions {
  /** Security level: the odd sub-function of requestSeed. */
  readonly level: number;
  /** Makes the key. */
  readonly keySource: KeySource;
  /** The time it lives in. */
  readonly clock: Clock;
  /** securityAccessDataRecord of requestSeed; empty by default. */
  readonly securityAccessDataRecord?: Uint8Array;
  /** What was kept of its answers before, for keys that depend on it. */
  readonly kept?: SeedChallenge["kept"];
  /** Bounds; {@linkcode DEFAULT_UNLOCK_LIMITS} for what is not told. */
  readonly limits?: Partial<UnlockLimits>;
  /** Waits and bounds of each request. */
  readonly exchange?: ExchangeOptions;
  /** Waits, in ms, and then emits; in the clock's time by default. */
  readonly pause?: (delayMs: number) => Observable<unknown>;
}

/** What is told of an unlocking. */
export type UnlockEvent =
  /** A new seed is asked for after `delayMs`; `error` is what the last request came to. */
  | {
    readonly type: "retry";
    readonly reason: (UnlockAction & { readonly type: "requestSeed" })["reason"];
    readonly delayMs: number;
    readonly error: unknown;
  }
  /** The level is unlocked; `wasUnlocked` when it was so before. */
  | { readonly type: "unlocked"; readonly wasUnlocked: boolean };

/** A key was not ready within the time that its seed is good for. */
export class SeedExpiredError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "SEED_EXPIRED";

  /**
   * Says how old it is.
   *
   * @param level The security level.
   * @param seedMs How old the seed is, in ms.
   * @param seedMsMax How old it may be, in ms.
   */
  constructor(level: number, seedMs: number, seedMsMax: number) {
    super(
      `Cannot unlock security level ${hex(level, 2)}: the seed was ${Math.round(seedMs)} ms old ` +
        `before its key could be sent, and is good for ${seedMsMax} ms`,
    );
  }
}

/** What a request came to, and the error if it was one. */
interface Outcome {
  readonly input: UnlockInput;
  readonly error?: unknown;
}

/**
 * Unlocks a security level: requestSeed, the key source, sendKey; with the retries that
 * {@linkcode stepUnlock} allows.
 *
 * Cold; emits any `retry`, then `unlocked`, and completes; errors with the client's error that ended
 * it, {@linkcode UdsProtocolError} for a response that is no seed, {@linkcode SeedExpiredError} for seeds
 * whose keys come too late, or what the key source throws.
 *
 * @param client The node's client.
 * @param options Level, key source and bounds.
 * @returns What is told of it.
 * @throws {RangeError} If the level is not odd, or outside 0x01..0x7D.
 */
export function unlockSecurity(client: UdsClient, options: UnlockOptions): Observable<UnlockEvent> {
  const { level, keySource, clock, kept } = options;
  const limits: UnlockLimits = { ...DEFAULT_UNLOCK_LIMITS, ...options.limits };
  const requestSeed = encodeSecurityAccessRequest({
    kind: "requestSeed",
    level,
    securityAccessDataRecord: options.securityAccessDataRecord ?? new Uint8Array(0),
  });

  return defer(() => {
    let state = UNLOCK_START;
    let request = requestSeed;
    let isOver = false;
    let delayMs = 0;
    /** When the seed came whose key is due. */
    let seedAtMs: number | undefined;
    /** The refusal of the first key: what a node says after it only tells that it is worse off. */
    let refusal: UdsNegativeResponseError | undefined;

    function actOn({ input, error }: Outcome): Observable<UnlockEvent> {
      if (error instanceof UdsNegativeResponseError && error.nrc === NRC.invalidKey) {
        refusal ??= error;
      }
      const { state: next, action } = stepUnlock(state, input, limits);
      state = next;
      delayMs = action.type === "requestSeed" ? action.delayMs : 0;
      seedAtMs = action.type === "sendKey" ? clock.now() : undefined;
      switch (action.type) {
        case "unlocked":
          isOver = true;
          return of(action);
        case "sendKey": {
          const securityKey = keySource.computeKey({
            level,
            seed: action.seed,
            ...defined({ kept }),
          });
          request = encodeSecurityAccessRequest({ kind: "sendKey", level, securityKey });
          // A key program may have taken its time.
          delayMs = Math.max(0, limits.keyAfterMs - (clock.now() - seedAtMs!));
          return EMPTY;
        }
        case "requestSeed":
          request = requestSeed;
          return of({ type: "retry", reason: action.reason, delayMs, error });
        case "giveUp":
          return throwError(() => firstCause(refusal, error) ?? error);
        default:
          return unreachable(action);
      }
    }

    const exchange$ = defer(() => {
      const seedMs = seedAtMs === undefined ? 0 : clock.now() - seedAtMs;
      return seedMs > limits.seedMsMax
        ? throwError(() => new SeedExpiredError(level, seedMs, limits.seedMsMax))
        : client.request(request, options.exchange);
    }).pipe(
      map((response): Outcome => ({ input: readResponse(request, response, level) })),
      catchError(toOutcome),
      concatMap(actOn),
    );
    const { pause = (ms: number) => timer(ms, clock) } = options;
    const again = (): Observable<unknown> => isOver ? EMPTY : delayMs === 0 ? NOW : pause(delayMs);
    return exchange$.pipe(repeat({ delay: again }));
  });
}

/** Emits at once. */
const NOW: Observable<true> = of(true);

/** A key that was refused is why it ends, whatever the node said then. */
function firstCause(refusal: UdsNegativeResponseError | undefined, error: unknown): unknown {
  if (refusal === undefined || error === refusal) return error;
  const after = error === undefined
    ? "the node gives the same seed again, so that the same key is not sent twice"
    : error instanceof UdsNegativeResponseError
    ? `asked again, it answered ${hex(error.nrc, 2)} ${error.nrcName}`
    : "asked again, it did not answer";
  return new UdsNegativeResponseError(refusal.request, refusal.response, after);
}

function readResponse(request: Uint8Array, response: Uint8Array, level: number): UnlockInput {
  const decoded = decodeSecurityAccessResponse(response);
  if (decoded.kind === "unlocked") return { type: "keyAccepted" };
  if (decoded.securitySeed.length === 0 || decoded.level !== level) {
    throw new UdsProtocolError(response, "it has no seed", request);
  }
  return { type: "seed", seed: decoded.securitySeed };
}

function toOutcome(error: unknown): Observable<Outcome> {
  if (isEndlessPatience(error)) return throwError(() => error);
  if (error instanceof SeedExpiredError) return of({ input: { type: "oldSeed" }, error });
  if (error instanceof UdsNegativeResponseError) {
    return of({ input: { type: "refused", nrc: error.nrc }, error });
  }
  if (error instanceof UdsTimeoutError || error instanceof IsoTpError) {
    return of({ input: { type: "silence" }, error });
  }
  return throwError(() => error);
}
