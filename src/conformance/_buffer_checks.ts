import { places } from "./_opening_checks.ts";
import type { Script } from "./script.ts";
import type { Trial } from "./trial.ts";
import type { TrialPlan } from "./trial_plan.ts";

/** Blocks of the second generation that are missing where two share the buffers, and parity of them. */
const SHARED_MISSING = 4;
const SHARED_HELD = 2;

/** Section 5, "Sharing buffers": all of them full of parity of one generation that misses more. */
export function* checkFullBuffers(
  trial: Trial,
  { image, k, blocks, bufferBlocks }: TrialPlan,
): Script {
  const held = "holds parity in all its buffers, and no more";
  const takes = "takes data though all buffers hold parity";
  const missing = places(0, bufferBlocks + 1);
  if (missing.length > k - 1 || 2 * missing.length >= 255) {
    yield* trial.skip("5", held, `it holds ${bufferBlocks} blocks`);
    return yield* trial.skip("5", takes, `it holds ${bufferBlocks} blocks`);
  }
  yield* trial.begin(image);
  yield* trial.say(...image.allBut(missing, 0, blocks));
  yield* trial.settle(image);
  yield* trial.say(...missing.map((index) => image.parity(0, index)));
  const full = { generation: 0, missing, heldParity: bufferBlocks };
  yield* trial.expectMap("5", held, image, { generations: [full] });
  yield* trial.say(image.message(0));
  const left = { generation: 0, missing: missing.slice(1), heldParity: bufferBlocks - 1 };
  yield* trial.expectMap("5", takes, image, { generations: [left] });
  yield* trial.say(image.parity(0, missing.length));
  const mended = bufferBlocks;
  yield* trial.expectMap("4.2", "mends as many blocks as it can hold", image, { mended });
  yield* trial.check("4.2", "mends as many blocks as it can hold, and rightly");
}

/** Section 5, "Sharing buffers": two generations. */
export function* checkSharing(trial: Trial, { image, k, blocks, bufferBlocks }: TrialPlan): Script {
  const later = "a later generation's parity takes no buffer of an earlier one";
  const earlier = "an earlier generation's parity takes a later one's buffer";
  if (bufferBlocks <= SHARED_MISSING || bufferBlocks > k - 1 || 2 * bufferBlocks >= 255) {
    yield* trial.skip("5", later, `it holds ${bufferBlocks} blocks`);
    return yield* trial.skip("5", earlier, `it holds ${bufferBlocks} blocks`);
  }
  yield* trial.begin(image);
  const first = places(0, bufferBlocks);
  const second = places(0, SHARED_MISSING);
  yield* trial.say(...image.allBut([...first, ...second.map((i) => k + i)], 0, blocks));
  yield* trial.settle(image);
  const count = bufferBlocks - SHARED_HELD;
  yield* trial.say(...places(0, SHARED_HELD).map((index) => image.parity(1, index)));
  yield* trial.say(...places(0, count).map((index) => image.parity(0, index)));
  const state = (heldFirst: number, heldSecond: number) => ({
    generations: [
      { generation: 0, missing: first, heldParity: heldFirst },
      { generation: 1, missing: second, heldParity: heldSecond },
    ],
  });
  yield* trial.say(image.parity(1, SHARED_HELD));
  yield* trial.expectMap("5", later, image, state(count, SHARED_HELD));
  yield* trial.say(image.parity(0, count));
  yield* trial.expectMap("5", earlier, image, state(count + 1, SHARED_HELD - 1));
  yield* trial.say(image.parity(0, count + 1));
  const left = { generation: 1, missing: second };
  const gaveAll = "the first generation gets on with the buffers of both";
  yield* trial.expectMap("5", gaveAll, image, { generations: [left], mended: bufferBlocks });
  yield* trial.say(...second.map((index) => image.parity(1, 10 + index)));
  yield* trial.expectMap("5", "then the second one does", image, {
    mended: bufferBlocks + SHARED_MISSING,
  });
  yield* trial.check("5", "holds what it mended of both generations");
}
