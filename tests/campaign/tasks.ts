import { findDevice } from "../../src/stm32/mod.ts";
import { countRecords, killAndResume, type KillMode } from "./host_kills.ts";
import { type CutMode, type Finding, PowerCutSweep } from "./power_cuts.ts";
import { playMemoryWorld } from "./memory_worlds.ts";
import { runSwarm } from "./swarm.ts";

/** A piece of work that one worker does by itself. */
export type Task =
  /** Every `step`-th cut of a part's sweep, from `from` on. */
  | {
    readonly kind: "cuts";
    readonly device: string;
    readonly mode: CutMode;
    readonly seed: number;
    readonly from: number;
    readonly step: number;
  }
  /** The host killed behind every `step`-th record of its journal, from `from` on. */
  | {
    readonly kind: "kills";
    readonly mode: KillMode;
    readonly from: number;
    readonly step: number;
  }
  /** State folders of killed runs and damaged journals, seeds from `from` up to `to`, exclusive. */
  | { readonly kind: "folders"; readonly from: number; readonly to: number }
  /** Seeds from `from` up to `to`, exclusive. */
  | { readonly kind: "swarm"; readonly from: number; readonly to: number };

/** What came of it. */
export interface TaskResult {
  readonly runs: number;
  readonly findings: readonly Finding[];
}

/**
 * Does a piece of work; whatever is thrown is a finding.
 *
 * @param task The piece.
 * @returns How many runs it made, and what they found.
 */
export function perform(task: Task): TaskResult {
  switch (task.kind) {
    case "cuts":
      return performCuts(task);
    case "kills":
      return performKills(task);
    case "folders":
      return performSeeds(task, "--folder", (seed) => {
        playMemoryWorld(seed);
        return [];
      });
    case "swarm":
      return performSeeds(task, "--swarm", runSwarm);
  }
}

function performCuts({ device, mode, seed, from, step }: Task & { kind: "cuts" }): TaskResult {
  const sweep = new PowerCutSweep(findDevice(device), seed, mode);
  const findings: Finding[] = [];
  let runs = 0;
  const option = mode === "alone" ? "" : `--${mode} `;
  for (let i = from; i < sweep.cuts.length; i += step) {
    runs++;
    const command = `deno task campaign --cut ${sweep.device}:${i} ${option}--seed ${seed}`;
    findings.push(...findingsOf(command, () => sweep.make(sweep.cuts[i]!)));
  }
  return { runs, findings };
}

function performKills({ mode, from, step }: Task & { kind: "kills" }): TaskResult {
  const findings: Finding[] = [];
  let runs = 0;
  for (let records = from, count = countRecords(mode); records < count; records += step) {
    runs++;
    const option = mode === "alone" ? "" : ` --${mode}`;
    const command = `deno task campaign --kill ${records}${option}`;
    findings.push(...findingsOf(command, () => {
      killAndResume(records, mode);
      return [];
    }));
  }
  return { runs, findings };
}

function performSeeds(
  { from, to }: Task & { kind: "folders" | "swarm" },
  option: string,
  play: (seed: number) => readonly string[],
): TaskResult {
  const findings: Finding[] = [];
  for (let seed = from; seed < to; seed++) {
    const command = `deno task campaign ${option} ${seed}`;
    findings.push(...findingsOf(command, () => play(seed)));
  }
  return { runs: to - from, findings };
}

/**
 * Turns what a run says went wrong, and what it throws, into findings.
 *
 * @param command What makes it again.
 * @param run The run.
 * @returns The findings, each once.
 */
export function findingsOf(command: string, run: () => readonly string[]): readonly Finding[] {
  try {
    return [...new Set(run())].map((what) => ({ command, what }));
  } catch (error) {
    const what = error instanceof Error ? `${error.stack ?? error.message}` : String(error);
    return [{ command, what }];
  }
}
