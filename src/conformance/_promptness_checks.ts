import { bytesToHex, formatMs } from "../core/mod.ts";
import { isLike, seenText } from "./finding.ts";
import type { Script } from "./script.ts";
import type { TrafficWatch } from "./traffic_watch.ts";
import type { Trial } from "./trial.ts";
import type { TrialPlan } from "./trial_plan.ts";

/** Bounds of section 5, in ms. */
export const P2_MS_MAX = 50;
const P2_STAR_MS_MAX = 1000;
/** So often within P2* it says 78. */
const PENDING_COUNT = 3;
/** What this host, and a frame of its own, may add to what it measures, in ms. */
export const HOST_MS = 15;
/** How much longer than S3 the group's messages keep a session, and silence lasts, in ms. */
const S3_MARGIN_MS = 2000;
const S3_EVERY_MS = 500;
/** A shorter erase is over before all has been asked that is asked meanwhile, in ms. */
const ERASE_MS_MIN = 100;
/** TesterPresent that wants no answer. */
const SILENT_PRESENT = Uint8Array.of(0x3E, 0x80);
const PRESENT = Uint8Array.of(0x3E, 0x00);
export const VERSIONS = Uint8Array.of(0x22, 0x47, 0x52);

/** Sections 1.1 and 5: how prompt it was in all that was asked of it. */
export function* checkPromptness(trial: Trial, watch: TrafficWatch): Script {
  const { p2Ms, p2StarMs, pendingGapMsMax } = watch;
  const { slowest: { firstMs, request }, pendingForMaps, unaskedMessages } = trial;
  const silent = "says nothing about the group's messages";
  yield* trial.tell(
    "1.1",
    silent,
    unaskedMessages === 0,
    "no message",
    `${unaskedMessages} messages`,
  );
  yield* trial.tell(
    "5",
    "answers every request within P2, or asks for patience",
    firstMs <= P2_MS_MAX + HOST_MS,
    `${P2_MS_MAX} ms at most`,
    `${formatMs(firstMs)} for ${request}`,
  );
  const maps = "answers 31 03 and 31 02 without 78";
  yield* trial.tell("5", maps, pendingForMaps === 0, "no 78", `${pendingForMaps} times 78`);
  if (p2Ms === undefined || p2StarMs === undefined) {
    return yield* trial.skip("5", "states P2 and P2*", "no answer to 10 stated any");
  }
  const states = "states a P2 of 50 ms and a P2* of 1,000 ms, at most";
  const areGood = p2Ms <= P2_MS_MAX && p2StarMs <= P2_STAR_MS_MAX;
  const stated = `${p2Ms} and ${p2StarMs} ms`;
  yield* trial.tell("5", states, areGood, "50 and 500 ms", stated);
  const repeats = "repeats 78 three times within the P2* that it states";
  const everyMs = p2StarMs / PENDING_COUNT;
  const isInTime = pendingGapMsMax <= everyMs + HOST_MS;
  yield* trial.tell(
    "5",
    repeats,
    isInTime,
    `${formatMs(everyMs)} at most`,
    formatMs(pendingGapMsMax),
  );
}

