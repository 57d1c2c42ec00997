import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { main } from "../../../src/cli/main.ts";
import { assumedFigures, findDevice } from "../../../src/stm32/mod.ts";
import { MemoryHost } from "./_host.ts";

const PROJECT = new URL("../../..", import.meta.url).pathname;

/** The demo's fleet and its images, in memory. */
function demoHost(...args: readonly string[]): MemoryHost {
  const files: Record<string, Uint8Array> = {
    "demo.yaml": Deno.readFileSync(`${PROJECT}/configs/demo.yaml`),
  };
  for (const { name } of Deno.readDirSync(`${PROJECT}/configs/images`)) {
    files[`images/${name}`] = Deno.readFileSync(`${PROJECT}/configs/images/${name}`);
  }
  return new MemoryHost(["plan", "demo.yaml", ...args], { files });
}

interface Plan {
  readonly plans: readonly {
    readonly node: string;
    readonly dataBytes: number;
    readonly eraseMs: number;
    readonly programMs: number;
  }[];
  readonly buses: readonly { bus: string; nodes: number; estimateMs: number }[];
  readonly assumed: readonly { device: string; assumedFigures: readonly string[] }[];
}

async function plan(...args: readonly string[]): Promise<Plan> {
  const host = demoHost("--json", ...args);
  strictEqual(await main(host), 0, host.stderr.text);
  return JSON.parse(host.stdout.text.trimEnd().split("\n").at(-1)!);
}

Deno.test("plan lists the assumed figures of each device once", async () => {
  const { assumed } = await plan("--only", "engine,gearbox");
  const figures = assumedFigures(findDevice("STM32F407VG"));
  ok(figures.length > 0);
  deepStrictEqual(assumed, [{ device: "STM32F407xG", assumedFigures: figures }]);
  const host = demoHost("--only", "engine");
  await main(host);
  ok(host.stdout.text.includes(`STM32F407xG: assumed without a source: ${figures.join(", ")}\n`));
});

Deno.test("plan estimates each bus: its nodes' flash, its bytes, and little more", async () => {
  const one = await plan("--only", "engine");
  const { dataBytes, eraseMs, programMs } = one.plans[0]!;
  strictEqual(one.buses.length, 1);
  strictEqual(one.buses[0]!.bus, "body");
  // 7 bytes of data in a frame of 111 bits and its 3.5 stuff bits or so, at 1 Mbit/s.
  const wireMs = Math.ceil(dataBytes / 7) * 0.1145;
  const leastMs = eraseMs + programMs + wireMs;
  const { estimateMs } = one.buses[0]!;
  ok(estimateMs > leastMs && estimateMs < 1.05 * leastMs, `${estimateMs} of ${leastMs}`);

  const all = await plan();
  strictEqual(all.buses.reduce((sum, { nodes }) => sum + nodes, 0), 12);
  for (const bus of all.buses) ok(bus.estimateMs > 0, bus.bus);
});
