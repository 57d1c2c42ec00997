import { isLike, seenText } from "./finding.ts";
import { places } from "./_opening_checks.ts";
import type { Script } from "./script.ts";
import type { Trial } from "./trial.ts";
import type { TrialPlan } from "./trial_plan.ts";

/** Blocks that are missing where data comes meanwhile: mending them takes a while. */
const MEANWHILE_MISSING = 8;

const HOLDS_ONE = "it holds one block only";

/** Section 4.2: one block, and two with the shorter last one among them. */
export function* checkMending(trial: Trial, plan: TrialPlan): Script {
  const { image, k, blocks, bufferBlocks } = plan;
  yield* trial.begin(image);
  yield* trial.say(...image.allBut([1, k + 2, blocks - 1], 0, blocks));
  yield* trial.settle(image);
  const rest = { generation: 1, missing: [2, blocks - 1 - k] };
  yield* trial.say(image.parity(0, 3));
  const first = "mends a block by one of parity, and tells its share";
  yield* trial.expectMap("4.2", first, image, { generations: [rest], mended: 1 });
  yield* trial.say(image.parity(1, 0));
  const held = { generations: [{ ...rest, heldParity: 1 }], mended: 1 };
  yield* trial.expectMap("3.2", "tells the parity that it holds", image, held);
  yield* trial.say(image.parity(1, 0));
  yield* trial.expectMap("5", "ignores parity that it holds already", image, held);
  if (bufferBlocks < 2) return yield* trial.skip("4.2", "mends two blocks", HOLDS_ONE);
  yield* trial.burst(image.parity(1, 5));
  yield* trial.check("3", "tells nothing of flash that is still to be programmed");
  const two = "mends two blocks, the shorter last one among them";
  yield* trial.expectMap("4.2", two, image, { mended: 3 });
  yield* trial.check("4.2", "mends them rightly");
}

/** Section 4.2: data that comes while a generation is mended. */
export function* checkMeanwhile(
  trial: Trial,
  { image, k, blocks, bufferBlocks }: TrialPlan,
): Script {
  const missing = places(0, Math.min(MEANWHILE_MISSING, bufferBlocks, k - 1));
  yield* trial.begin(image);
  yield* trial.say(...image.allBut([...missing, k], 0, blocks));
  yield* trial.settle(image);
  yield* trial.say(...missing.slice(1).map((index) => image.parity(0, index)));
  yield* trial.burst(image.parity(0, 0));
  const { answer } = yield* trial.ask(trial.mapRequest());
  const from = "counts blocks as held from the beginning of their mending";
  const expected = `${trial.head(3)} ** ** ** 00 01...`;
  yield* trial.tell("4.2", from, isLike(answer, expected), expected, seenText(answer));
  yield* trial.burst(...missing.slice(0, 2).map((block) => image.falseMessage(block)));
  const mended = missing.length;
  const rest = { generation: 1, missing: [0] };
  const alone = "mends with data of its blocks coming meanwhile";
  yield* trial.expectMap("4.2", alone, image, { generations: [rest], mended });
  yield* trial.say(image.message(k));
  yield* trial.settle(image);
  yield* trial.check("4.2", "ignores data of blocks that are being mended");
}

/** Section 4.2: blocks that are held and not programmed when mending begins. */
export function* checkHeldBlocks(
  trial: Trial,
  { image, k, blocks, bufferBlocks }: TrialPlan,
): Script {
  const rule = "mends with blocks that are held and not programmed yet";
  const late = [k - 3, k - 2, k - 1];
  const missing = [0, 4];
  if (bufferBlocks < late.length + missing.length) {
    return yield* trial.skip("4.2", rule, `it holds ${bufferBlocks} blocks only`);
  }
  yield* trial.begin(image);
  yield* trial.say(...image.allBut([...missing, ...late], 0, k));
  yield* trial.settle(image);
  yield* trial.burst(
    ...late.map((block) => image.message(block)),
    ...missing.map((_, index) => image.parity(0, index)),
  );
  const rest = { generation: 1, missing: places(0, blocks - k) };
  yield* trial.expectMap("4.2", rule, image, { generations: [rest], mended: missing.length });
  yield* trial.say(...image.allBut([], k, blocks));
  yield* trial.settle(image);
  yield* trial.check("4.2", `${rule}, and rightly`);
}

/** Section 4.2: false parity, and false data. */
export function* checkForged(trial: Trial, plan: TrialPlan): Script {
  const { image, k, blocks, bufferBlocks } = plan;
  if (bufferBlocks < 2) return yield* trial.skip("4.2", "notices false parity", HOLDS_ONE);
  yield* trial.begin(image);
  const missing = [1, 2];
  yield* trial.say(...image.allBut(missing, 0, blocks));
  yield* trial.settle(image);
  yield* trial.burst(image.parity(0, 0), image.falseParity(0, 1));
  const wrong = { generations: [{ generation: 0, missing, isWrong: true }] };
  yield* trial.expectMap("4.2", "shows FF where what it mended was wrong", image, wrong);
  yield* trial.say(image.parity(0, 2));
  const held = { generations: [{ generation: 0, missing, heldParity: 1 }] };
  yield* trial.expectMap("3.2", "shows FF until parity is held again", image, held);
  yield* trial.say(image.parity(0, 3));
  yield* trial.expectMap("4.2", "mends what was wrong before", image, { mended: 2 });
  yield* trial.check("4.2", "programs nothing of what was wrong");

  yield* trial.begin(image);
  yield* trial.say(image.falseMessage(k + 1), ...image.allBut([k + 1, k + 2], 0, blocks));
  yield* trial.settle(image);
  yield* trial.say(image.parity(1, 0));
  const spoilt = { generations: [{ generation: 1, missing: [2], isWrong: true }] };
  yield* trial.expectMap("4.2", "does not mend with a block that came wrong", image, spoilt);
}
