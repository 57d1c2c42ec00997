import type { NodeContext } from "./node_context.ts";
import type { KnockRule } from "../profiles/profile.ts";
import { recoveryFor } from "./recovery.ts";
import { tryAgain } from "./retry.ts";
import type { RequestOptions } from "./send_request.ts";
import { deferStep, type Step } from "./step.ts";

/**
 * Asks again and again until a node answers, for one that listens only for a moment behind its start. A
 * late answer to one of these is the answer to all.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param rule How often, and how long.
 * @param ask Asks once, with these bounds.
 * @returns What comes of the question that is answered; errors as the last one where none is.
 */
export function knock<T>(
  { clock, cancellation }: Pick<NodeContext, "clock" | "cancellation">,
  { everyMs, forMs }: KnockRule,
  ask: (options: Pick<RequestOptions, "attemptsMax" | "silenceMs">) => Step<T>,
): Step<T> {
  return deferStep(() => {
    const untilMs = clock.now() + forMs;
    return tryAgain(
      () => ask({ attemptsMax: 1, silenceMs: everyMs }),
      (error) =>
        recoveryFor(error) === "silence" && clock.now() < untilMs && !cancellation.requested
          ? { delayMs: 0, events: [] }
          : undefined,
      { clock, cancellation },
    );
  });
}
