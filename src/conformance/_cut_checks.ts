import { seenText } from "./finding.ts";
import { timeless } from "./_opening_checks.ts";
import type { Script } from "./script.ts";
import type { Trial } from "./trial.ts";
import type { TrialPlan } from "./trial_plan.ts";

/** Blocks that are not sent before the group is cut. */
const LEFT_BLOCKS = 3;
/** The rest goes on in blocks that are so much smaller, where they can be. */
const SMALLER_BY = 4;
const BLOCK_BYTES_MIN = 32;
const REST_GENERATION_BLOCKS = 32;

/** Section 3.1, "Cut". */
export function* checkCut(trial: Trial, { image, k }: TrialPlan): Script {
  const { blockBytes, address, sizeBytes } = image.region;
  const count = k - LEFT_BLOCKS;
  const answer = yield* begun(trial, image);
  yield* trial.say(...image.allBut([1, 2], 0, count));
  yield* trial.settle(image);
  const cut = image.part({ sizeBytes: count * blockBytes });
  const shorter = image.part({ sizeBytes: (count - 1) * blockBytes });
  const refused = "refuses a cut before a block that came";
  yield* trial.expect("3.1, cut", refused, shorter.open(), "7F 31 22");
  yield* trial.say(image.parity(0, 0), image.message(2));
  const whatever = "cuts a group, whatever its flash is doing";
  yield* trial.expect("3.1, cut", whatever, cut.open(), timeless(answer));
  yield* trial.expect("3.1, cut", "answers a cut that is repeated", cut.open(), timeless(answer));
  const one = { generations: [{ generation: 0, missing: [1] }] };
  yield* trial.expectMap(
    "3.1, cut",
    "knows what came before the cut, and has given parity up",
    cut,
    one,
  );
  yield* trial.say(image.message(count));
  yield* trial.expectMap("3.1, cut", "ignores what is behind the new end", cut, one);
  yield* trial.say(cut.parity(0, 0));
  yield* trial.expectMap("3.1, cut", "mends by the length and checksum of the cut", cut, {
    mended: 1,
  });
  const rest = image.part({
    address: address + count * blockBytes,
    sizeBytes: sizeBytes - count * blockBytes,
    blockBytes: Math.max(BLOCK_BYTES_MIN, Math.floor(blockBytes / SMALLER_BY / 32) * 32),
    generationBlocks: REST_GENERATION_BLOCKS,
  });
  const opened = "opens the rest, which is erased still, with smaller blocks";
  const { answer: restAnswer } = yield* trial.ask(rest.open());
  const isOpen = restAnswer[0] === 0x71 && restAnswer.length === 7;
  yield* trial.tell("3.1, cut", opened, isOpen, `${trial.head(1)} ** ** **`, seenText(restAnswer));
  if (!isOpen) return;
  const restBlocks = Math.ceil(rest.region.sizeBytes / rest.region.blockBytes);
  yield* trial.say(...rest.allBut([], 0, restBlocks));
  yield* trial.expectMap("3.1, cut", "takes the rest", rest, {});
  yield* trial.check("3.1, cut", "holds both parts");
}

function* begun(trial: Trial, image: TrialPlan["image"]): Script<Uint8Array> {
  yield* trial.erase();
  return yield* trial.open(image);
}
