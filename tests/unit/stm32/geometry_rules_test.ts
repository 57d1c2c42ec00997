import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  checkGeometry,
  deviceName,
  DEVICES,
  findDevice,
  type FlashGeometry,
  GEOMETRY_RULES,
} from "../../../src/stm32/mod.ts";

const GOOD = findDevice("STM32F407VG");
const DUAL = findDevice("STM32G474RE");
const KIB = 1024;

for (const geometry of DEVICES) {
  Deno.test(`checkGeometry() finds nothing wrong with ${deviceName(geometry)}`, () => {
    deepStrictEqual(checkGeometry(geometry), []);
  });
}

/** For each rule at least one row that breaks it, and it alone. */
const BROKEN: readonly (readonly [rule: string, row: FlashGeometry])[] = [
  ["the part is named like STM32F407xG", { ...GOOD, part: "STM32F407VG" }],
  ["erase units cover the flash exactly", { ...GOOD, flashSizeBytes: 512 * KIB }],
  [
    "erase unit sizes are powers of two",
    {
      ...GOOD,
      flashStart: 0,
      flashSizeBytes: 96 * KIB,
      eraseUnitRuns: [{ sizeBytes: 96 * KIB, count: 1 }],
      eraseTimes: [{ sizeBytes: 96 * KIB, typicalMs: 1, maxMs: 1 }],
    },
  ],
  ["erase units lie at multiples of their size", { ...GOOD, flashStart: 0x08002000 }],
  [
    "the program unit is a power of two and divides every erase unit",
    { ...GOOD, program: { ...GOOD.program, unitBytes: 6 } },
  ],
  [
    "the program unit is a power of two and divides every erase unit",
    { ...GOOD, program: { ...GOOD.program, unitBytes: 32 * KIB } },
  ],
  [
    "only units without check code take single bits",
    { ...GOOD, program: { ...GOOD.program, hasEcc: true } },
  ],
  ["each unit size has one erase time", { ...GOOD, eraseTimes: GOOD.eraseTimes.slice(1) }],
  [
    "each unit size has one erase time",
    { ...GOOD, eraseTimes: [...GOOD.eraseTimes, GOOD.eraseTimes[0]!] },
  ],
  [
    "typical times are above zero and at most the longest",
    { ...GOOD, program: { ...GOOD.program, typicalUs: 101 } },
  ],
  [
    "typical times are above zero and at most the longest",
    { ...DUAL, eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 0, maxMs: 1 }] },
  ],
  [
    "two banks are equal halves",
    { ...GOOD, banks: { count: 2, readWhileWrite: true } },
  ],
  [
    "two banks are equal halves", // as many units in each, of other sizes
    {
      ...DUAL,
      flashSizeBytes: 128 * KIB,
      eraseUnitRuns: [32, 16, 16, 16, 16, 32].map((kib) => ({ sizeBytes: kib * KIB, count: 1 })),
      eraseTimes: [16, 32].map((kib) => ({ sizeBytes: kib * KIB, typicalMs: 1, maxMs: 1 })),
    },
  ],
  [
    "a second bank starts behind the first",
    { ...DUAL, banks: { ...DUAL.banks, secondStart: DUAL.flashStart + 128 * KIB } },
  ],
  [
    "a second bank starts behind the first",
    { ...GOOD, banks: { ...GOOD.banks, secondStart: 0x08100000 } },
  ],
  [
    "only two banks can be swapped or read while one is written",
    { ...GOOD, banks: { count: 1, readWhileWrite: true } },
  ],
  ["a bank mode names the option bit that decides it", { ...DUAL, bankMode: "single-bank" }],
  ["a bank mode names the option bit that decides it", { ...GOOD, bankMode: "single-bank" }],
  ["RAM regions are word-aligned and do not overlap", { ...GOOD, ram: [] }],
  [
    "RAM regions are word-aligned and do not overlap",
    { ...GOOD, ram: [...GOOD.ram, { name: "again", start: 0x20010000, end: 0x20030000 }] },
  ],
  [
    "RAM regions are word-aligned and do not overlap",
    { ...GOOD, ram: [{ name: "odd", start: 0x20000002, end: 0x20010000 }] },
  ],
  [
    "RAM regions are word-aligned and do not overlap",
    { ...GOOD, ram: [{ name: "empty", start: 0x20000000, end: 0x20000000 }] },
  ],
  ["the vector table's alignment holds all vectors", { ...GOOD, core: "Cortex-M0" }],
  [
    "the vector table's alignment holds all vectors",
    { ...GOOD, vectorTable: { ...GOOD.vectorTable, alignmentBytes: 256 } },
  ],
  [
    "the vector table's alignment holds all vectors",
    { ...GOOD, vectorTable: { ...GOOD.vectorTable, alignmentBytes: 500 } },
  ],
  ["units survive at least one erase", { ...GOOD, enduranceCycles: 0 }],
  [
    "each figure names its source or is assumed",
    { ...GOOD, sources: { ...GOOD.sources, ram: { read: " " } } },
  ],
];

