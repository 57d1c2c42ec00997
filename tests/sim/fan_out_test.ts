// Some of the bounds that `canvoy bench --quick` keeps, small enough for every run of the tests.
import { ok, strictEqual } from "node:assert/strict";
import { type Bar, BARS } from "../../src/cli/bench/bars.ts";
import { runCase } from "../../src/cli/bench/run_case.ts";
import { rowTest } from "../support/dear.ts";

const SMALL = BARS.filter(({ bench }) => bench.nodes <= 8);

function title({ bench, what, side, bound }: Bar): string {
  const { nodes, bus, loss, ids, blockSize } = bench;
  return `${nodes} nodes, ${bus}, loss ${loss}, ${ids}, BS ${blockSize}: ${what} ` +
    `${side === "min" ? ">=" : "<="} ${bound}`;
}

for (const [row, bar] of SMALL.entries()) {
  rowTest(row, `fan-out: ${title(bar)}`, () => {
    const result = runCase(bar.bench, { seed: 1 });
    const figure = bar.figure(result, 1);
    strictEqual(result.line.failedNodes, 0);
    ok(bar.side === "min" ? figure >= bar.bound : figure <= bar.bound, `${figure}`);
  });
}
