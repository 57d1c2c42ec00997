import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  deviceName,
  DEVICES,
  eraseUnits,
  findDevice,
  type FlashGeometry,
  flashHole,
  LEFT_OUT,
} from "../../../src/stm32/mod.ts";
import { INDEPENDENT } from "./_independent_figures.ts";

const KIB = 1024;

/** One size of a line as the sources have it; `undefined` where they say nothing. */
interface Figures {
  readonly part: string;
  readonly flashKib: number | undefined;
  readonly ramKib: number | undefined;
  readonly codeRamKib: number | undefined;
  readonly eraseRules: readonly string[] | undefined;
  readonly programBytes: number | undefined;
  readonly bankCount: number | undefined;
  readonly interrupts: number | undefined;
}

function numberOf(text: string): number | undefined {
  return text === "-" ? undefined : Number(text);
}

const FIGURES: readonly Figures[] = INDEPENDENT.trim().split(/\n+/).flatMap((text) => {
  const words = text.split(/\s+/);
  const [line, sizes, rest] = [
    words[0]!,
    words.filter((w) => w.includes(":")),
    words.slice(1).filter((w) => !w.includes(":")),
  ];
  const [ram, codeRam, erase, program, banks, interrupts] = rest as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return sizes.map((size): Figures => ({
    part: `STM32${line}x${size[0]}`,
    flashKib: numberOf(size.slice(2)),
    ramKib: numberOf(ram),
    codeRamKib: numberOf(codeRam),
    eraseRules: erase === "-" ? undefined : erase.split("/"),
    programBytes: numberOf(program),
    bankCount: numberOf(banks),
    interrupts: numberOf(interrupts),
  }));
});

/** Sizes of all erase units as a rule says, in KiB. */
function unitsByRule(rule: string, flashKib: number): readonly number[] {
  const largestKib = Number(rule.replace(/\D/g, ""));
  if (rule.endsWith("K")) return new Array<number>(flashKib / largestKib).fill(largestKib);
  // OpenOCD, stm32f2x.c: sectors 0 to 3 an eighth, sector 4 the half, all others whole.
  const bankKib = rule.startsWith("D") ? flashKib / 2 : flashKib;
  const bank: number[] = [];
  for (let leftKib = bankKib; leftKib > 0;) {
    const kib = Math.min(leftKib, largestKib / (bank.length < 4 ? 8 : bank.length === 4 ? 2 : 1));
    bank.push(kib);
    leftKib -= kib;
  }
  return rule.startsWith("D") ? [...bank, ...bank] : bank;
}

/** How far RAM goes from an address without a hole, in KiB. */
function ramFrom(start: number, { ram }: FlashGeometry): number {
  let end = start;
  for (const region of [...ram].sort((a, b) => a.start - b.start)) {
    if (region.start === end) end = region.end;
  }
  return (end - start) / KIB;
}

/** Compares what the sources say. */
function compare(wanted: Figures, rows: readonly FlashGeometry[]): void {
  const [shipped] = rows;
  ok(shipped !== undefined, `${wanted.part} is not in the table`);
  const told = (actual: number, figure: number | undefined, what: string): void => {
    if (figure !== undefined) strictEqual(actual, figure, `${wanted.part}: ${what}`);
  };
  told(shipped.flashSizeBytes / KIB, wanted.flashKib, "KiB of flash");
  told(shipped.program.unitBytes, wanted.programBytes, "bytes a write");
  told(shipped.banks.count, wanted.bankCount, "banks");
  for (const row of rows) {
    told(ramFrom(0x20000000, row), wanted.ramKib, "KiB of RAM from 0x20000000 on");
    told(ramFrom(0x10000000, row), wanted.codeRamKib, "KiB of RAM from 0x10000000 on");
    const interrupts = row.vectorTable.vectorCount - 16;
    told(interrupts, wanted.interrupts, "interrupts");
  }
  if (wanted.eraseRules === undefined) return;
  strictEqual(rows.length, wanted.eraseRules.length, `${wanted.part}: bank modes`);
  for (const [i, row] of rows.entries()) {
    const units = eraseUnits(row).map(({ start, end }) => (end - start) / KIB);
    const rule: string = wanted.eraseRules![i]!;
    const flashKib = row.flashSizeBytes / KIB;
    deepStrictEqual(units, unitsByRule(rule, flashKib), `${deviceName(row)}: ${rule}`);
  }
}

for (const figures of FIGURES) {
  Deno.test(`DEVICES say of ${figures.part} what sources read independently say`, () => {
    compare(figures, DEVICES.filter(({ part }) => part === figures.part));
  });
}

Deno.test("each part of DEVICES is among those that were compared, once", () => {
  const parts = [...new Set(DEVICES.map(({ part }) => part))];
  deepStrictEqual(FIGURES.map(({ part }) => part).sort(), parts.sort());
});

Deno.test("DEVICES say FDCAN where ST's families have it, and bxCAN elsewhere", () => {
  for (const { part, can } of DEVICES) {
    strictEqual(can === "FDCAN", /^STM32(C0|G0|G4|H5|H7|L5|U5)/.test(part), part);
  }
});

