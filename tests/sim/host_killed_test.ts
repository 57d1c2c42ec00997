import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { JournalWriter } from "../../src/journal/mod.ts";
import {
  countRecords,
  DyingDisk,
  killAndResume,
  makeBench,
  NODE_COUNT,
} from "../campaign/host_kills.ts";

Deno.test("fleet: 4 nodes, host killed at every record of its journal, all resume", () => {
  const count = countRecords();
  ok(count > 100);
  for (let records = 0; records < count; records++) killAndResume(records);
});

Deno.test("fleet: 4 nodes, host killed, the same command again without a journal mends all", () => {
  for (let records = 10; records < 130; records += 12) {
    const bench = makeBench();
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
