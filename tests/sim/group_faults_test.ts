import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Subject } from "rxjs";
import { BUILT_IN_PROFILES } from "../../src/update/mod.ts";
import { F407_LAYOUT, randomImage } from "../support/bench.ts";
import { GROUP_ID, type GroupNodeOptions, runGroupBench } from "../support/group_bench.ts";

const IMAGE_BYTES = 24 * 1024;
/** Two sectors and a record are erased, 6,144 words programmed, a record written. */
const OPERATIONS = 2 + IMAGE_BYTES / 4 + 1;

function alike(count: number): GroupNodeOptions[] {
  return Array.from({ length: count }, () => ({}));
}

Deno.test("group: power cut anywhere, the node comes back late and all end whole", () => {
  for (let operation = 1; operation <= OPERATIONS; operation += 431) {
    const nodes = alike(4);
    nodes[2] = { behaviour: { powerLossAtOperation: operation } };
    const run = runGroupBench({ bus: "classic", imageBytes: IMAGE_BYTES, nodes });
    deepStrictEqual(run.whole, ["n0", "n1", "n2", "n3"], `operation ${operation}`);
  }
});

Deno.test("group: power that stays away costs that node alone, and is told as it is", () => {
  const nodes = alike(4);
  nodes[1] = { behaviour: { powerLossAtOperation: 1000, powerLossMs: 3_600_000 } };
  const run = runGroupBench({ bus: "classic", imageBytes: IMAGE_BYTES, nodes });
  deepStrictEqual(run.whole, ["n0", "n2", "n3"]);
  const failed = run.events.find((event) => event.type === "nodeFailed");
  ok(failed?.type === "nodeFailed" && failed.node === "n1");
  strictEqual(failed.state, "bootloader");
});

Deno.test("group: a unit that fails to program takes its node out of the group, not the others", () => {
  const nodes = alike(3);
  nodes[0] = { behaviour: { failProgramAt: F407_LAYOUT.application.start + 0x3000 } };
  const run = runGroupBench({ bus: "classic", imageBytes: IMAGE_BYTES, nodes });
  deepStrictEqual(run.whole, ["n0", "n1", "n2"]);
  deepStrictEqual([...run.left], [["n0", "a block could not be programmed"]]);
});

Deno.test("group: an erase that fails takes its node out of the group, not the others", () => {
  const nodes = alike(3);
  nodes[1] = { behaviour: { failEraseAt: F407_LAYOUT.application.start } };
  const run = runGroupBench({ bus: "classic", imageBytes: IMAGE_BYTES, nodes });
  deepStrictEqual(run.whole, ["n0", "n1", "n2"]);
  deepStrictEqual([...run.left.keys()], ["n1"]);
});

Deno.test("group: who erases far longer than the median is not waited for, and moved", () => {
  const nodes = alike(4);
  // 1.2 times the median, and the time in which a lost answer is noticed: see the document.
  nodes[3] = { behaviour: { flashTimeScale: 3 } };
  const run = runGroupBench({ bus: "classic", nodes });
  strictEqual(run.whole.length, 4);
  ok(run.left.get("n3")!.startsWith("erasing takes over"), run.left.get("n3"));
});

Deno.test("group: a node that is switched on late joins and gets what it missed", () => {
  const run = runGroupBench({
    bus: "classic",
    imageBytes: IMAGE_BYTES * 4,
    nodes: alike(4),
    prepare: ({ clock, nodes }) => {
      nodes[3]!.powerOff();
      // The others are erased by then, and data flows.
      clock.schedule(() => nodes[3]!.powerOn(), 400);
    },
  });
  strictEqual(run.whole.length, 4);
  strictEqual(run.left.size, 0);
});

Deno.test("group: a node with room for one block only is mended too", () => {
  const nodes = alike(4).map(() => ({
    behaviour: { groupBufferBlocks: 1 },
    faults: { lossRatio: 0.002 },
  }));
  const run = runGroupBench({ bus: "classic", imageBytes: IMAGE_BYTES, nodes });
  strictEqual(run.whole.length, 4);
});

Deno.test("group: two images, and nodes that take none, in one job on one bus", () => {
  const other = randomImage(F407_LAYOUT.application.start, IMAGE_BYTES, 77);
  const alone = randomImage(F407_LAYOUT.application.start, IMAGE_BYTES, 78);
  const profile = BUILT_IN_PROFILES.get("iso14229")!;
  const run = runGroupBench({
    bus: "classic",
    imageBytes: IMAGE_BYTES,
    nodes: [{}, {}, { image: other }, { image: other }, { profile }, { image: alone }],
  });
  strictEqual(run.whole.length, 6);
  strictEqual(run.left.size, 0);
  // Two groups: each image once; the last node is alone with its own, and needs no group.
  strictEqual(run.frames.get(GROUP_ID), 2 * 48 * 75);
});

