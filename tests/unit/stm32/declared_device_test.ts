import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  type DeclaredDevice,
  DeclaredDeviceError,
  declaredGeometry,
  DeviceNameError,
  geometryOf,
  singleBankMode,
} from "../../../src/stm32/mod.ts";

const KIBIBYTE = 1024;

/** 64 units of 2 KiB with a check code, as a G4's. */
const OWN: DeclaredDevice = {
  name: "own-mcu",
  core: "Cortex-M4",
  can: "FDCAN",
  flashStart: 0x0800_0000,
  eraseUnits: [{ sizeBytes: 2 * KIBIBYTE, count: 64, typicalMs: 22, maxMs: 40 }],
  programUnitBytes: 8,
  hasEcc: true,
  erasedValue: 0xff,
  ram: [{ start: 0x2000_0000, end: 0x2000_8000 }],
  vectorCount: 118,
  bankCount: 1,
};

Deno.test("geometryOf() prefers what is declared to the table", () => {
  const declared = geometryOf("STM32F407xG", { ...OWN, name: "STM32F407xG" });
  strictEqual(declared.flashSizeBytes, 128 * KIBIBYTE);
  strictEqual(geometryOf("STM32F407xG").flashSizeBytes, 1024 * KIBIBYTE);
  throws(() => geometryOf("own-mcu"), DeviceNameError);
});

Deno.test("singleBankMode() knows no other mode of a declared part", () => {
  strictEqual(singleBankMode(declaredGeometry(OWN)), undefined);
});

Deno.test("declaredGeometry() says which figures are its author's, and which are assumed", () => {
  const { sources } = declaredGeometry(OWN);
  const theirs = { read: "devices: of the fleet file" };
  deepStrictEqual([sources.eraseUnits, sources.eraseTypical, sources.eraseMax], [
    theirs,
    theirs,
    theirs,
  ]);
  strictEqual(sources.enduranceCycles, "assumed");
  const [run] = OWN.eraseUnits;
  const silent = { sizeBytes: run!.sizeBytes, count: run!.count };
  const assumed = declaredGeometry({ ...OWN, eraseUnits: [silent] }).sources;
  deepStrictEqual([assumed.eraseTypical, assumed.eraseMax], ["assumed", "assumed"]);
});

for (
  const { name, units, times } of [
    {
      name: "nothing of a small unit",
      units: [{ sizeBytes: 8 * KIBIBYTE, count: 16 }],
      times: [{ sizeBytes: 8 * KIBIBYTE, typicalMs: 25, maxMs: 100 }],
    },
    {
      name: "nothing of a large one",
      units: [{ sizeBytes: 16 * KIBIBYTE, count: 8 }],
      times: [{ sizeBytes: 16 * KIBIBYTE, typicalMs: 1000, maxMs: 4000 }],
    },
    {
      name: "a longest time below what is assumed as usual",
      units: [{ sizeBytes: 2 * KIBIBYTE, count: 64, maxMs: 5 }],
      times: [{ sizeBytes: 2 * KIBIBYTE, typicalMs: 5, maxMs: 5 }],
    },
    {
      name: "a usual time above what is assumed as longest",
      units: [{ sizeBytes: 2 * KIBIBYTE, count: 64, typicalMs: 300 }],
      times: [{ sizeBytes: 2 * KIBIBYTE, typicalMs: 300, maxMs: 300 }],
    },
    {
      name: "the times of a size in another run of it",
      units: [
        { sizeBytes: 16 * KIBIBYTE, count: 4 },
        { sizeBytes: 64 * KIBIBYTE, count: 1, typicalMs: 500, maxMs: 900 },
        { sizeBytes: 16 * KIBIBYTE, count: 4, typicalMs: 200, maxMs: 300 },
      ],
      times: [
        { sizeBytes: 16 * KIBIBYTE, typicalMs: 200, maxMs: 300 },
        { sizeBytes: 64 * KIBIBYTE, typicalMs: 500, maxMs: 900 },
      ],
    },
  ]
) {
  Deno.test(`declaredGeometry() knows how long an erase takes where one says ${name}`, () => {
    deepStrictEqual(declaredGeometry({ ...OWN, eraseUnits: units }).eraseTimes, times);
  });
}

