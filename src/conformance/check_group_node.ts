import { concat, defer, finalize, type Observable } from "rxjs";
import type { AddressRange } from "../core/mod.ts";
import { checkFullBuffers, checkSharing } from "./_buffer_checks.ts";
import { checkCut } from "./_cut_checks.ts";
import { checkData, checkRanges } from "./_data_checks.ts";
import { checkForged, checkHeldBlocks, checkMeanwhile, checkMending } from "./_mending_checks.ts";
import {
  checkDownloadOpen,
  checkLocked,
  checkOpening,
  checkRefusals,
  checkRefusedEnds,
  checkWithoutGroup,
} from "./_opening_checks.ts";
import { checkBeside, checkPromptness, checkSession } from "./_promptness_checks.ts";
import { checkFunctional, checkHeldAnswer } from "./_request_checks.ts";
import type { GroupFinding } from "./finding.ts";
import type { GroupNodeUnderTest } from "./node_under_test.ts";
import { runScript } from "./run_script.ts";
import type { Script } from "./script.ts";
import { TrafficWatch } from "./traffic_watch.ts";
import { Trial } from "./trial.ts";
import { planTrial, trialBytes, type TrialPlan } from "./trial_plan.ts";

/** What is tried. */
export interface CheckGroupOptions {
  /** Whether the session's end is waited for, which takes twice S3. */
  readonly hasSessionCheck: boolean;
}

/**
 * Tries a node against docs/group-download.md, section by section: refused openings, messages that
 * count and that do not, mending, full buffers, maps, cuts, false parity, promptness.
 *
 * The node is erased and written again and again, and left in its bootloader without an application.
 *
 * Cold; emits a finding a rule, in the order of trying; completes at the end; errors with
 * {@linkcode GroupTrialError} when the node cannot be tried any further, and with what a step of its
 * profile fails with. Unsubscribing stops at once, and leaves the node as it is.
 *
 * @param node The node; nothing else sends on the group identifier meanwhile.
 * @param options What is tried.
 * @returns The findings.
 */
export function checkGroupNode(
  node: GroupNodeUnderTest,
  options: CheckGroupOptions,
): Observable<GroupFinding> {
  return defer(() => {
    const watch = new TrafficWatch(node.client, node.clock);
    const trial = new Trial(node);
    let plan: TrialPlan | undefined;
    const { start } = node.application;
    const rangeNow = (): AddressRange => ({
      start,
      end: start + (plan?.image.region.sizeBytes ?? trialBytes(node)),
    });
    const script = whole(trial, watch, options, (made) => plan = made);
    const { check } = node;
    return concat(runScript(script, {
      node,
      watch,
      erase: () => node.erase(rangeNow()),
      ...(check === undefined ? {} : {
        check: () => {
          const { region, data } = plan!.image;
          return check(region.address, wholeUnits(node, data));
        },
      }),
    })).pipe(finalize(() => watch.end()));
  });
}

/** What flash should hold from the region's beginning to the end of its last program unit. */
function wholeUnits(
  { programUnitBytes, erasedValue }: GroupNodeUnderTest,
  data: Uint8Array,
): Uint8Array {
  const units = Math.ceil(data.length / programUnitBytes);
  const filled = new Uint8Array(units * programUnitBytes).fill(erasedValue);
  filled.set(data);
  return filled;
}

function* whole(
  trial: Trial,
  watch: TrafficWatch,
  { hasSessionCheck }: CheckGroupOptions,
  planned: (plan: TrialPlan) => void,
): Script {
  yield* trial.enter();
  yield* trial.erase();
  yield* checkWithoutGroup(trial);
  const plan = yield* planTrial(trial);
  planned(plan);
  yield* trial.ask(trial.closeRequest);
  yield* checkRefusals(trial, plan);
  yield* checkOpening(trial, plan);
  yield* checkLocked(trial, plan);
  yield* checkData(trial, plan);
  yield* checkRanges(trial, plan);
  yield* checkMending(trial, plan);
  yield* checkMeanwhile(trial, plan);
  yield* checkHeldBlocks(trial, plan);
  yield* checkForged(trial, plan);
  yield* checkFullBuffers(trial, plan);
  yield* checkSharing(trial, plan);
  yield* checkCut(trial, plan);
  yield* checkBeside(trial, watch, plan);
  yield* checkFunctional(trial, watch, plan);
  yield* checkHeldAnswer(trial, watch, plan);
  yield* checkRefusedEnds(trial, plan);
  yield* checkDownloadOpen(trial, plan);
  yield* checkPromptness(trial, watch);
  if (hasSessionCheck) yield* checkSession(trial, plan);
  yield* trial.ask(trial.closeRequest);
}
