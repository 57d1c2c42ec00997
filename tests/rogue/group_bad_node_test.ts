/** One bad node among eight in a group: it is named, and it is nobody else's trouble. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BAD_GROUP_NODES } from "./bad_group_nodes.ts";
import { type GroupFleetRun, IMAGE_FRAMES, runGroupFleet } from "./group_fleet.ts";
import { rowTest } from "../support/dear.ts";

const BAD = 3;
/** With it false parity gets through, and strikes, also where frames are lost. */
const SEED = 4;
const OTHERS = [0, 1, 2, 4, 5, 6, 7];
/** At 0.1 % of frames lost an ordinary transfer sends some blocks again, too. */
const LOSSES = [
  { lossRatio: 0, imagesMax: 1.05 },
  { lossRatio: 0.001, imagesMax: 1.15 },
];
const WITHOUT = LOSSES.map(({ lossRatio }) =>
  runGroupFleet({ count: 8, faults: { lossRatio }, seed: SEED })
);

function endOfOthers(run: GroupFleetRun): number {
  return Math.max(...OTHERS.map((i) => run.doneAtMs(i) ?? Infinity));
}

for (const [row, [name, bad]] of Object.entries(BAD_GROUP_NODES).entries()) {
  const { options, cause, isGone = false } = bad;
  for (const [i, { lossRatio, imagesMax }] of LOSSES.entries()) {
    rowTest(
      (row + i) % 3,
      `group: one node of eight ${name}, ${lossRatio * 100} % of frames lost`,
      () => {
        const without = WITHOUT[i]!;
        const run = runGroupFleet({
          count: 8,
          bad: { [BAD]: options },
          faults: { lossRatio },
          seed: SEED,
        });
        deepStrictEqual(run.faults, []);
        for (const other of OTHERS) {
          strictEqual(run.outcomes[other], "done");
          ok(run.bench.holdsImage(run.bench.nodes[other]));
          deepStrictEqual(run.leftOf(other), [], "another one left the group");
        }
        const wrong = OTHERS.map((other) => run.bench.nodes[other]!.group.log.wrongMendings);
        const isForging = options.groupForges === "perGeneration";
        ok(!isForging || wrong.some((count) => count > 0), "false parity does not strike");
        strictEqual(run.outcomes[BAD] === "done", !isGone, run.outcomes[BAD]);
        const said = run.saidOf(BAD);
        ok(cause === undefined || said.some((text) => cause.test(text)), said.join("\n"));
        const ratio = endOfOthers(run) / endOfOthers(without);
        ok(ratio <= 1.1, `the others take ${ratio.toFixed(3)} times as long`);
        const moreInGroup = run.groupRatio - without.groupRatio;
        const images = run.framesTo(BAD) / IMAGE_FRAMES + Math.max(0, moreInGroup);
        ok(images <= imagesMax, `it is sent ${images.toFixed(2)} images more`);
      },
    );
  }
}