/** Section 5, "Promptness": what it answers while it erases. */
export function* checkBeside(
  trial: Trial,
  watch: TrafficWatch,
  { image }: TrialPlan,
): Script {
  const rule = "answers requests while it erases";
  const { address, sizeBytes } = image.region;
  const range = { start: address, end: address + sizeBytes };
  const erase = trial.node.eraseRequest(range);
  const begunMs = trial.node.clock.now();
  yield* trial.ask(erase);
  const eraseMs = trial.node.clock.now() - begunMs;
  if (eraseMs < ERASE_MS_MIN) {
    return yield* trial.skip("5", rule, `it erases in ${formatMs(eraseMs)}: too soon to ask`);
  }
  if ((yield* trial.beginRequest(erase)) === 0) {
    return yield* trial.skip("5", rule, "it erases without 78");
  }
  yield* checkEndOfAnswer(trial, watch, erase);
  yield* trial.beginRequest(erase);
  const again = "says 78 to a request that it works on already";
  const count = yield* trial.beginRequest(erase);
  yield* trial.tell("5", again, count > 0, "78", count > 0 ? "78" : "another answer");
  const other = trial.node.downloadRequest(range);
  const refused = yield* trial.askOnce(other);
  const busy = `7F ${hexOf(other)} 21`;
  const rest = "says 21 to anything else while it erases";
  yield* trial.tell("5", rest, isLike(refused, busy), busy, seenText(refused));
  yield* trial.expect("5", "tells its versions while it erases", VERSIONS, "62 47 52 **...");
  yield* trial.expect("5", "answers TesterPresent while it erases", PRESENT, "7E 00");
  yield* trial.expect("5", "answers 31 03 while it erases", trial.mapRequest(), "7F 31 24");
  yield* trial.expect("5", "answers 31 02 while it erases", trial.closeRequest, trial.head(2));
  yield* trial.expect("3.1", "refuses an opening while it erases", image.open(), "7F 31 22");
  const { answer } = yield* trial.ask(erase);
  const ends = "tells the end of an erase to who asks for it again";
  const isEnd = answer[0] === erase[0]! + 0x40;
  yield* trial.tell("5", ends, isEnd, "a positive answer", seenText(answer));
}

/** What ends the answer of an erase that has begun, and what does not. */
function* checkEndOfAnswer(trial: Trial, watch: TrafficWatch, erase: Uint8Array): Script {
  const waitMs = watch.p2StarMs ?? P2_STAR_MS_MAX;
  const before = watch.messageCount;
  yield* trial.askOnce(SILENT_PRESENT);
  yield* trial.wait(waitMs);
  const goesOn = "goes on answering though 3E 80 comes";
  const isHeard = watch.messageCount > before;
  yield* trial.tell("5", goesOn, isHeard, "78, or the end", isHeard ? "that" : "silence");
  yield* trial.ask(erase);
  yield* trial.beginRequest(erase);
  yield* trial.ask(VERSIONS);
  const since = watch.messageCount;
  yield* trial.wait(waitMs);
  const ended = "ends its answer where another request is answered";
  const isSilent = watch.messageCount === since;
  yield* trial.tell("5", ended, isSilent, "silence", isSilent ? "that" : "78, or the end");
  yield* trial.ask(erase);
  yield* trial.post(erase);
  yield* trial.ask(VERSIONS);
  const answer = yield* trial.askOnce(erase);
  const again = "answers an erase again whose answer ended before its first 78";
  const isAnswered = answer[0] === erase[0]! + 0x40;
  yield* trial.tell("5", again, isAnswered, "78, and a positive answer", seenText(answer));
}

function hexOf(request: Uint8Array): string {
  return bytesToHex(request.subarray(0, 1));
}

/** Section 3.1, "S3": it takes longer than the node's session lives. */
export function* checkSession(trial: Trial, { image }: TrialPlan): Script {
  const { s3Ms, clock } = trial.node;
  yield* trial.begin(image);
  trial.isKeptAlive = false;
  const untilMs = clock.now() + s3Ms + S3_MARGIN_MS;
  while (clock.now() < untilMs) {
    yield* trial.wait(S3_EVERY_MS);
    yield* trial.say(image.message(0));
  }
  const keeps = "keeps its session as long as the group's messages come";
  yield* trial.expect("3.1, S3", keeps, trial.mapRequest(), `${trial.head(3)} **...`);
  yield* trial.wait(s3Ms + S3_MARGIN_MS);
  // It may be in its application by now, which knows no such routine, or says nothing.
  const { answer } = yield* trial.ask(trial.mapRequest());
  const isOver = answer[0] !== 0x71;
  const ends = "ends its session, and the group, in silence";
  yield* trial.tell("3.1, S3", ends, isOver, "no map", isOver ? "no map" : "a map");
  yield* trial.enter();
}
