import {
  conditionHolds,
  conditionValue,
  type DataCondition,
  encodeReadDataByIdentifierRequest,
} from "../../uds/mod.ts";
import { ConditionError } from "./errors.ts";
import { readData } from "./identify.ts";
import type { NodeContext } from "./node_context.ts";
import type { SegmentLedger } from "./segment_ledger.ts";
import { andThen, done, fail, inOrder, type Step } from "./step.ts";

/**
 * Asks a node for what must hold before anything of it is changed, one after the other. What it does
 * not tell has it refused, unless the profile makes light of that, or an earlier run left the node
 * torn: its application is not there to tell, and to leave it alone would mend nothing.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param ledger What is known of its segments.
 * @returns The events; errors with {@linkcode ConditionError} at the first that does not hold.
 */
export function checkConditions(context: NodeContext, ledger: SegmentLedger): Step<void> {
  const { conditions = [] } = context.job.profile;
  return inOrder(...conditions.map((condition) => () => {
    const { did, optional } = condition;
    return andThen(readData(context, did), (record) => {
      const value = record && conditionValue(condition, record);
      const isPassed = value === undefined
        ? optional || ledger.isDistrusted
        : conditionHolds(condition, value);
      return isPassed ? done() : fail(() => failureOf(condition, value));
    });
  }));
}

/**
 * Asks a node for what decides over a step.
 *
 * @param context The node: its connection, its job, and what is known of it.
 * @param condition What decides.
 * @returns Whether it holds; errors with {@linkcode ConditionError} where the node does not tell it, and
 * the profile does not make light of that.
 */
export function holds(context: NodeContext, condition: DataCondition): Step<boolean> {
  return andThen(readData(context, condition.did), (record) => {
    const value = record && conditionValue(condition, record);
    if (value !== undefined) return done(conditionHolds(condition, value));
    return condition.optional ? done(false) : fail(() => failureOf(condition, undefined));
  });
}

function failureOf(condition: DataCondition, value: number | undefined): ConditionError {
  const request = encodeReadDataByIdentifierRequest({ dataIdentifiers: [condition.did] });
  return new ConditionError(condition, value, request);
}
