/** The bench is judged: what it says of canvoy must not come from itself. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { RogueBench } from "./rogue_bench.ts";

Deno.test("rogue bench: a node without deviations is written at the first try", () => {
  const bench = new RogueBench();
  const run = bench.update();
  deepStrictEqual(run.outcomes, ["done"]);
  deepStrictEqual(run.retries(), []);
  const { flash, log } = bench.node;
  ok(bench.holdsImage());
  deepStrictEqual(flash.violations, []);
  strictEqual(flash.unitsProgrammed, bench.image.length / 4);
  deepStrictEqual(flash.sectors.map(({ erasedAtMs }) => erasedAtMs.length).slice(0, 6), [
    0,
    0,
    1,
    1,
    1,
    0,
  ]);
  deepStrictEqual(log.overlaps(), []);
  deepStrictEqual(log.repeats(), []);
  strictEqual(log.count("11 01"), 1);
});

Deno.test("rogue bench: a host is killed, cancelled or cut off, and the node lives on", () => {
  const bench = new RogueBench();
  const killed = bench.start();
  killed.runTo(1500);
  killed.kill();
  const count = bench.node.log.requests.length;
  bench.wait(100);
  strictEqual(bench.node.log.requests.length, count, "nothing is heard of a killed host");
  ok(bench.node.state.session === 2);
  bench.wait(6000);
  strictEqual(bench.node.state.session, 1, "S3");

  const cancelled = new RogueBench();
  const run = cancelled.start();
  run.runTo(1500);
  run.cancel();
  run.finish();
  ok(run.outcomes[0]!.startsWith("cancelled"));

  const away = new RogueBench();
  const other = away.start();
  other.runTo(1500);
  other.port.down();
  other.runTo(1600);
  const heard = away.node.log.requests.length;
  other.runTo(2500);
  strictEqual(away.node.log.requests.length, heard);
  other.port.mend();
  other.runTo(3000);
  ok(away.node.log.requests.length > heard);
});
