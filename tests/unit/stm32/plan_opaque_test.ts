import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  findDevice,
  FlashPlanError,
  type MemoryLayout,
  MemoryLayoutError,
  planOpaque,
} from "../../../src/stm32/mod.ts";
import { range } from "./_support.ts";

const F407 = findDevice("STM32F407VG");
const START = 0x0800_8000;
const LAYOUT: MemoryLayout = {
  bootloader: { start: 0x0800_0000, end: START },
  application: { start: START, end: 0x0802_0000 },
};

function planned(start: number, lengthBytes: number, uncompressedSizeBytes?: number) {
  const image = { ranges: [range(start, lengthBytes)] };
  const opaque = uncompressedSizeBytes === undefined ? {} : { uncompressedSizeBytes };
  return planOpaque({ image, geometry: F407, layout: LAYOUT }, opaque);
}

function reasonsOf(plan: () => unknown): readonly string[] {
  try {
    plan();
    return [];
  } catch (error) {
    if (!(error instanceof FlashPlanError)) throw error;
    return error.problems.map(({ code, address, reason }) => `${code} ${address}: ${reason}`);
  }
}

Deno.test("planOpaque() sends a container as it is, and erases what is in it", () => {
  const plan = planned(START, 5001, 40_000);
  const [segment] = plan.segments;
  strictEqual(plan.segments.length, 1);
  deepStrictEqual(segment!.write, range(START, 5001));
  deepStrictEqual(segment!.range, { start: START, end: 0x0802_0000 });
  deepStrictEqual(segment!.eraseUnits.map(({ start }) => start), [START, 0x0800_C000, 0x0801_0000]);
  strictEqual(segment!.holdsVectorTable, true);
  deepStrictEqual(plan.opaque, { uncompressedSizeBytes: 40_000 });
  deepStrictEqual([plan.vectorTable, plan.imageSizeBytes, plan.warnings], [undefined, 5001, []]);
});

Deno.test("planOpaque() erases room for the container where that is larger, or nothing is stated", () => {
  deepStrictEqual(planned(START, 5001).segments[0]!.range, { start: START, end: 0x0800_C000 });
  deepStrictEqual(planned(START, 20_000, 100).segments[0]!.range.end, 0x0801_0000);
  deepStrictEqual(planned(0x0800_C100, 8).segments[0]!.range.start, 0x0800_C000);
});

Deno.test("planOpaque() refuses what has no room in the application once it is unpacked", () => {
  deepStrictEqual(reasonsOf(() => planned(START, 100, 0x1_8000)), []);
  deepStrictEqual(reasonsOf(() => planned(START, 100, 0x1_8001)), [
    "PLAN_OUTSIDE_APPLICATION 134250496: 0x08008000..0x08020000, which it takes once it is " +
    "unpacked, is not within the application 0x08008000..0x0801FFFF",
  ]);
  strictEqual(reasonsOf(() => planned(0x0800_4000, 100)).length, 1);
});

Deno.test("planOpaque() refuses anything but one stretch, and a layout that does not fit", () => {
  for (const ranges of [[], [range(START, 8), range(START + 16, 8)]]) {
    const plan = () => planOpaque({ image: { ranges }, geometry: F407, layout: LAYOUT }, {});
    deepStrictEqual(reasonsOf(plan), [
      "PLAN_IMAGE_EMPTY 134250496: an opaque image is one stretch of bytes",
    ]);
  }
  const layout = { ...LAYOUT, application: { start: START + 4, end: 0x0802_0000 } };
  const image = { ranges: [range(START + 4, 8)] };
  throws(() => planOpaque({ image, geometry: F407, layout }, {}), MemoryLayoutError);
});
