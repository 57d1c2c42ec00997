import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { main } from "../../../src/cli/main.ts";
import { DEVICES, LEFT_OUT } from "../../../src/stm32/mod.ts";
import { MemoryHost } from "./_host.ts";

async function devices(...args: readonly string[]): Promise<MemoryHost> {
  const host = new MemoryHost(["devices", ...args]);
  strictEqual(await main(host), 0, host.stderr.text);
  return host;
}

Deno.test("devices lists every row, and what is left out with the reason", async () => {
  const { stdout, stderr } = await devices();
  const lines = stdout.text.trimEnd().split("\n");
  strictEqual(lines.length, DEVICES.length);
  ok(
    lines.some((line) =>
      /^STM32F407xG +1024 KiB +4 x 16K, 1 x 64K, 7 x 128K +4 B a write +1 bank +bxCAN$/.test(line)
    ),
  );
  for (const { reason } of LEFT_OUT) ok(stderr.text.includes(reason), reason);
});

Deno.test("devices PATTERN says what is assumed of each part, in words", async () => {
  const { stdout, stderr } = await devices("stm32h743vgt6");
  deepStrictEqual(stdout.text.trimEnd().split("\n"), [
    "STM32H743xG  1024 KiB  8 x 128K  32 B a write  2 banks  FDCAN",
    "  Cortex-M7, 166 vectors; RAM DTCM 0x20000000..0x2001FFFF, AXI SRAM 0x24000000..0x2407FFFF, " +
    "SRAM1 to SRAM3 0x30000000..0x30047FFF, SRAM4 0x38000000..0x3800FFFF",
    "  each write carries a check code: a unit is programmed once after an erase",
    "  bank 2 starts at 0x08100000, behind the hole 0x08080000..0x080FFFFF",
    "  SWAP_BANK_OPT 1: bank 2 stands at the start of flash",
    "  assumed: whether a unit may be programmed twice",
  ]);
  strictEqual(stderr.text, "1 part of 1 line\n");
});

Deno.test("devices --json tells the rows in its summary", async () => {
  const { stdout } = await devices("G474RC", "--json");
  const [summary, ...others] = stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  deepStrictEqual(others, []);
  strictEqual(summary.command, "devices");
  deepStrictEqual(
    summary.devices.map((row: Record<string, unknown>) => [
      row.device,
      row.flashBytes,
      row.eraseUnits,
      row.programUnitBytes,
      row.hasEcc,
      row.banks,
      row.secondBankStart,
      row.bankBit,
      row.can,
    ]),
    [
      [
        "STM32G474xC/dual-bank",
        262144,
        [{ sizeBytes: 2048, count: 128 }],
        8,
        true,
        2,
        0x08040000,
        "DBANK",
        "FDCAN",
      ],
      [
        "STM32G474xC/single-bank",
        262144,
        [{ sizeBytes: 4096, count: 64 }],
        8,
        true,
        1,
        undefined,
        "DBANK",
        "FDCAN",
      ],
    ],
  );
});

Deno.test("devices says why a part is not known, and names no other line", async () => {
  for (
    const [pattern, text] of [
      ["STM32F401RE", "left out: they have no CAN controller"],
      ["STM32F409VG", "canvoy does not know the line STM32F409"],
      ["pump", "expected the name of an STM32 part"],
    ] as const
  ) {
    const host = new MemoryHost(["devices", pattern]);
    strictEqual(await main(host), 2, pattern);
    strictEqual(host.stdout.text, "");
    ok(host.stderr.text.includes(text), host.stderr.text);
  }
});
