import { concatMap, EMPTY, of } from "rxjs";
import { CanvoyError } from "../../core/mod.ts";
import { unlockSecurity } from "../../uds/mod.ts";
import type { NodeContext } from "./node_context.ts";
import { requestRetry } from "./retry.ts";
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

/**
 * Unlocks a node.
 *
 * @param context The node.
 * @param level The odd sub-function of requestSeed.
 * @returns A `retry` for each new seed; errors as `unlockSecurity` does.
 */
export function unlock(context: NodeContext, level: number): Step<void> {
  const { client, keySource } = context.connection;
  if (keySource === undefined) return fail(() => new KeySourceMissingError(level));
  return deferStep(() => {
    let attempt = 1;
    return stepOf(
      unlockSecurity(client, { level, keySource, clock: context.clock }).pipe(
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

function noteZeroSeed({ notes }: NodeContext, level: number, isZero: boolean): void {
  if (notes === undefined) return;
  if (isZero) notes.zeroSeedLevel = level;
  else delete notes.zeroSeedLevel;
}
