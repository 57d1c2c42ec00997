/** What an update of any bootloader must bear: lost answers, power cuts, a killed host and `resume`. */
import { deepStrictEqual } from "node:assert/strict";
import { historiesOf, readJournal } from "../../src/journal/mod.ts";
import { journalOf } from "../unit/journal/_support.ts";
import { judgeDone, judgeFirstTry } from "./judgement.ts";
import { RogueBench, type RogueBenchOptions } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

/** One node, and the profile that says how it is talked to. */
export interface BentNode extends Omit<RogueBenchOptions, "rogue"> {
  readonly rogue: RogueOptions;
  /** It is asked the same again and again until it is done. */
  readonly isPolled?: boolean;
  /**
   * How long it is left alone once its host is killed, in ms, before another one resumes: what it was
   * asked last may take so long. 100 by default.
   */
  readonly restMs?: number;
}

/** Moments at which power is cut, and at which the host is killed, as parts of a whole run. */
const MOMENTS = [0.03, 0.2, 0.45, 0.7, 0.93];

/** Updates it, and tells how long that took, in ms. */
export function judgeUndisturbed(node: BentNode): number {
  const bench = new RogueBench(node);
  const run = bench.update();
  if (node.isPolled === true) {
    judgeDone(bench, run, "undisturbed");
    deepStrictEqual(run.retries(), []);
  } else judgeFirstTry(bench, run, "undisturbed");
  return run.node.endedAtMs! - run.startedAtMs;
}

/** Its answers to some requests are lost, one in each run. */
export function judgeLostAnswers(
  node: BentNode,
  requests: readonly { readonly on: string; readonly nth: number }[],
): void {
  for (const lost of requests) {
    const bench = new RogueBench({ ...node, rogue: { ...node.rogue, lose: [lost] } });
    judgeDone(bench, bench.update(), `no answer to ${lost.on}, number ${lost.nth}`);
  }
}

/** Its power is cut; the same run brings it through. */
export function judgePowerCuts(node: BentNode, wholeMs: number): void {
  for (const moment of MOMENTS) {
    const bench = new RogueBench(node);
    const run = bench.start();
    run.runTo(wholeMs * moment);
    bench.node.powerCut();
    run.finish();
    judgeDone(bench, run, `power cut at ${moment}`);
  }
}

/** The host is killed; the next one resumes from its journal. */
export function judgeResumes(node: BentNode, wholeMs: number): void {
  for (const moment of MOMENTS) {
    const bench = new RogueBench(node);
    const first = bench.start();
    first.runTo(wholeMs * moment);
    first.kill();
    bench.wait(node.restMs ?? 100);
    const histories = historiesOf(readJournal(journalOf(first.events)));
    judgeDone(bench, bench.update({ histories }), `resumed, killed at ${moment}`);
  }
}

/** All of it. */
export function judgeBent(
  node: BentNode,
  lost: readonly { readonly on: string; readonly nth: number }[],
): void {
  const wholeMs = judgeUndisturbed(node);
  judgeLostAnswers(node, lost);
  judgePowerCuts(node, wholeMs);
  judgeResumes(node, wholeMs);
}
