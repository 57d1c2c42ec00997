// deno-lint-ignore-file no-console
/**
 * The campaign that tries to lose a node.
 *
 *     deno task campaign                     what CI runs: power cuts, killed hosts, 2,000 worlds
 *     deno task campaign --nightly           fresh worlds until told to stop
 *     deno task campaign --swarm SEED        one world again
 *     deno task campaign --cut DEVICE:INDEX [--group|--banks|--vectors] --seed N    one power cut again
 *     deno task campaign --kill RECORDS [--group]    one killed host again
 *     deno task campaign --folder SEED       one state folder of killed runs and damaged journals again
 *
 * `--seeds N`, `--first SEED`, `--devices A,B` and `--workers N` change how much is done, `--memory
 * MIB` how much of it may be held.
 */
import { parseArgs } from "node:util";
import { canSwapBanks, deviceName, DEVICES, findDevice } from "../../src/stm32/mod.ts";
import { killAndResume, type KillMode } from "./host_kills.ts";
import { type CutMode, type Finding, PowerCutSweep } from "./power_cuts.ts";
import { playMemoryWorld } from "./memory_worlds.ts";
import { runSwarm } from "./swarm.ts";
import { findingsOf, type Task, type TaskResult } from "./tasks.ts";
import type { WorkerAnswer } from "./worker.ts";

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
/** Parts whose nodes are cut in a group: small units, large sectors, units of 32 bytes. */
const CI_GROUP_DEVICES = ["STM32F407VG", "STM32G474RE", "STM32H743ZI"];
/** Parts whose banks are exchanged: small units with a check code, and units of 32 bytes. */
const CI_BANKS_DEVICES = ["STM32G474RE", "STM32H743ZI"];
/** Parts whose vectors are erased first and written last. */
const CI_VECTORS_DEVICES = ["STM32G474RE", "STM32H743ZI"];
const CI_SEEDS = 2000;
const CI_FOLDERS = 400;
const CUT_SEED = 7;
const SEEDS_PER_TASK = 25;
/** Cuts of one part are shared out among so many tasks, and so are killed hosts. */
const SHARES = 4;
const shares = Array.from({ length: SHARES }, (_, from) => from);
/** After so many seeds the nightly form says how it gets on. */
const NIGHTLY_SEEDS = 500;
/** What this process may take of memory, whatever it has run so far. */
const MEMORY_MIB_MAX = 1536;

const { values } = parseArgs({
  options: {
    nightly: { type: "boolean" },
    swarm: { type: "string" },
    cut: { type: "string" },
    group: { type: "boolean" },
    banks: { type: "boolean" },
    vectors: { type: "boolean" },
    kill: { type: "string" },
    folder: { type: "string" },
    seed: { type: "string", default: String(CUT_SEED) },
    seeds: { type: "string" },
    first: { type: "string" },
    devices: { type: "string" },
    memory: { type: "string", default: String(MEMORY_MIB_MAX) },
    workers: { type: "string", default: String(navigator.hardwareConcurrency) },
  },
});

if (values.swarm !== undefined) again(() => runSwarm(Number(values.swarm)));
if (values.cut !== undefined) {
  const [device = "", index = "0"] = values.cut.split(":");
  again(() => {
    const modes = ["group", "banks", "vectors"] as const;
    const mode = modes.find((name) => values[name]) ?? "alone";
    const sweep = new PowerCutSweep(findDevice(device), Number(values.seed), mode);
    return sweep.make(sweep.cuts[Number(index)]!);
  });
}
if (values.kill !== undefined) {
  again(() => {
    killAndResume(Number(values.kill), values.group ? "group" : "alone");
    return [];
  });
}
if (values.folder !== undefined) {
  again(() => {
    playMemoryWorld(Number(values.folder));
    return [];
  });
}
const startedMs = performance.now();
const isClean = values.nightly ? await runNightly() : await runOnce();
Deno.exit(isClean ? 0 : 1);

/** One run again: what was wrong, and how it ended. */
function again(run: () => readonly string[]): never {
  const findings = findingsOf("", run);
  for (const { what } of findings) console.log(what);
  console.log(findings.length === 0 ? "nothing found" : `${findings.length} found`);
  Deno.exit(findings.length === 0 ? 0 : 1);
}

