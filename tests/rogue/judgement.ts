/** What every run against a rogue node must hold, whatever the node does. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { RogueBench, RogueRun } from "./rogue_bench.ts";

/** The part of a run's log that people need to see why it failed. */
function story(bench: RogueBench, run: RogueRun): string {
  const log = bench.node.log.toString().split("\n").slice(-25).join("\n");
  const error = run.state.nodes.size === 0 ? "" : run.node.error?.message;
  return `\n${error}\n${run.retries().join("\n")}\nlast requests:\n${log}\n`;
}

/** Done: the image is there, every unit programmed once, no erase for want of something else. */
export function judgeDone(bench: RogueBench, run: RogueRun, what = ""): void {
  const context = `${what}${story(bench, run)}`;
  deepStrictEqual(run.outcomes, run.outcomes.map(() => "done"), context);
  for (const node of bench.nodes) {
    ok(bench.holdsImage(node), context);
    strictEqual(node.life.version(), "2.0.0", context);
  }
  judgeSafe(bench, run, what);
}

/** Holds in every end: one question at a time, flash as the manual wants it. */
export function judgeSafe(bench: RogueBench, run: RogueRun, what = ""): void {
  judgeFlash(bench, run, what);
  for (const { log } of bench.nodes) {
    deepStrictEqual(log.overlaps(), [], `asked behind 0x78: ${what}${story(bench, run)}`);
  }
}

/** Flash as the manual wants it, and no erase for a state error. */
export function judgeFlash(bench: RogueBench, run: RogueRun, what = ""): void {
  const context = `${what}${story(bench, run)}`;
  for (const node of bench.nodes) {
    deepStrictEqual(node.flash.violations, [], context);
  }
  // Which node a block was for is not looked at.
  if (bench.nodes.length === 1) {
    deepStrictEqual(run.idleErases(), [], `erased without a block in between: ${context}`);
  }
}

/** Done, and nothing was tried twice. */
export function judgeFirstTry(bench: RogueBench, run: RogueRun, what = ""): void {
  judgeDone(bench, run, what);
  const context = `${what}${story(bench, run)}`;
  deepStrictEqual(run.retries(), [], context);
  for (const node of bench.nodes) {
    deepStrictEqual(node.log.repeats(), [], context);
    const counts = node.flash.sectors.map(({ erasedAtMs }) => erasedAtMs.length);
    ok(counts.every((count) => count <= 1), `erased ${counts.join()} times ${context}`);
    strictEqual(node.flash.unitsProgrammed, bench.image.length / 4, context);
  }
}

/** Nothing of a node was erased or written. */
export function judgeUntouched(bench: RogueBench): void {
  const nodes = bench.twin === undefined ? bench.nodes : [...bench.nodes, bench.twin];
  for (const { flash } of nodes) {
    ok(flash.sectors.every(({ erasedAtMs }) => erasedAtMs.length === 0), "a sector was erased");
    strictEqual(flash.unitsProgrammed, 0, "something was programmed");
  }
}
