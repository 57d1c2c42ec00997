import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { main } from "../../../src/cli/main.ts";
import { MemoryHost } from "./_host.ts";

const PROJECT = new URL("../../..", import.meta.url).pathname;
const IMAGE = "images/f407_v2.hex";

/** A node of the demo's F407 firmware, on a part of that name as its author describes it. */
function fleet(device: string): string {
  return `
buses: { bench: { url: "virtual:bench" } }
images: { app: ${IMAGE} }
devices:
  ${device}:
    core: Cortex-M4
    can: bxCAN
    erase: [{ size: 16K, count: 4 }, { size: 64K, count: 1 }, { size: 128K, count: 7 }]
    program: 4
    ecc: false
    ram: [{ start: 0x20000000, size: 128K }, { start: 0x10000000, size: 64K }]
    vectors: 98
nodes:
  - name: door
    bus: bench
    request: 0x200
    response: 0x300
    device: ${device}
    layout:
      bootloader: { start: 0x08000000, size: 32K }
      application: { start: 0x08008000, size: 992K }
    image: app
    security: none
`;
}

async function run(command: readonly string[], device: string): Promise<MemoryHost> {
  const files = {
    "own.yaml": fleet(device),
    [IMAGE]: Deno.readFileSync(`${PROJECT}/configs/${IMAGE}`),
  };
  const host = new MemoryHost([...command, "own.yaml"], { files });
  strictEqual(await main(host), 0, host.stderr.text);
  return host;
}

Deno.test("plan tells a declared device as the user's own, and what it assumes of it", async () => {
  const { stdout } = await run(["plan"], "own-f4");
  const lines = stdout.text.split("\n");
  ok(lines.includes(
    "own-f4  1024 KiB  4 x 16K, 1 x 64K, 7 x 128K  4 B a write  1 bank  bxCAN  your own figures, " +
      "declared under devices:",
  ));
  const assumed = /^own-f4: taken for granted: .*typical time to erase/;
  ok(lines.some((line) => assumed.test(line)), stdout.text);
});

Deno.test("plan says that a declared device stands in place of canvoy's own figures", async () => {
  const { stdout } = await run(["plan"], "STM32F407VG");
  ok(stdout.text.includes("in place of canvoy's own of STM32F407xG"), stdout.text);
});

Deno.test("plan --json tells declared devices apart", async () => {
  const { stdout } = await run(["plan", "--json"], "own-f4");
  const summary = JSON.parse(stdout.text.trimEnd().split("\n").at(-1)!);
  deepStrictEqual(
    summary.declared.map((one: Record<string, unknown>) => [one.device, one.flashBytes]),
    [["own-f4", 1024 * 1024]],
  );
});

Deno.test("flash updates a virtual node of a declared device", async () => {
  const { stdout } = await run(["flash", "--virtual-time", "--json"], "own-f4");
  const summary = JSON.parse(stdout.text.trimEnd().split("\n").at(-1)!);
  strictEqual(summary.ok, true, stdout.text.slice(-600));
});
