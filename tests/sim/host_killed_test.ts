import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { JournalWriter } from "../../src/journal/mod.ts";
import {
  countRecords,
  DyingDisk,
  killAndResume,
  makeBench,
  NODE_COUNT,
} from "../campaign/host_kills.ts";
import { dearTest } from "../support/dear.ts";

for (const mode of ["group", "alone"] as const) {
  dearTest(
    `fleet: 4 nodes, ${mode}, host killed at every record of its journal, all resume`,
    () => {
      const count = countRecords(mode);
      ok(count > 100);
      for (let records = 0; records < count; records++) killAndResume(records, mode);
    },
  );
}

Deno.test("fleet: the killed host's group is one: no node is sent blocks of its own", () => {
  const bench = makeBench("group");
  bench.update();
  deepStrictEqual(bench.differing(), []);
  deepStrictEqual(bench.nodes.map(({ statistics }) => statistics.blocks), [0, 0, 0, 0]);
});

Deno.test("fleet: 4 nodes, host killed, the same command again without a journal mends all", () => {
  for (let records = 10; records < 130; records += 12) {
    const bench = makeBench("alone");
    const disk = new DyingDisk(records);
    const host = bench.host({ journal: new JournalWriter(disk, 0) });
    while (!host.isFinished && disk.lost.length === 0) bench.clock.run({ actionsMax: 1 });
    host.kill();
    bench.clock.run({ untilMs: bench.clock.now() + 7000 });
    const events = bench.update();
    deepStrictEqual(bench.differing(), []);
    strictEqual(events.filter(({ type }) => type === "nodeDone").length, NODE_COUNT);
  }
});
