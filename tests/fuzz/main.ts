// deno-lint-ignore-file no-console
/**
 * Tries decoders with inputs that were made from real ones.
 *
 *     deno task fuzz DECODER [COUNT] [SEED]     a million inputs by default
 *     deno task fuzz all 100000 7               every decoder
 *     deno task fuzz DECODER --only INDEX SEED  one input again
 *
 * An input that takes longer than {@linkcode HANG_MS} is a finding, and so is memory that grows.
 */
import { parseArgs } from "node:util";
import { bytesToHex } from "../../src/core/mod.ts";
import { DECODER_NAMES, loadDecoder } from "./decoders.ts";
import { inputAt } from "./fuzz.ts";
import type { FuzzAnswer, FuzzTask } from "./worker.ts";

const INPUTS_PER_TASK = 2000;
/** No input takes longer, on a busy machine neither. */
const HANG_MS = 20_000;
/** What a process of these decoders may take, whatever it was given. */
const MEMORY_BYTES_MAX = 1.5 * 2 ** 30;
const FINDINGS_MAX = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "boolean" } },
});
const [name = "", number = "1000000", seedText = "1"] = positionals;
const seed = Number(seedText);
const names = name === "all" ? DECODER_NAMES : [name];
if (!names.every((one) => DECODER_NAMES.includes(one))) {
  console.error(`Which decoder? One of ${DECODER_NAMES.join(", ")}, or all`);
  Deno.exit(2);
}
let isClean = true;
for (const one of names) {
  isClean =
    (values.only ? await tryOne(one, Number(number)) : await tryMany(one, Number(number))) &&
    isClean;
}
Deno.exit(isClean ? 0 : 1);

/** One input again, in this process: its findings are thrown. */
async function tryOne(decoderName: string, index: number): Promise<boolean> {
  const decoder = (await loadDecoder(decoderName))!;
  const input = inputAt(decoder, seed, index);
  console.log(`${decoderName}, seed ${seed}, input ${index}: ${bytesToHex(input, "")}`);
  console.log(decoder.attempt(input) ? "taken" : "refused");
  return true;
}

async function tryMany(decoderName: string, count: number): Promise<boolean> {
  const beganMs = performance.now();
  const progress = new SharedArrayBuffer(4);
  let worker = startWorker();
  const sums = { tried: 0, taken: 0, findings: 0, slowestMs: 0, slowest: 0, memoryBytes: 0 };
  const tell = (index: number, what: string): void => {
    sums.findings++;
    console.log(`deno task fuzz ${decoderName} --only ${index} ${seed}\n  ${what}`);
  };
  for (let first = 0; first < count && sums.findings < FINDINGS_MAX;) {
    const size = Math.min(INPUTS_PER_TASK, count - first);
    const range = { seed, first, count: size };
    const answer = await ask(worker, { decoder: decoderName, range, progress });
    if (answer === undefined) {
      const index = new Uint32Array(progress)[0]!;
      tell(index, `hangs, or is slower than ${HANG_MS} ms`);
      worker.terminate();
      worker = startWorker();
      first = index + 1;
      continue;
    }
    first += size;
    sums.tried += answer.tried;
    sums.taken += answer.taken;
    sums.memoryBytes = Math.max(sums.memoryBytes, answer.memoryBytes);
    if (answer.slowest.ms > sums.slowestMs) {
      [sums.slowestMs, sums.slowest] = [answer.slowest.ms, answer.slowest.index];
    }
    for (const { index, what } of answer.findings) tell(index, what);
    if (answer.memoryBytes > MEMORY_BYTES_MAX) tell(first, `${answer.memoryBytes} bytes of memory`);
  }
  worker.terminate();
  const seconds = (performance.now() - beganMs) / 1000;
  console.log(
    `${decoderName}: ${sums.tried} inputs in ${seconds.toFixed(0)} s, ${sums.taken} taken, ` +
      `slowest ${sums.slowestMs.toFixed(0)} ms (${sums.slowest}), ` +
      `${(sums.memoryBytes / 2 ** 20).toFixed(0)} MiB, ${sums.findings} findings`,
  );
  return sums.findings === 0;
}

function startWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}

/** Nothing when it does not get on with any input for too long. */
function ask(worker: Worker, task: FuzzTask): Promise<FuzzAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const at = new Uint32Array(task.progress);
    let seen = -1;
    const watch = setInterval(() => {
      if (at[0] === seen) finish(() => resolve(undefined));
      seen = at[0]!;
    }, HANG_MS);
    const finish = (end: () => void): void => {
      clearInterval(watch);
      end();
    };
    worker.onmessage = ({ data }: MessageEvent<FuzzAnswer>) => finish(() => resolve(data));
    worker.onerror = (event) => finish(() => reject(new Error(event.message)));
    worker.postMessage(task);
  });
}