for (
  const { core, vectorCount, table } of [
    { core: "Cortex-M0", vectorCount: 48, table: { hasVtor: false, alignmentBytes: 4 } },
    { core: "Cortex-M0+", vectorCount: 47, table: { hasVtor: true, alignmentBytes: 256 } },
    { core: "Cortex-M4", vectorCount: 20, table: { hasVtor: true, alignmentBytes: 128 } },
    { core: "Cortex-M7", vectorCount: 129, table: { hasVtor: true, alignmentBytes: 1024 } },
  ]
) {
  Deno.test(`declaredGeometry() aligns ${vectorCount} vectors of a ${core}`, () => {
    const { vectorTable } = declaredGeometry({ ...OWN, core, vectorCount });
    deepStrictEqual(vectorTable, { ...table, vectorCount });
  });
}

Deno.test("declaredGeometry() knows two banks, where the second starts, and what exchanges them", () => {
  const { banks } = declaredGeometry({
    ...OWN,
    bankCount: 2,
    secondBankStart: 0x0804_0000,
    swappedBy: "BFB2",
  });
  deepStrictEqual(banks, {
    count: 2,
    readWhileWrite: true,
    secondStart: 0x0804_0000,
    swappedBy: { name: "BFB2", meaning: "exchanges the banks" },
  });
});

Deno.test("declaredGeometry() programs zeros over a unit that has no check code", () => {
  strictEqual(declaredGeometry(OWN).program.secondProgram, "never");
  strictEqual(declaredGeometry({ ...OWN, hasEcc: false }).program.secondProgram, "onlyToZero");
});

Deno.test("declaredGeometry() takes flash that reads as zeros when erased, as an L1's", () => {
  strictEqual(declaredGeometry({ ...OWN, erasedValue: 0x00 }).erasedValue, 0x00);
});

Deno.test("declaredGeometry() numbers the RAM from the second on, up to the last address", () => {
  const ram = [
    { start: 0x2000_0000, end: 0x2000_8000 },
    { start: 0xffff_f000, end: 0x1_0000_0000 },
  ];
  deepStrictEqual(declaredGeometry({ ...OWN, ram }).ram, [
    { name: "RAM", ...ram[0]! },
    { name: "RAM 2", ...ram[1]! },
  ]);
});

for (
  const { problem, change } of [
    {
      problem: "flash lies below 0x20000000, but it is 0x1FFF0000..0x2000FFFF",
      change: {
        flashStart: 0x1fff_0000,
        ram: [{ start: 0x2004_0000, end: 0x2004_8000 }],
      },
    },
    {
      problem: "there are at most 65536 erase units, but it is 65537",
      change: { eraseUnits: [{ sizeBytes: 256, count: 65_537 }] },
    },
    {
      problem: "each unit size has one erase time, but units of 2048 bytes have two",
      change: {
        eraseUnits: [
          { sizeBytes: 2 * KIBIBYTE, count: 32, maxMs: 40 },
          { sizeBytes: 2 * KIBIBYTE, count: 32, maxMs: 50 },
        ],
      },
    },
    {
      problem: "erased bytes read as 0xFF or 0x00, but it is 170",
      change: { erasedValue: 0xaa },
    },
    {
      problem: "RAM lies beside flash, but it is 0x08000000..0x08000FFF",
      change: { ram: [{ start: 0x0800_0000, end: 0x0800_1000 }] },
    },
    {
      problem: "RAM lies beside flash, but it is 0x0801F000..0x0801FFFF",
      change: { bankCount: 2 as const, ram: [{ start: 0x0801_f000, end: 0x0802_0000 }] },
    },
    {
      problem: "RAM ends below 0xFFFFFFFF, but it goes on",
      change: { ram: [{ start: 0xffff_f000, end: 0x1_0000_1000 }] },
    },
    {
      problem: "a Cortex-M0 has at most 48 vectors, but it is 49",
      change: { core: "Cortex-M0", vectorCount: 49 },
    },
  ]
) {
  Deno.test(`declaredGeometry() refuses what breaks a rule: ${problem}`, () => {
    throws(() => declaredGeometry({ ...OWN, ...change }), (error) => {
      ok(error instanceof DeclaredDeviceError, String(error));
      deepStrictEqual(error.problems, [problem]);
      strictEqual(error.message, `Cannot use device own-mcu as it is declared: ${problem}`);
      return true;
    });
  });
}

Deno.test("declaredGeometry() holds a declared part to the rules of the table, but for its name", () => {
  throws(
    () => declaredGeometry({ ...OWN, programUnitBytes: 3 }),
    ({ problems }: DeclaredDeviceError) => problems.some((text) => text.includes("3")),
  );
});

Deno.test("declaredGeometry() lists every broken rule", () => {
  const wrong = { ...OWN, erasedValue: 1, core: "Cortex-M0", vectorCount: 64 };
  throws(() => declaredGeometry(wrong), ({ problems }: DeclaredDeviceError) => {
    strictEqual(problems.length, 2);
    return true;
  });
});