for (const [i, [rule, row]] of BROKEN.entries()) {
  Deno.test(`checkGeometry() tells the rule "${rule}" (${i}) and no other`, () => {
    deepStrictEqual(checkGeometry(row).map((finding) => finding.rule), [rule]);
  });
}

Deno.test("GEOMETRY_RULES have each a row that breaks them", () => {
  const names = GEOMETRY_RULES.map((rule) => rule.name);
  deepStrictEqual(new Set(BROKEN.map(([rule]) => rule)), new Set(names));
  strictEqual(new Set(names).size, names.length);
});

Deno.test("DEVICES have each its own name, and ascend in size within a line", () => {
  strictEqual(new Set(DEVICES.map(deviceName)).size, DEVICES.length);
  for (const [i, row] of DEVICES.entries()) {
    const next = DEVICES[i + 1];
    if (next === undefined || next.part.slice(0, 9) !== row.part.slice(0, 9)) continue;
    ok(next.flashSizeBytes >= row.flashSizeBytes, deviceName(next));
  }
});

Deno.test("DEVICES keep what issue and manuals insist on", () => {
  const table: readonly (readonly [string, number, boolean, string, string])[] = [
    // part, program unit in bytes, ECC, second program, CAN
    ["STM32F042C6", 2, false, "onlyToZero", "bxCAN"],
    ["STM32F103RB", 2, false, "onlyToZero", "bxCAN"],
    ["STM32F303RE", 2, false, "onlyToZero", "bxCAN"],
    ["STM32L432KC", 8, true, "onlyToZero", "bxCAN"],
    ["STM32L476RG", 8, true, "onlyToZero", "bxCAN"],
    ["STM32G0B1RE", 8, true, "never", "FDCAN"],
    ["STM32G431KB", 8, true, "never", "FDCAN"],
    ["STM32C092RC", 8, true, "never", "FDCAN"],
    ["STM32L552ZE", 8, true, "onlyToZero", "FDCAN"],
    ["STM32H743ZI", 32, true, "never", "FDCAN"],
    ["STM32H723ZG", 32, true, "never", "FDCAN"],
    ["STM32H7A3ZI", 16, true, "never", "FDCAN"],
    ["STM32U575ZI", 16, true, "onlyToZero", "FDCAN"],
    ["STM32H563ZI", 16, true, "onlyToZero", "FDCAN"],
  ];
  for (const [name, unitBytes, hasEcc, secondProgram, can] of table) {
    const row = findDevice(name);
    deepStrictEqual(
      [row.program.unitBytes, row.program.hasEcc, row.program.secondProgram, row.can],
      [unitBytes, hasEcc, secondProgram, can],
      name,
    );
  }
  strictEqual(findDevice("STM32F103RB").eraseUnitRuns[0]!.sizeBytes, 1 * KIB);
  strictEqual(findDevice("STM32F103RE").eraseUnitRuns[0]!.sizeBytes, 2 * KIB);
});

Deno.test("DEVICES have two banks exactly where updates may go to the other one", () => {
  const dual = ["F429ZI", "L476RG", "L496ZG", "G474RE", "G0B1RE", "H743ZI", "H7A3ZI", "L552ZE"];
  for (const name of [...dual, "U575ZI", "H563ZI"]) {
    const { banks } = findDevice(name);
    strictEqual(banks.count, 2, name);
    ok(banks.swappedBy !== undefined, name);
  }
  for (const name of ["L432KC", "G431RB", "H723ZG", "F407VG", "G474RE/single-bank"]) {
    strictEqual(findDevice(name).banks.count, 1, name);
  }
});
