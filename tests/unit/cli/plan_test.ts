import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
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
  const { text } = host.stdout;
  ok(text.includes("STM32F407xG: taken for granted: typical time to erase, "), text);
  ok(text.endsWith("  none decides what is erased: docs/assumed-figures.md\n"), text);
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

Deno.test("plan leads with totals, buses and nodes by kind, each kind's addresses once", async () => {
  const hundred = Deno.readFileSync(`${PROJECT}/configs/hundred.yaml`);
  const files: Record<string, Uint8Array> = { "hundred.yaml": hundred };
  for (const name of ["f103_v2.hex", "f072_v2.s19"]) {
    files[`images/${name}`] = Deno.readFileSync(`${PROJECT}/configs/images/${name}`);
  }
  const host = new MemoryHost(["plan", "hundred.yaml"], { files });
  strictEqual(await main(host), 0, host.stderr.text);
  const lines = host.stdout.text.trimEnd().split("\n");
  match(lines[0]!, /^hundred\.yaml: 100 nodes on 2 buses, \d+\.\d+ MiB to write, about \d+\.\d s$/);
  match(
    lines[1]!,
    /^ {2}bus hall-a: virtual:hall-a, 1000 kbit\/s, to all nodes 0x7DF; 50 nodes, .*, about /,
  );
  match(lines[2]!, /^ {2}bus hall-b: /);
  match(
    lines[3]!,
    /^ {2}80 nodes STM32F103VE: valve 2\.0\.0, .* in \d+ segments?; flash is busy for /,
  );
  strictEqual(lines[4], "    valve-a01 .. valve-a40, valve-b01 .. valve-b40");
  match(lines[5]!, /^ {4}erase 0x08004000\.\.0x[0-9A-F]{8} \(\d+ bytes\), write \d+ bytes$/);
  ok(lines.length < 25, `${lines.length} lines`);
  ok(!lines.some((line) => line.includes("warning")), "nothing that the reader could act on");
});
