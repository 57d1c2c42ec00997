import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  assumedFigures,
  eraseTimeMs,
  eraseUnits,
  eraseUnitsTouching,
  findDevice,
  flashHole,
  flashRange,
  programTimeMs,
} from "../../../src/stm32/mod.ts";
import { throws } from "node:assert/strict";

const F407 = findDevice("STM32F407VG");

Deno.test("eraseUnits() writes the sectors of the F407 out as RM0090 numbers them", () => {
  const starts = [
    0x08000000,
    0x08004000,
    0x08008000,
    0x0800c000,
    0x08010000,
    0x08020000,
    0x08040000,
    0x08060000,
    0x08080000,
    0x080a0000,
    0x080c0000,
    0x080e0000,
  ];
  deepStrictEqual(eraseUnits(F407).map((unit) => unit.start), starts);
  deepStrictEqual(eraseUnits(F407).at(-1), {
    index: 11,
    start: 0x080e0000,
    end: 0x08100000,
    bankIndex: 0,
  });
});

Deno.test("eraseUnits() starts the second bank of the F429 with small sectors again", () => {
  const units = eraseUnits(findDevice("STM32F429ZI"));
  strictEqual(units.length, 24);
  deepStrictEqual(units[12], { index: 12, start: 0x08100000, end: 0x08104000, bankIndex: 1 });
});

Deno.test("eraseUnitsTouching() takes a unit for one byte and none for its border", () => {
  const one = eraseUnitsTouching(F407, { start: 0x08003fff, end: 0x08004000 });
  deepStrictEqual(one.map((unit) => unit.index), [0]);
  const two = eraseUnitsTouching(F407, { start: 0x08003fff, end: 0x08004001 });
  deepStrictEqual(two.map((unit) => unit.index), [0, 1]);
  deepStrictEqual(eraseUnitsTouching(F407, { start: 0x08100000, end: 0x08200000 }), []);
});

Deno.test("flashRange() spans start to size", () => {
  deepStrictEqual(flashRange(F407), { start: 0x08000000, end: 0x08100000 });
});

Deno.test("flashHole() lies between two banks that do not touch, and nowhere else", () => {
  const part = { ...F407, banks: { count: 2 as const, readWhileWrite: true } };
  strictEqual(flashHole(part), undefined);
  const banks = { ...part.banks, secondStart: 0x08080000 };
  strictEqual(flashHole({ ...part, banks }), undefined);
  const apart = { ...banks, secondStart: 0x08100000 };
  deepStrictEqual(flashHole({ ...part, banks: apart }), { start: 0x08080000, end: 0x08100000 });
  strictEqual(flashHole({ ...part, banks: { ...apart, count: 1 } }), undefined);
});

Deno.test("eraseTimeMs() adds the times of the units up", () => {
  const units = eraseUnits(F407).slice(3, 6); // 16, 64 and 128 KiB
  strictEqual(eraseTimeMs(F407, units, "typical"), 250 + 550 + 1000);
  strictEqual(eraseTimeMs(F407, units, "max"), 500 + 1100 + 2000);
  throws(() => eraseTimeMs(F407, [{ start: 0, end: 4096 }], "max"), RangeError);
});

Deno.test("programTimeMs() counts begun program units whole", () => {
  strictEqual(programTimeMs(F407, 5, "typical"), 0.032);
  strictEqual(programTimeMs(F407, 4096, "max"), 102.4);
  strictEqual(programTimeMs(F407, 0, "max"), 0);
});

Deno.test("assumedFigures() lists what has no source, a swap only where there is one", () => {
  deepStrictEqual(assumedFigures(F407), [
    "eraseTypical",
    "eraseMax",
    "ecc",
    "programTypical",
    "enduranceCycles",
  ]);
  deepStrictEqual(assumedFigures(findDevice("STM32H743ZI")), ["secondProgram"]);
});