/** Power cuts first: they are few and long. */
async function runOnce(): Promise<boolean> {
  const seed = Number(values.seed);
  const first = Number(values.first ?? 1);
  const parts = values.devices === undefined ? CI_DEVICES : devicesNamed(values.devices);
  const groupParts = values.devices === undefined ? CI_GROUP_DEVICES : parts;
  const banksParts = values.devices === undefined
    ? CI_BANKS_DEVICES
    : parts.filter((device) => canSwapBanks(findDevice(device)));
  const vectorsParts = values.devices === undefined ? CI_VECTORS_DEVICES : parts;
  console.log(`seed ${seed}; worlds from ${first} on`);
  const phases: readonly (readonly [string, readonly Task[]])[] = [
    [`power cuts on ${parts.length} parts`, cutTasks(parts, "alone", seed)],
    [`power cuts in groups, on ${groupParts.length} parts`, cutTasks(groupParts, "group", seed)],
    [`power cuts in two banks, on ${banksParts.length} parts`, cutTasks(banksParts, "banks", seed)],
    [
      `power cuts with vectors first, on ${vectorsParts.length} parts`,
      cutTasks(vectorsParts, "vectors", seed),
    ],
    ["killed hosts", killTasks("alone")],
    ["killed hosts of a group", killTasks("group")],
    ["state folders", seedTasks("folders", first, CI_FOLDERS)],
    ["worlds", seedTasks("swarm", first, Number(values.seeds ?? CI_SEEDS))],
  ];
  let passed = 0;
  let failed = 0;
  for (const [what, tasks] of phases) {
    const { runs, findings } = await share(tasks, () => false);
    const failedRuns = new Set(findings.map(({ command }) => command)).size;
    passed += runs - failedRuns;
    failed += failedRuns;
    console.log(`${runs} ${what}: ${findings.length} findings, ${elapsed()}`);
  }
  console.log(`campaign: ${passed} passed, ${failed} failed`);
  return failed === 0;
}

/** Fresh seeds until a signal comes. */
async function runNightly(): Promise<boolean> {
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => (isStopped = true));
  }
  const count = Number(values.seeds ?? NIGHTLY_SEEDS);
  let first = Number(values.first ?? Math.floor(Math.random() * 2 ** 30));
  let runs = 0;
  let findings = 0;
  console.log(`worlds from ${first} on, until told to stop`);
  while (!isStopped) {
    const beforeMs = performance.now();
    const result = await share(seedTasks("swarm", first, count), () => isStopped);
    runs += result.runs;
    findings += result.findings.length;
    first += count;
    const perSecond = result.runs / ((performance.now() - beforeMs) / 1000);
    console.log(`${runs} seeds, ${findings} findings, ${perSecond.toFixed(1)} seeds/s`);
  }
  return findings === 0;
}

function devicesNamed(names: string): readonly string[] {
  return names === "all" ? DEVICES.map(deviceName) : names.split(",").filter((name) => name !== "");
}

function cutTasks(devices: readonly string[], mode: CutMode, seed: number): readonly Task[] {
  return devices.flatMap((device) =>
    shares.map((from): Task => ({ kind: "cuts", device, mode, seed, from, step: SHARES }))
  );
}

function killTasks(mode: KillMode): readonly Task[] {
  return shares.map((from): Task => ({ kind: "kills", mode, from, step: SHARES }));
}

function seedTasks(kind: "folders" | "swarm", first: number, count: number): readonly Task[] {
  const tasks: Task[] = [];
  for (let from = first; from < first + count; from += SEEDS_PER_TASK) {
    tasks.push({ kind, from, to: Math.min(from + SEEDS_PER_TASK, first + count) });
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
      const answer = await ask(worker, task);
      runs += answer.runs;
      const found = [...answer.findings, ...memoryFindings(answer)];
      findings.push(...found);
      for (const { command, what } of found) console.log(`${command}\n  ${what}`);
    }
    worker.terminate();
  }
  await Promise.all(Array.from({ length: Number(values.workers) }, work));
  return { runs, findings };
}

function memoryFindings({ memoryBytes }: WorkerAnswer): readonly Finding[] {
  const memoryMib = memoryBytes / 2 ** 20;
  if (memoryMib <= Number(values.memory)) return [];
  const what = `${memoryMib.toFixed(0)} MiB of memory are held`;
  return [{ command: `deno task campaign ${Deno.args.join(" ")}`, what }];
}

function ask(worker: Worker, task: Task): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(task);
  });
}

function elapsed(): string {
  return `${((performance.now() - startedMs) / 1000).toFixed(0)} s`;
}
