import { matchAnswer } from "../../uds/mod.ts";
import type { NodeStep } from "../profiles/profile.ts";
import { RoutineStatusError } from "./errors.ts";
import type { NodeContext } from "./node_context.ts";
import { act, done, fail, type Step } from "./step.ts";

/** A value whose length the profile leaves open is no longer than this, whatever a node tells. */
const OPEN_BYTES_MAX = 255;

/** What a step asked, and what came. */
interface Answered {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

/**
 * Keeps what a step's profile names of its answer.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param step The step.
 * @param answered What it asked, and what came.
 * @returns No events; errors with {@linkcode RoutineStatusError} where a value of open length is empty,
 * or longer than any is.
 */
export function keepValues(
  { kept }: NodeContext,
  { keep = [], answer }: NodeStep & { readonly kind: "request" },
  { request, response }: Answered,
): Step<void> {
  const { response: template } = answer ?? {};
  if (keep.length === 0 || template === undefined) return done();
  const fields = matchAnswer(template, response);
  const values = keep.map((name) => [name, fields?.get(name) ?? new Uint8Array(0)] as const);
  for (const [name, { length }] of values) {
    if (length > 0 && length <= OPEN_BYTES_MAX) continue;
    const state = `${length} bytes for {${name}}, 1 to ${OPEN_BYTES_MAX} were expected: ` +
      `the profile's ${answer?.key}.answer`;
    return fail(() => new RoutineStatusError(request, response, state, true));
  }
  return act(() => {
    for (const [name, value] of values) kept?.keep(name, value);
  });
}
