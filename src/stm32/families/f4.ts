import type { FlashGeometry } from "../geometry.ts";

const KIB = 1024;

const F4 = {
  core: "Cortex-M4",
  flashStart: 0x08000000,
  eraseTimes: [
    { sizeBytes: 16 * KIB, typicalMs: 250, maxMs: 500 },
    { sizeBytes: 64 * KIB, typicalMs: 550, maxMs: 1100 },
    { sizeBytes: 128 * KIB, typicalMs: 1000, maxMs: 2000 },
  ],
  program: { unitBytes: 4, hasEcc: false, secondProgram: "clearBits", typicalUs: 16, maxUs: 100 },
  erasedValue: 0xff,
  banks: { count: 1, readWhileWrite: false },
  enduranceCycles: 10_000,
  can: "bxCAN",
} as const;

const ASSUMED = {
  core: "assumed",
  eraseUnits: "assumed",
  eraseTypical: "assumed",
  eraseMax: "assumed",
  programUnit: "assumed",
  ecc: "assumed",
  secondProgram: "assumed",
  programTypical: "assumed",
  programMax: "assumed",
  erasedValue: "assumed",
  banks: "assumed",
  enduranceCycles: "assumed",
  ram: "assumed",
  vectorTable: "assumed",
  can: "assumed",
} as const;

/** STM32F4 parts. */
export const F4_DEVICES = [
  {
    ...F4,
    part: "STM32F407xG",
    flashSizeBytes: 1024 * KIB,
    eraseUnitRuns: [
      { sizeBytes: 16 * KIB, count: 4 },
      { sizeBytes: 64 * KIB, count: 1 },
      { sizeBytes: 128 * KIB, count: 7 },
    ],
    ram: [
      { name: "SRAM", start: 0x20000000, end: 0x20020000 },
      { name: "CCM", start: 0x10000000, end: 0x10010000 },
    ],
    vectorTable: { hasVtor: true, vectorCount: 98, alignmentBytes: 512 },
    sources: ASSUMED,
  },
] as const satisfies readonly FlashGeometry[];