Deno.test("group: who holds the image already is left as it is", () => {
  const options = { bus: "classic", imageBytes: IMAGE_BYTES, nodes: alike(3) } as const;
  const first = runGroupBench(options);
  const again = runGroupBench({
    ...options,
    prepare: ({ nodes }) => {
      nodes.forEach((node, i) => {
        if (i === 2) return;
        node.restore(first.nodes[i]!.snapshot());
        node.powerOn();
      });
    },
  });
  strictEqual(again.whole.length, 3);
  const upToDate = again.events.flatMap((event) =>
    event.type === "nodeDone" && event.upToDate ? [event.node] : []
  );
  deepStrictEqual(upToDate, ["n0", "n1"]);
});

Deno.test("group: a dead, a slow and a deaf node are named, and what is told of them is true", () => {
  const nodes = [
    ...alike(5),
    { behaviour: { isDead: true } },
    { behaviour: { programTimeScale: 10 } },
    { faults: { lossRatio: 0.2 } },
  ];
  const run = runGroupBench({ bus: "classic", imageBytes: IMAGE_BYTES * 2, nodes });
  for (const name of ["n0", "n1", "n2", "n3", "n4", "n6"]) ok(run.whole.includes(name), name);
  // The dead one never came: it is not a member that left, but a node that failed, untouched.
  const ends = run.events.flatMap((event) =>
    event.type === "nodeDone" || event.type === "nodeFailed" ? [event] : []
  );
  strictEqual(ends.length, nodes.length);
  const endOf = (name: string) => ends.find(({ node }) => node === name)!;
  const dead = endOf("n5");
  ok(dead.type === "nodeFailed" && dead.state === "untouched", JSON.stringify(dead));
  ok(run.left.get("n6")!.startsWith("programming a block takes"), run.left.get("n6"));
  // The deaf one left the group, by name, or lost its session on the way; then its own turn came.
  const deaf = endOf("n7");
  const troubles = run.events.filter((event) =>
    "node" in event && event.node === "n7" &&
    (event.type === "nodeLeftGroup" || (event.type === "retry" && event.scope === "node"))
  );
  ok(troubles.length > 0 || deaf.type === "nodeFailed", "nobody would know of n7");
  strictEqual(deaf.type === "nodeDone", run.whole.includes("n7"));
  if (deaf.type !== "nodeFailed") return;
  strictEqual(deaf.state, "bootloader");
  strictEqual(run.nodes[7]!.mode, "bootloader");
});

Deno.test("group: a node that does not know the routine is updated by itself, and named", () => {
  const nodes = alike(4);
  nodes[1] = { dialect: BUILT_IN_PROFILES.get("iso14229")! };
  const run = runGroupBench({ bus: "classic", imageBytes: IMAGE_BYTES, nodes });
  deepStrictEqual(run.whole, ["n0", "n1", "n2", "n3"]);
  deepStrictEqual([...run.left.keys()], ["n1"]);
  ok(run.left.get("n1")!.includes("requestOutOfRange"), run.left.get("n1"));
  ok(run.left.get("n1")!.endsWith("does not say that it takes groups"), run.left.get("n1"));
});

Deno.test("group: a run that is asked to stop in the midst of data leaves all in their bootloaders", () => {
  const requested$ = new Subject<void>();
  const cancellation = { requested: false, requested$ };
  let groupFrames = 0;
  const run = runGroupBench({
    bus: "classic",
    imageBytes: IMAGE_BYTES,
    nodes: alike(4),
    cancellation,
    onWire: ({ frame: { id } }) => {
      if (id !== GROUP_ID || ++groupFrames !== 1000) return;
      cancellation.requested = true;
      requested$.next();
    },
  });
  const ends = run.events.flatMap((event) => event.type === "nodeCancelled" ? [event.state] : []);
  deepStrictEqual(ends, ["bootloader", "bootloader", "bootloader", "bootloader"]);
  // The message that was on its way is ended, and nothing follows it.
  ok(run.frames.get(GROUP_ID)! < 1000 + 2 * 75, `${run.frames.get(GROUP_ID)}`);
  for (const { mode } of run.nodes) strictEqual(mode, "bootloader");
  // The same command once more.
  const again = runGroupBench({
    bus: "classic",
    imageBytes: IMAGE_BYTES,
    nodes: alike(4),
    prepare: ({ nodes }) =>
      nodes.forEach((node, i) => {
        node.restore(run.nodes[i]!.snapshot());
        node.powerOn();
      }),
  });
  strictEqual(again.whole.length, 4);
  strictEqual(again.left.size, 0);
});
