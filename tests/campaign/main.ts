// deno-lint-ignore-file no-console
/**
 * The campaign that tries to lose a node.
 *
 *     deno task campaign                     what CI runs: cuts on many parts, 2,000 seeds
 *     deno task campaign --nightly           fresh seeds until told to stop
 *     deno task campaign --swarm SEED        one world again
 *     deno task campaign --cut DEVICE:INDEX --seed N    one power cut again
 *
 * `--seeds N`, `--first SEED`, `--devices A,B` and `--workers N` change how much is done.
 */
import { parseArgs } from "node:util";
import { deviceName, DEVICES, findDevice } from "../../src/stm32/mod.ts";
import { type Finding, PowerCutSweep } from "./power_cuts.ts";
import { runSwarm } from "./swarm.ts";
import type { Task, TaskResult } from "./tasks.ts";

/** One part of each way of erasing and programming; more than the eight that are asked for. */
const CI_DEVICES = [
  "STM32F103C8",
  "STM32F407VG",
  "STM32F746ZG",
  "STM32G0B1RE",
  "STM32G474RE",
  "STM32H743ZI",
  "STM32L476RG",
  "STM32L552ZE",
  "STM32U575ZI",
];
const CI_SEEDS = 2000;
const CUT_SEED = 7;
const SEEDS_PER_TASK = 50;
/** Cuts of one part are shared out among so many tasks. */
const CUT_TASKS = 4;

const { values } = parseArgs({
  options: {
    nightly: { type: "boolean" },
    swarm: { type: "string" },
    cut: { type: "string" },
    seed: { type: "string", default: String(CUT_SEED) },
    seeds: { type: "string", default: String(CI_SEEDS) },
    first: { type: "string", default: "1" },
    devices: { type: "string" },
    workers: { type: "string", default: String(navigator.hardwareConcurrency) },
  },
});

if (values.swarm !== undefined) finish(runSwarm(Number(values.swarm)));
if (values.cut !== undefined) {
  const [device = "", index = "0"] = values.cut.split(":");
  const sweep = new PowerCutSweep(findDevice(device), Number(values.seed));
  finish(sweep.make(sweep.cuts[Number(index)]!));
}
const startedMs = performance.now();
const isClean = values.nightly ? await runNightly() : await runOnce();
Deno.exit(isClean ? 0 : 1);

function finish(violations: readonly string[]): never {
  for (const violation of new Set(violations)) console.log(violation);
  console.log(violations.length === 0 ? "nothing found" : `${violations.length} found`);
  Deno.exit(violations.length === 0 ? 0 : 1);
}

/** Cuts first: they are few and long; then the swarm. */
async function runOnce(): Promise<boolean> {
  const devices = values.devices === undefined ? CI_DEVICES : devicesNamed(values.devices);
  const seed = Number(values.seed);
  const cuts = devices.flatMap((device) =>
    Array.from({ length: CUT_TASKS }, (_, from): Task => ({
      kind: "cuts",
      device,
      seed,
      from,
      step: CUT_TASKS,
    }))
  );
  const first = Number(values.first);
  const swarm = swarmTasks(first, Number(values.seeds));
  console.log(`power cuts on ${devices.length} parts, seed ${seed}; swarm from seed ${first} on`);
  const cutResult = await share(cuts, () => false);
  console.log(`${cutResult.runs} power cuts: ${cutResult.findings.length} findings, ${elapsed()}`);
  const swarmResult = await share(swarm, () => false);
  console.log(`${swarmResult.runs} seeds: ${swarmResult.findings.length} findings, ${elapsed()}`);
  const isClean = cutResult.findings.length + swarmResult.findings.length === 0;
  console.log(`${cutResult.runs + swarmResult.runs} runs, ${isClean ? "none" : "some"} failed`);
  return isClean;
}

/** Fresh seeds until a signal comes. */
async function runNightly(): Promise<boolean> {
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => (isStopped = true));
  }
  let first = Math.floor(Math.random() * 2 ** 30);
  let runs = 0;
  let findings = 0;
  while (!isStopped) {
    console.log(`seeds from ${first} on`);
    const beforeMs = performance.now();
    const result = await share(swarmTasks(first, CI_SEEDS), () => isStopped);
    runs += result.runs;
    findings += result.findings.length;
    first += CI_SEEDS;
    const perSecond = result.runs / ((performance.now() - beforeMs) / 1000);
    console.log(`${runs} seeds, ${findings} findings, ${perSecond.toFixed(1)} seeds/s`);
  }
  return findings === 0;
}

function devicesNamed(names: string): readonly string[] {
  return names === "all" ? DEVICES.map(deviceName) : names.split(",");
}

function swarmTasks(first: number, count: number): readonly Task[] {
  const tasks: Task[] = [];
  for (let from = first; from < first + count; from += SEEDS_PER_TASK) {
    tasks.push({ kind: "swarm", from, to: Math.min(from + SEEDS_PER_TASK, first + count) });
  }
  return tasks;
}

/** Has all cores work on tasks; findings are told as they come. */
async function share(tasks: readonly Task[], isStopped: () => boolean): Promise<TaskResult> {
  const waiting = [...tasks];
  const findings: Finding[] = [];
  let runs = 0;
  async function work(): Promise<void> {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    for (let task = waiting.shift(); task && !isStopped(); task = waiting.shift()) {
      const result = await ask(worker, task);
      runs += result.runs;
      findings.push(...result.findings);
      for (const { command, what } of result.findings) console.log(`${command}\n  ${what}`);
    }
    worker.terminate();
  }
  await Promise.all(Array.from({ length: Number(values.workers) }, work));
  return { runs, findings };
}

function ask(worker: Worker, task: Task): Promise<TaskResult> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<TaskResult>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(task);
  });
}

function elapsed(): string {
  return `${((performance.now() - startedMs) / 1000).toFixed(0)} s`;
}
