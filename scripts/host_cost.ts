// deno-lint-ignore-file no-console
/**
 * What an update costs the host: user and system time of a process that updates 64 virtual F407 of
 * 992 KiB (65 MB), less that of one that updates 16 (16 MB). What a process costs before its first
 * byte cancels out; both ends and the virtual bus are counted. Blocks have 4,095 bytes.
 *
 *     deno task host-cost
 *
 * Ends with 1 above the bound.
 */
import process from "node:process";
import { runCase } from "../src/cli/bench/run_case.ts";
import { benchCase } from "../src/cli/bench/table.ts";

const NODES = [16, 64] as const;
const IMAGE_BYTES = 992 * 1024;
const BOUND_SECONDS_PER_MB = 0.5;

interface Cost {
  readonly megabytes: number;
  readonly cpuSeconds: number;
}

/** Updates that many nodes in this process. */
function measure(nodes: number): Cost {
  const bench = benchCase({
    mode: "interleaved",
    bus: "classic-1M",
    nodes,
    imageBytes: IMAGE_BYTES,
  });
  const { line } = runCase(bench, { seed: 1 });
  if (line.failedNodes > 0) throw new Error(`${line.failedNodes} nodes were not updated`);
  const { user, system } = process.cpuUsage();
  return { megabytes: nodes * line.imageBytes / 1e6, cpuSeconds: (user + system) / 1e6 };
}

async function measureApart(nodes: number): Promise<Cost> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "--allow-read", import.meta.filename!, String(nodes)],
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`the run with ${nodes} nodes ended with ${code}`);
  return JSON.parse(new TextDecoder().decode(stdout)) as Cost;
}

const [nodes] = Deno.args;
if (nodes !== undefined) console.log(JSON.stringify(measure(Number(nodes))));
else {
  const [small, large] = [await measureApart(NODES[0]), await measureApart(NODES[1])];
  for (const { megabytes, cpuSeconds } of [small, large]) {
    console.log(`${megabytes.toFixed(1)} MB: ${cpuSeconds.toFixed(2)} s of CPU`);
  }
  const perMegabyte = (large.cpuSeconds - small.cpuSeconds) / (large.megabytes - small.megabytes);
  console.log(
    `${perMegabyte.toFixed(3)} s of CPU per 10^6 bytes, at most ${BOUND_SECONDS_PER_MB}`,
  );
  if (perMegabyte > BOUND_SECONDS_PER_MB) Deno.exit(1);
}
