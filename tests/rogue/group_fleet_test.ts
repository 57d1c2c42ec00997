/** Fleets in groups, judged by nodes that know the document only, in the document's own times. */
import { deepStrictEqual, ok } from "node:assert/strict";
import type { BusFaults } from "../../src/sim/mod.ts";
import { type GroupFleetRun, runGroupFleet } from "./group_fleet.ts";
import { dearTest, rowTest } from "../support/dear.ts";

/** All nodes stayed in the group, are whole, and did nothing that they must not do. */
function judgeWhole(run: GroupFleetRun, what: string): void {
  const { bench, outcomes, events, faults } = run;
  const left = events.flatMap((event) =>
    event.type === "nodeLeftGroup" ? [`${what}: ${event.node}: ${event.reason}`] : []
  );
  deepStrictEqual(left, []);
  deepStrictEqual(outcomes.filter((outcome) => outcome !== "done"), [], what);
  deepStrictEqual(faults, [], what);
  for (const node of bench.nodes) {
    ok(bench.holdsImage(node), what);
    ok(node.log.count("36") === 0, `${what}: sent by itself`);
    const { programmed, buffersUsedMax } = node.group.log;
    ok(new Set(programmed).size === programmed.length, `${what}: programmed twice`);
    ok(buffersUsedMax <= 96, `${what}: ${buffersUsedMax} buffers of 64 bytes and more`);
  }
}

interface Loss {
  readonly lossRatio: number;
  readonly groupRatioMax: number;
  readonly seeds: readonly number[];
}

function seedsTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

// Of an image without loss; at 0.2 % what lies between the other two in proportion.
const LOSSES: readonly Loss[] = [
  { lossRatio: 0, groupRatioMax: 1, seeds: [1] },
  { lossRatio: 0.001, groupRatioMax: 1.15, seeds: seedsTo(8) },
  { lossRatio: 0.002, groupRatioMax: 1.25, seeds: seedsTo(8) },
  { lossRatio: 0.01, groupRatioMax: 2, seeds: seedsTo(8) },
];

for (const { lossRatio, groupRatioMax, seeds } of LOSSES) {
  rowTest(
    lossRatio > 0 ? 1 : 0,
    `group fleet: 16 nodes that lose ${lossRatio * 100} % stay and end whole`,
    () => {
      for (const seed of seeds) judgeFleet(16, groupRatioMax, seed, { lossRatio }, {});
    },
  );
}

Deno.test("group fleet: 32 nodes stay and end whole where 0.1 % is lost both ways", () => {
  judgeFleet(32, 1.15, 1, { lossRatio: 0.001 }, { lossRatio: 0.001 });
});

dearTest("group fleet: 16 nodes stay and end whole where 1 % is lost both ways", () => {
  for (const seed of [1, 3]) judgeFleet(16, 2, seed, { lossRatio: 0.01 }, { lossRatio: 0.01 });
});

function judgeFleet(
  count: number,
  groupRatioMax: number,
  seed: number,
  faults: BusFaults,
  testerFaults: BusFaults,
): void {
  const run = runGroupFleet({ count, faults, testerFaults, seed });
  const what = `seed ${seed}`;
  judgeWhole(run, what);
  ok(run.groupRatio <= groupRatioMax, `${what}: ${run.groupRatio.toFixed(3)} images`);
}
