import { concat, concatMap, EMPTY, of, takeUntil } from "rxjs";
import { CanvoyError, defined } from "../../core/mod.ts";
import { type RequestFields, type UnlockOptions, unlockSecurity } from "../../uds/mod.ts";
import type { NodeStep } from "../profiles/profile.ts";
import { checkpoint } from "./cancellation.ts";
import { expandWith } from "./fields.ts";
import type { NodeContext } from "./node_context.ts";
import { pause, requestRetry } from "./retry.ts";
import { deferStep, fail, type Step, stepOf } from "./step.ts";

/** The profile asks for SecurityAccess and the fleet file names no key source. */
export class KeySourceMissingError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "KEY_SOURCE_MISSING";

  /**
   * Says which level has no key.
   *
   * @param level The security level.
   */
  constructor(level: number) {
    super(`Cannot unlock security level ${level}: the node has no key source`);
  }
}

/** How often a new seed is asked for where seeds are good for a while only. */
const OLD_SEED_RETRIES_MAX = 2;
/** Service and level, in front of a data record. */
const RECORD_OFFSET = 2;

/**
 * Unlocks a node. A stop cuts its pauses short.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param step The level, and how its seed and key go.
 * @param fields What a data record may name.
 * @returns A `retry` for each new seed; errors as `unlockSecurity` does, or as a stop.
 */
export function unlock(
  context: NodeContext,
  step: NodeStep & { readonly kind: "securityAccess" },
  fields: RequestFields,
): Step<void> {
  const { clock, cancellation, connection: { client, keySource } } = context;
  const { level, seedRequest } = step;
  if (keySource === undefined) return fail(() => new KeySourceMissingError(level));
  const record = seedRequest && expandWith(context, seedRequest, fields).subarray(RECORD_OFFSET);
  const options: UnlockOptions = {
    level,
    keySource,
    clock,
    ...defined({ securityAccessDataRecord: record, kept: context.kept?.fields }),
    limits: limitsOf(step),
    pause: (ms) =>
      concat(
        pause(ms, clock).pipe(takeUntil(cancellation.requested$)),
        checkpoint(cancellation),
        of(true),
      ),
  };
  return deferStep(() => {
    let attempt = 1;
    return stepOf(
      unlockSecurity(client, options).pipe(
        concatMap((event) => {
          if (event.type === "unlocked") {
            noteZeroSeed(context, level, event.wasUnlocked);
            return EMPTY;
          }
          attempt++;
          return of(requestRetry(attempt, event.delayMs, event.error));
        }),
      ),
    );
  });
}

/** Where a delay is stated, the node is known to make others wait for what was not their doing. */
function limitsOf(
  { keyAfterMs, seedMsMax, delayMs, delaysMax }: NodeStep & { readonly kind: "securityAccess" },
): NonNullable<UnlockOptions["limits"]> {
  return defined({
    keyAfterMs,
    seedMsMax,
    delayMs,
    delayCountMax: delaysMax,
    waitsForOthersAttempts: delayMs === undefined ? undefined : true,
    oldSeedRetriesMax: seedMsMax === undefined ? undefined : OLD_SEED_RETRIES_MAX,
  });
}

function noteZeroSeed({ notes }: NodeContext, level: number, isZero: boolean): void {
  if (notes === undefined) return;
  if (isZero) notes.zeroSeedLevel = level;
  else delete notes.zeroSeedLevel;
}
