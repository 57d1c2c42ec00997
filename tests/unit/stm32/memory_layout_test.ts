import { deepStrictEqual, doesNotThrow, ok, strictEqual, throws } from "node:assert/strict";
import {
  checkMemoryLayout,
  DEVICES,
  eraseUnits,
  findDevice,
  type MemoryLayout,
  MemoryLayoutError,
  protectedRegions,
  vectorTableAddress,
} from "../../../src/stm32/mod.ts";
import { DIVISIBLE, ONE_UNIT, plainLayout } from "./_support.ts";

const F407 = findDevice("STM32F407VG");
const LAYOUT: MemoryLayout = {
  bootloader: { start: 0x08000000, end: 0x08008000 },
  application: { start: 0x08010000, end: 0x08100000 },
  configuration: [{ start: 0x08008000, end: 0x0800c000 }, { start: 0x0800c000, end: 0x08010000 }],
};

function problemsOf(layout: MemoryLayout): MemoryLayoutError {
  let caught: unknown;
  throws(() => checkMemoryLayout(layout, F407), (error: unknown) => {
    caught = error;
    return error instanceof MemoryLayoutError;
  });
  return caught as MemoryLayoutError;
}

Deno.test("checkMemoryLayout() accepts a plain layout on every device", () => {
  for (const geometry of DIVISIBLE) {
    doesNotThrow(() => checkMemoryLayout(plainLayout(geometry), geometry));
  }
});

Deno.test("DEVICES of one erase unit are those where nothing can be divided", () => {
  const single = DEVICES.filter((geometry) => eraseUnits(geometry).length === 1);
  deepStrictEqual(single.map(({ part }) => part), ONE_UNIT);
});

Deno.test("checkMemoryLayout() refuses a region that reaches into a hole between the banks", () => {
  const geometry = findDevice("STM32H743VG");
  const bootloader = { start: 0x08000000, end: 0x08020000 };
  const layoutOf = (start: number, end: number): MemoryLayout => ({
    bootloader,
    application: { start, end },
  });
  doesNotThrow(() => checkMemoryLayout(layoutOf(0x08020000, 0x08080000), geometry));
  doesNotThrow(() => checkMemoryLayout(layoutOf(0x08100000, 0x08180000), geometry));
  for (const [start, end] of [[0x08020000, 0x08180000], [0x08060000, 0x080a0000]] as const) {
    throws(() => checkMemoryLayout(layoutOf(start, end), geometry), (error: unknown) => {
      ok(error instanceof MemoryLayoutError);
      deepStrictEqual(error.problems.map(({ code }) => code), ["LAYOUT_OUTSIDE_FLASH"]);
      ok(error.message.includes("0x08080000..0x080FFFFF, where there is no flash"), error.message);
      return true;
    });
  }
});

Deno.test("checkMemoryLayout() refuses an empty region and a reversed one", () => {
  for (const end of [0x08010000, 0x0800c000]) {
    const { problems } = problemsOf({ ...LAYOUT, application: { start: 0x08010000, end } });
    deepStrictEqual(problems.map((p) => [p.code, p.region]), [[
      "LAYOUT_RANGE_EMPTY",
      "application",
    ]]);
  }
});

Deno.test("checkMemoryLayout() refuses a region outside flash", () => {
  const error = problemsOf({ ...LAYOUT, application: { start: 0x08010000, end: 0x08120000 } });
  strictEqual(error.code, "MEMORY_LAYOUT");
  deepStrictEqual(error.problems.map((p) => p.code), ["LAYOUT_OUTSIDE_FLASH"]);
  strictEqual(
    error.message,
    "Cannot use memory layout on STM32F407xG: application 0x08010000..0x0811FFFF is not within " +
      "the flash 0x08000000..0x080FFFFF",
  );
});

Deno.test("checkMemoryLayout() refuses a border within a sector and names the next ones", () => {
  const { problems } = problemsOf({
    ...LAYOUT,
    application: { start: 0x08010000, end: 0x08070000 },
  });
  deepStrictEqual(problems.map((p) => [p.code, p.address]), [["LAYOUT_UNALIGNED", 0x08070000]]);
  ok(problems[0]!.reason.includes("use 0x08060000 or 0x08080000"));
});

Deno.test("checkMemoryLayout() refuses regions that overlap, with what they share", () => {
  const { problems } = problemsOf({
    ...LAYOUT,
    application: { start: 0x0800c000, end: 0x08100000 },
  });
  deepStrictEqual(problems.map((p) => [p.code, p.address]), [["LAYOUT_OVERLAP", 0x0800c000]]);
  strictEqual(
    problems[0]!.reason,
    "configuration 2 and application share 0x0800C000..0x0800FFFF",
  );
});

Deno.test("checkMemoryLayout() refuses a header of part words, or as large as the application", () => {
  for (const sizeBytes of [6, -4, 1.5, 0xf0000]) {
    const { problems } = problemsOf({ ...LAYOUT, applicationHeader: { sizeBytes } });
    deepStrictEqual(problems.map((p) => p.code), ["LAYOUT_HEADER_SIZE"], String(sizeBytes));
  }
  doesNotThrow(() => checkMemoryLayout({ ...LAYOUT, applicationHeader: { sizeBytes: 512 } }, F407));
});

Deno.test("checkMemoryLayout() tells all problems at once", () => {
  const { problems } = problemsOf({
    bootloader: { start: 0x08000000, end: 0x08001000 },
    application: { start: 0x08000000, end: 0x09000000 },
    applicationHeader: { sizeBytes: 3 },
  });
  deepStrictEqual(problems.map((p) => p.code), [
    "LAYOUT_UNALIGNED",
    "LAYOUT_OUTSIDE_FLASH",
    "LAYOUT_OVERLAP",
    "LAYOUT_HEADER_SIZE",
  ]);
});

Deno.test("vectorTableAddress() lies behind the header", () => {
  strictEqual(vectorTableAddress(LAYOUT), 0x08010000);
  strictEqual(
    vectorTableAddress({ ...LAYOUT, applicationHeader: { sizeBytes: 512 } }),
    0x08010200,
  );
});

Deno.test("protectedRegions() names bootloader and each configuration", () => {
  deepStrictEqual(protectedRegions(LAYOUT).map((region) => region.name), [
    "bootloader",
    "configuration",
    "configuration 2",
  ]);
});