/**
 * Where the second bank starts in KiB behind the first, as Zephyr's flash drivers have it
 * (`drivers/flash`): the table has its banks from OpenOCD.
 *
 * - `flash_stm32g0x.c`: two banks above 128 KiB, one behind the other;
 * - `flash_stm32g4x.c`, `flash_stm32l5x.c` (L5), `flash_stm32h7x.c`: at half of the largest part's
 *   flash, 512 KiB, 512 KiB and 2 MiB, whatever the part's own is;
 * - `flash_stm32l4x.c`, `flash_stm32l5x.c` (H5, U5): at half of the part's flash.
 */
const SECOND_BANK_KIB: readonly (readonly [RegExp, (flashKib: number) => number])[] = [
  [/^STM32G0/, (flashKib) => flashKib / 2],
  [/^STM32G4/, () => 512 / 2],
  [/^STM32L5/, () => 512 / 2],
  [/^STM32H7/, () => 2048 / 2],
  [/^STM32(?:L4|H5|U5)/, (flashKib) => flashKib / 2],
  // ST's device headers: FLASH_BANK1_END is 0x0807FFFF.
  [/^STM32F103/, () => 512],
  // OpenOCD, stm32f2x.c: F4 and F7, of which Zephyr's driver knows no banks.
  [/^STM32F[47]/, (flashKib) => flashKib / 2],
];

Deno.test("second banks start where Zephyr's flash drivers have them", () => {
  for (const row of DEVICES) {
    if (row.banks.count === 1) continue;
    const second = eraseUnits(row).find(({ bankIndex }) => bankIndex === 1)!.start;
    const rule = SECOND_BANK_KIB.find(([family]) => family.test(row.part));
    ok(rule !== undefined, `${deviceName(row)}: no source says where its second bank starts`);
    const kib = (second - row.flashStart) / KIB;
    strictEqual(kib, rule[1](row.flashSizeBytes / KIB), deviceName(row));
  }
  const holes = DEVICES.filter((row) => flashHole(row) !== undefined).map(deviceName);
  deepStrictEqual(holes, [
    "STM32G473xB/dual-bank",
    "STM32G473xC/dual-bank",
    "STM32G474xB/dual-bank",
    "STM32G474xC/dual-bank",
    "STM32H742xG",
    "STM32H743xG",
    "STM32H745xG",
    "STM32H747xG",
    "STM32H7A3xG",
  ]);
});

/**
 * How many bytes a page has in KiB, and a write in bytes, by Zephyr's flash drivers: in two banks,
 * and in one where that differs. Of L4 the driver knows the parts of 2 KiB and R and S.
 */
const ZEPHYR_PAGES: readonly (readonly [RegExp, dual: number, single: number, write: number])[] = [
  [/^STM32G0/, 2, 2, 8],
  [/^STM32L4[3-9A]/, 2, 2, 8],
  [/^STM32L4[RS]/, 4, 8, 8],
  [/^STM32L5/, 2, 4, 8],
];

Deno.test("pages and writes are as large as in Zephyr's flash drivers", () => {
  for (const row of DEVICES) {
    const figures = ZEPHYR_PAGES.find(([family]) => family.test(row.part));
    if (figures === undefined) continue;
    const [, dual, single, writeBytes] = figures;
    const pageKib = row.banks.count === 2 ? dual : single;
    for (const { start, end } of eraseUnits(row)) {
      strictEqual((end - start) / KIB, pageKib, deviceName(row));
    }
    strictEqual(row.program.unitBytes, writeBytes, deviceName(row));
  }
});

Deno.test("each line that DEVICES leave out has a reason and what was read for it", () => {
  const beginnings = LEFT_OUT.flatMap(({ lines }) => lines);
  strictEqual(new Set(beginnings).size, beginnings.length);
  for (const { lines, reason, source } of LEFT_OUT) {
    ok(lines.length > 0 && reason.length > 10 && source.length > 20, lines.join());
    for (const { part } of DEVICES) {
      const name = part.slice("STM32".length);
      ok(!lines.some((line) => name.startsWith(line)), `${part} is in the table`);
    }
  }
});

/** ChibiOS, `cmparams.h` of each family: the most interrupts, rounded up to a multiple of 8. */
const CHIBIOS: readonly (readonly [family: RegExp, roundedUp: number])[] = [
  [/^STM32F1/, 72],
  [/^STM32F3/, 88],
  [/^STM32F4/, 104],
  [/^STM32F7/, 112],
  [/^STM32G4/, 104],
  [/^STM32H5/, 136],
  [/^STM32H743/, 152],
  [/^STM32L4[78]/, 88],
  [/^STM32L4([9A]6)/, 96],
];

for (const [family, roundedUp] of CHIBIOS) {
  Deno.test(`DEVICES have as many interrupts as ChibiOS has for ${family.source.slice(1)}`, () => {
    const rows = DEVICES.filter(({ part }) => family.test(part));
    const most = Math.max(...rows.map(({ vectorTable }) => vectorTable.vectorCount - 16));
    strictEqual(Math.ceil(most / 8) * 8, roundedUp);
  });
}

Deno.test("U575 has 142 vectors", () => {
  strictEqual(findDevice("STM32U575ZI").vectorTable.vectorCount, 142);
  strictEqual(findDevice("STM32U585AI").vectorTable.vectorCount, 142);
});
