import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  ceilingMs,
  flashTimes,
  GROUP_ID,
  type GroupBenchRun,
  type GroupNodeOptions,
  runGroupBench,
} from "../support/group_bench.ts";
import { dearTest, rowTest } from "../support/dear.ts";

/** On which the fifteenth node hears. */
const SLOW_ID = 0x640 + 14;
/** One exchange that checks an image: five frames and the node's answer, well below it. */
const VERIFY_MS = 1;

function alike(count: number, options: GroupNodeOptions = {}): GroupNodeOptions[] {
  return Array.from({ length: count }, () => options);
}

/** How often a node that takes groups asks for patience: three times within its P2* of 500 ms. */
const PENDING_EVERY_MS = 150;

/** What nothing can beat on the classic bus: the erase, one image, one verify. */
function leastMs({ plan }: GroupBenchRun): number {
  return flashTimes(plan).eraseMs + ceilingMs(plan) + VERIFY_MS;
}

for (const [row, count] of [8, 32].entries()) {
  rowTest(
    row,
    `group: ${count} F407 at 1 Mbit/s in 1.10 of the time of one, 39 frames a node`,
    () => {
      let isGrouped = false;
      let controlFrames = 0;
      let pendingFrames = 0;
      const run = runGroupBench({
        bus: "classic",
        nodes: alike(count),
        // From the first erase, which follows the check of what is there, to the finish.
        onWire: ({ frame: { id, data } }) => {
          const isCheckBegun = data[2] === 0x31 && data[4] === 0x02;
          isGrouped ||= id >= 0x640 && id < 0x740 && isCheckBegun;
          if (!isGrouped || id === GROUP_ID || id === 0x7DF) return;
          const isPending = data[0] === 0x03 && data[1] === 0x7F && data[3] === 0x78;
          if (isPending) pendingFrames++;
          else controlFrames++;
        },
      });
      strictEqual(run.whole.length, count);
      deepStrictEqual([...run.left], []);
      const ratio = run.spanMs() / leastMs(run);
      ok(ratio <= 1.10, `${ratio}`);
      // 512 blocks of 75 frames, each once.
      strictEqual(run.frames.get(GROUP_ID), 512 * 75);
      // 40 with three 0x78 in version 1, whose openings had two frames less: no checksums.
      ok(controlFrames / count <= 39, `${controlFrames / count} frames a node`);
      // Before P2 is over, and then as often as its P2* demands while it erases.
      const pendingMax = 1 + flashTimes(run.plan).eraseMs / PENDING_EVERY_MS;
      ok(pendingFrames / count <= pendingMax, `${pendingFrames / count} times 0x78 a node`);
    },
  );
}

dearTest("group: 32 F407 that lose 0.1 % of frames in 1.35, which plain resending misses", () => {
  const nodes = alike(32, { faults: { lossRatio: 0.001 } });
  const coded = runGroupBench({ bus: "classic", nodes });
  strictEqual(coded.whole.length, 32);
  deepStrictEqual([...coded.left], []);
  const ratio = coded.spanMs() / leastMs(coded);
  ok(ratio <= 1.35, `${ratio}`);
  const plain = runGroupBench({ bus: "classic", nodes, repair: "plain" });
  strictEqual(plain.whole.length, 32);
  ok(plain.spanMs() > 1.35 * leastMs(plain), `${plain.spanMs()}`);
});

Deno.test("group: 16 F407 deaf for 2 ms once a second in 1.35", () => {
  const faults = { deafEveryMsMean: 1000, deafMs: 2 };
  const run = runGroupBench({ bus: "classic", nodes: alike(16, { faults }) });
  strictEqual(run.whole.length, 16);
  const ratio = run.spanMs() / leastMs(run);
  ok(ratio <= 1.35, `${ratio}`);
});

dearTest("group: 16 F407 with 0.1 % lost in both directions, all verified", () => {
  const faults = { lossRatio: 0.001 };
  const run = runGroupBench({
    bus: "classic",
    nodes: alike(16, { faults }),
    testerFaults: faults,
    seed: 3,
  });
  strictEqual(run.whole.length, 16);
});

Deno.test("group: 32 G474 on 1/5 Mbit/s, where flash is the limit, in 1.15 and 1.10 of it", () => {
  const run = runGroupBench({ bus: "fd", nodes: alike(32) });
  strictEqual(run.whole.length, 32);
  const { eraseMs, programMs } = flashTimes(run.plan);
  const dataRatio = (run.lastProgramMs - run.firstDataMs) / programMs;
  ok(dataRatio <= 1.15, `${dataRatio}`);
  const ratio = run.spanMs() / (eraseMs + programMs + VERIFY_MS);
  ok(ratio <= 1.10, `${ratio}`);
});

dearTest("group: one dead, one ten times slower to program, one deaf node hold nobody", () => {
  const good = alike(13);
  const alone = runGroupBench({ bus: "classic", nodes: good });
  const names = Array.from({ length: 13 }, (_, i) => `n${i}`);
  const dataOfSlow: number[] = [];
  let lastGroupMs = 0;
  const run = runGroupBench({
    bus: "classic",
    onWire: ({ frame: { id, data }, startMs }) => {
      if (id === GROUP_ID) lastGroupMs = startMs;
      // The first frame of a block to the slow node.
      if (id === SLOW_ID && data[0]! >> 4 === 1 && data[2] === 0x36) dataOfSlow.push(startMs);
    },
    nodes: [
      ...good,
      { behaviour: { isDead: true } },
      { behaviour: { programTimeScale: 10 } },
      { faults: { lossRatio: 0.2 } },
    ],
  });
  for (const name of names) ok(run.whole.includes(name), name);
  ok(run.whole.includes("n14"), "the slow node is updated by itself");
  ok(dataOfSlow.some((atMs) => atMs < lastGroupMs), "and does not wait for the group's end");
  const ratio = run.spanMs(names) / alone.spanMs(names);
  ok(ratio <= 1.05, `${ratio}`);
  ok(run.left.get("n14")!.startsWith("programming a block takes 20.48 ms"), run.left.get("n14"));
});
