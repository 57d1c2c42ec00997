/** What an earlier run may have left torn in part is erased, whatever its checksum says. */
import { deepStrictEqual } from "node:assert/strict";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

Deno.test("torn in part: a segment that a torn place overlaps anywhere is erased, and no other", () => {
  const segment = { start: 0x0800_C000, end: 0x0801_0000 };
  const places = [
    { start: segment.start + 100, end: segment.start + 104 },
    { start: segment.start, end: segment.start + 1 },
    { start: segment.end - 1, end: segment.end },
    segment,
  ];
  for (const torn of places) {
    const bench = new RogueBench();
    judgeDone(bench, bench.update());
    const { sectors } = bench.node.flash;
    const history = { distrusted: [torn], endState: "bootloader" } as const;
    judgeDone(bench, bench.update({ histories: new Map([["node-0", history]]) }));
    const twice = sectors.filter(({ erasedAtMs }) => erasedAtMs.length > 1);
    deepStrictEqual(twice.map(({ start }) => start), [segment.start], JSON.stringify(torn));
  }
});
