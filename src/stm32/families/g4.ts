import type { FlashGeometry } from "../geometry.ts";
import { F4_DEVICES } from "./f4.ts";

const KIB = 1024;

/** STM32G4 parts. */
export const G4_DEVICES = [
  {
    part: "STM32G474xE",
    bankMode: "dual-bank",
    core: "Cortex-M4",
    flashStart: 0x08000000,
    flashSizeBytes: 512 * KIB,
    eraseUnitRuns: [{ sizeBytes: 2 * KIB, count: 256 }],
    eraseTimes: [{ sizeBytes: 2 * KIB, typicalMs: 22.02, maxMs: 24.47 }],
    program: {
      unitBytes: 8,
      hasEcc: true,
      secondProgram: "onlyToZero",
      typicalUs: 81.7,
      maxUs: 83.35,
    },
    erasedValue: 0xff,
    banks: {
      count: 2,
      decidedBy: { name: "DBANK", meaning: "1: two banks of 2 KiB pages; 0: one of 4 KiB pages" },
      swappedBy: {
        name: "BFB2",
        meaning: "1: boot from bank 2 where it holds a valid application",
      },
      readWhileWrite: true,
    },
    enduranceCycles: 10_000,
    ram: [
      { name: "SRAM1, SRAM2, CCM alias", start: 0x20000000, end: 0x20020000 },
      { name: "CCM", start: 0x10000000, end: 0x10008000 },
    ],
    vectorTable: { hasVtor: true, vectorCount: 118, alignmentBytes: 512 },
    can: "FDCAN",
    sources: F4_DEVICES[0].sources,
  },
] as const satisfies readonly FlashGeometry[];
