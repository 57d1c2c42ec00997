import { ok, strictEqual } from "node:assert/strict";
import { runCanvoy } from "../support/canvoy_run.ts";
import { rowTest } from "../support/dear.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;

/** The last line of a command's JSON. */
async function summary(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await runCanvoy([...args, "--json"]);
  strictEqual(status, 0, stderr);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
}

for (const [row, fleet] of ["minimal", "mixed", "hundred"].entries()) {
  rowTest(
    row,
    `plan says within 10 % how long flash then takes: configs/${fleet}.yaml`,
    async () => {
      const file = `${PROJECT}/configs/${fleet}.yaml`;
      const { buses } = await summary("plan", file);
      const { elapsedMs } = await summary("flash", file, "--virtual-time", "--yes");
      const estimatesMs = (buses as { estimateMs: number }[]).map(({ estimateMs }) => estimateMs);
      const ratio = Math.max(...estimatesMs) / Number(elapsedMs);
      ok(Math.abs(ratio - 1) <= 0.1, `${ratio.toFixed(3)} of ${elapsedMs} ms`);
    },
  );
}
