import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { checksumRanges } from "../../../src/cli/describe_image.ts";
import { main } from "../../../src/cli/main.ts";
import { createImage } from "../../../src/image/mod.ts";
import { MemoryHost } from "./_host.ts";

const FIELD = new URL("../../fixtures/field/", import.meta.url);
const MERGED = "a08_merged_two05.hex";

async function canvoy(...args: readonly string[]): Promise<MemoryHost> {
  const files: Record<string, Uint8Array> = {};
  for (const name of args.filter((word) => /\.(hex|elf|s19)$/.test(word))) {
    try {
      files[name] = Deno.readFileSync(new URL(name, FIELD));
    } catch {
      continue;
    }
  }
  const host = new MemoryHost(args, { files });
  await main(host);
  return host;
}

Deno.test("image info tells bootloader and application of a merged file, and what to do", async () => {
  const { stdout } = await canvoy("image", "info", MERGED);
  for (
    const words of [
      "it holds 2 programs, as bootloader and application merged into one file:",
      "  0x08000000..0x0800003F  bootloader, stack pointer 0x20020000, reset vector 0x08000031",
      "  0x08008000..0x0800803F  application, stack pointer 0x20020000, reset vector 0x08008031",
      `canvoy image convert ${MERGED} --range 0x08008000..0x0800803F --output app.hex`,
    ]
  ) ok(stdout.text.includes(words), stdout.text);
});

Deno.test("image convert writes the part that a range names", async () => {
  const range = ["--range", "0x08008000..0x0800803F"];
  const { files, stderr } = await canvoy("image", "convert", MERGED, ...range, "--output", "a.hex");
  strictEqual(stderr.text, "");
  const host = new MemoryHost(["image", "info", "a.hex", "--json"], {
    files: Object.fromEntries(files),
  });
  await main(host);
  const summary = JSON.parse(host.stdout.text.trimEnd());
  deepStrictEqual(summary.ranges, [{ start: 0x08008000, end: 0x08008040, memory: "flash" }]);
  strictEqual(summary.programs.length, 1);
});

Deno.test("image commands refuse a range that is none", async () => {
  for (const more of [["info", MERGED], ["convert", MERGED, "--output", "a.hex"]]) {
    const { stderr } = await canvoy("image", ...more, "--range", "0x0801");
    ok(stderr.text.includes("--range 0x0801: expected FIRST..LAST"), stderr.text);
  }
});

Deno.test("image info names option bytes and RAM, and makes checksums of each part", async () => {
  const options = await canvoy("image", "info", "a02_optionbytes_end.hex", "--json");
  const summary = JSON.parse(options.stdout.text.trimEnd());
  deepStrictEqual(
    summary.parts.map(({ start, end }: { start: number; end: number }) => [start, end]),
    [
      [0x08008000, 0x08008040],
      [0x1FFFF800, 0x1FFFF804],
    ],
  );
  ok(summary.ranges[1].memory.startsWith("option bytes (F0, F1, F3"));
  const { stdout } = await canvoy("image", "info", "e07_paddr0.elf");
  ok(stdout.text.includes("  0x20000000..0x20000013  20 bytes, RAM\n"), stdout.text);
  ok(stdout.text.includes("warning: the physical addresses of all segments are 0"));
});

Deno.test("checksumRanges() fills no more gaps than any flash is large", () => {
  const at = (address: number) => ({ address, data: Uint8Array.of(1) });
  const MIB = 1024 * 1024;
  const near = createImage([at(0x08000000), at(0x08000000 + 2 * MIB)]);
  deepStrictEqual(checksumRanges(near), [{ start: 0x08000000, end: 0x08200001 }]);
  const far = createImage([at(0x08000000), at(0x08000000 + 2 * MIB), at(0x90000000)]);
  deepStrictEqual(checksumRanges(far), [
    { start: 0x08000000, end: 0x08200001 },
    { start: 0x90000000, end: 0x90000001 },
  ]);
  const many = createImage(Array.from({ length: 4000 }, (_, i) => at(i * MIB)));
  const ranges = checksumRanges(many);
  ok(ranges.length >= 3990 && ranges.length < 4000, `${ranges.length}`);
  strictEqual(ranges.at(-1)!.end, 3999 * MIB + 1);
});

Deno.test("image info tells a header of MCUboot before what is no vector table", async () => {
  const bytes = new Uint8Array(0x220).fill(0xFF);
  const view = new DataView(bytes.buffer);
  for (
    const [at, word] of [[0, 0x96F3B83D], [8, 0x200], [12, 0x20], [16, 0], [20, 0x00030201], [
      24,
      0,
    ]]
  ) view.setUint32(at!, word!, true);
  const args = ["image", "info", "app.bin", "--base", "0x08008000"];
  const host = new MemoryHost(args, { files: { "app.bin": bytes } });
  strictEqual(await main(host), 0, host.stderr.text);
  const line =
    "  MCUboot header at 0x08008000: version 1.2.3, header 512 bytes, application 32 bytes, " +
    "no trailer; in a layout: headerBytes: 512\n";
  ok(host.stdout.text.includes(line), host.stdout.text);
});
