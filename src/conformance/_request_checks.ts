import { isLike, seenText } from "./finding.ts";
import { HOST_MS, P2_MS_MAX, VERSIONS } from "./_promptness_checks.ts";
import type { Script } from "./script.ts";
import type { TrafficWatch } from "./traffic_watch.ts";
import type { Trial } from "./trial.ts";
import type { TrialPlan } from "./trial_plan.ts";

const NOTHING = "nothing";

/** Section 3, "requests": what is said to requests that all nodes get. */
export function* checkFunctional(
  trial: Trial,
  watch: TrafficWatch,
  { image }: TrialPlan,
): Script {
  const map = trial.mapRequest();
  const other = map.subarray(0, 4).slice();
  other[1] = 0x04;
  yield* trial.begin(image);
  const cases = [
    ["answers 31 03 that all nodes get", map, `${trial.head(3)} **...`],
    ["says nothing to a subfunction that it has not, where all nodes get it", other, NOTHING],
    ["says 13 to a map of 4 bytes that all nodes get", map.subarray(0, 4), "7F 31 13"],
  ] as const;
  for (const [rule, request, expected] of cases) {
    if (trial.node.sayToAll === undefined) {
      yield* trial.skip("3", rule, "its bus has no functional identifier");
      continue;
    }
    const before = watch.messageCount;
    yield* trial.sayToAll(request);
    const isSilent = watch.messageCount === before;
    const isRight = expected === NOTHING
      ? isSilent
      : !isSilent && isLike(watch.lastMessage, expected);
    const seen = isSilent ? NOTHING : seenText(watch.lastMessage);
    yield* trial.tell("3", rule, isRight, expected, seen);
  }
}

/** Section 5, "promptness": an answer that waits for flow control, and what comes meanwhile. */
export function* checkHeldAnswer(
  trial: Trial,
  watch: TrafficWatch,
  { image }: TrialPlan,
): Script {
  const rule = "ends an answer that waits for flow control when the next request comes";
  const midst = "says nothing in the midst of an answer that waits for flow control";
  yield* trial.begin(image);
  if (!(yield* trial.hold(trial.mapRequest()))) {
    // As on a CAN FD bus, where a map is one frame.
    for (const one of [rule, midst]) {
      yield* trial.skip("5", one, "its map comes in one frame");
    }
    return;
  }
  const { answer, firstMs } = yield* trial.ask(VERSIONS);
  const isInTime = firstMs <= P2_MS_MAX + HOST_MS;
  const isRight = isLike(answer, "62 47 52 **...") && isInTime;
  yield* trial.tell("5", rule, isRight, "62 47 52 02 within P2", seenText(answer));
  if (trial.node.sayToAll === undefined) {
    return yield* trial.skip("5", midst, "its bus has no functional identifier");
  }
  yield* trial.hold(trial.mapRequest());
  const before = watch.messageCount;
  yield* trial.sayToAll(VERSIONS);
  const isSilent = watch.messageCount === before;
  const seen = isSilent ? NOTHING : seenText(watch.lastMessage);
  yield* trial.tell("5", midst, isSilent, NOTHING, seen);
  yield* trial.ask(trial.closeRequest);
}
