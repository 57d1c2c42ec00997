/** Flow control that holds everything up: WAIT without end by one node of several, STmin 127 ms by all. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { judgeDone } from "./judgement.ts";
import { RogueBench, type RogueBenchOptions, type RogueRun } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

const GOOD: RogueOptions = {};
const NODES = ["node-0", "node-1", "node-2", "node-3"];
/** N_WFTmax times N_Bs, for each try of a request in each try of a node, in ms. */
const GIVEN_UP_MS_MAX = 600_000;

/** When each node came to its end. */
function endsMs(run: RogueRun): ReadonlyMap<string, number> {
  return new Map(
    run.events.flatMap((event) =>
      event.type === "nodeDone" || event.type === "nodeFailed"
        ? [[event.node, event.atMs - run.startedAtMs] as const]
        : []
    ),
  );
}

function updated(
  options: RogueBenchOptions,
): { readonly bench: RogueBench; readonly run: RogueRun } {
  const bench = new RogueBench(options);
  return { bench, run: bench.update() };
}

const WAITS: Readonly<Record<string, readonly [RogueOptions, string]>> = {
  "from the start": [{ waitsUntilMs: Infinity }, "failed: untouched"],
  "as late as N_Bs lets it": [{ waitsUntilMs: Infinity, waitEveryMs: 900 }, "failed: untouched"],
  "from the middle of its image": [
    { waitsUntilMs: Infinity, waitsFromMs: 2_500 },
    "failed: bootloader",
  ],
  "with blocks of few frames, from the middle": [
    { waitsUntilMs: Infinity, waitsFromMs: 2_500, blockSize: 8, waitEveryMs: 900 },
    "failed: bootloader",
  ],
};

for (const [what, [waits, end]] of Object.entries(WAITS)) {
  Deno.test(`flow control: WAIT without end ${what} ends one node, and holds up no other`, () => {
    const alone = endsMs(updated({ rogue: [GOOD, GOOD, GOOD, GOOD] }).run);
    const { bench, run } = updated({ rogue: [GOOD, { ...waits }, GOOD, GOOD] });
    deepStrictEqual(run.outcomes, ["done", end, "done", "done"], run.retries().join("\n"));
    const { error } = run.state.nodes.get("node-1")!;
    match(error!.code, /^ISOTP_(N_WFT_OVRN|N_TIMEOUT_BS)$/, error!.message);
    const ends = endsMs(run);
    for (const name of NODES.filter((name) => name !== "node-1")) {
      const lateMs = ends.get(name)! - alone.get(name)!;
      ok(lateMs < 5_000, `${name} ends ${lateMs} ms later than with good neighbours`);
    }
    ok(ends.get("node-1")! < GIVEN_UP_MS_MAX, `given up after ${ends.get("node-1")} ms`);
    [0, 2, 3].forEach((i) => ok(bench.holdsImage(bench.nodes[i])));
  });
}

/** What a node's STmin must cost for what it was sent, in ms: between any two consecutive frames. */
function gapsMs(bench: RogueBench, index: number, stMinMs: number): number {
  return bench.nodes[index]!.log.requests.reduce((sumMs, { data }) => {
    const frames = data.length <= 7 ? 0 : Math.ceil((data.length - 6) / 7);
    return sumMs + Math.max(0, frames - 1) * stMinMs;
  }, 0);
}

for (const stMin of [0x7F, 0x80, 0xFA, 0xFF]) {
  Deno.test(`flow control: STmin 0x${stMin.toString(16)} of every node is kept, all get through`, () => {
    const options = { imageBytes: 6 * 1024 };
    const quick = updated({ ...options, rogue: [GOOD, GOOD, GOOD, GOOD] });
    const slow = { stMin };
    const { bench, run } = updated({ ...options, rogue: [slow, slow, slow, slow] });
    judgeDone(bench, run);
    deepStrictEqual(run.retries(), [], "nothing was late");
    const [quickEnds, ends] = [endsMs(quick.run), endsMs(run)];
    NODES.forEach((name, i) => {
      const gaps = gapsMs(bench, i, 127);
      const tookMs = ends.get(name)!;
      ok(tookMs >= gaps, `${name} took ${tookMs} ms, its gaps are ${gaps} ms`);
      // All nodes at once: the gaps of one are the wire of the others.
      const lateMs = tookMs - quickEnds.get(name)! - gaps;
      ok(lateMs <= 0.02 * gaps, `${name} took ${lateMs} ms longer than its gaps`);
      strictEqual(bench.nodes[i]!.link.counts.nCrTimeouts, 0);
    });
  });
}
