import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  checkMemoryLayout,
  findDevice,
  FlashPlanError,
  type MemoryLayout,
  MemoryLayoutError,
  placedImage,
  planFlash,
} from "../../../src/stm32/mod.ts";
import { range } from "./_support.ts";

const F407 = findDevice("STM32F407VG");
/** A staging area that a bootloader copies to where it runs. */
const STAGED: MemoryLayout = {
  bootloader: { start: 0x0800_0000, end: 0x0800_8000 },
  application: { start: 0x0808_0000, end: 0x0810_0000 },
  linkedAt: 0x0800_8000,
};
const IMAGE = { ranges: [range(0x0800_8000, 1000, [0x2002_0000, 0x0800_8201])] };

function problemsOf(ranges: typeof IMAGE.ranges, layout = STAGED): readonly string[] {
  try {
    planFlash({ image: { ranges }, geometry: F407, layout });
    return [];
  } catch (error) {
    if (!(error instanceof FlashPlanError)) throw error;
    return error.problems.map(({ code, reason }) => `${code}: ${reason}`);
  }
}

Deno.test("planFlash() writes an image elsewhere than it is linked, its vectors seen where they run", () => {
  const plan = planFlash({ image: IMAGE, geometry: F407, layout: STAGED });
  deepStrictEqual(plan.segments.map(({ write }) => write.start), [0x0808_0000]);
  deepStrictEqual(plan.segments[0]!.write.data, IMAGE.ranges[0]!.data);
  strictEqual(plan.segments[0]!.holdsVectorTable, true);
  deepStrictEqual(plan.vectorTable, {
    address: 0x0800_8000,
    initialStackPointer: 0x2002_0000,
    resetVector: 0x0800_8201,
  });
});

Deno.test("planFlash() refuses an image that is not linked for where the layout says", () => {
  const atSlot = range(0x0808_8000, 1000, [0x2002_0000, 0x0808_8201]);
  deepStrictEqual(problemsOf([atSlot]), [
    "PLAN_OUTSIDE_APPLICATION: 0x08088000..0x080883E7 is not within 0x08008000..0x08087FFF, for " +
    "which the layout's linkedAt says that the application is linked",
  ]);
  const low = range(0x0800_7FFC, 8, [0x2002_0000, 0x0800_8201]);
  strictEqual(
    problemsOf([low])[0]?.split(" is not within ")[0],
    "PLAN_OUTSIDE_APPLICATION: " +
      "0x08007FFC..0x08007FFF",
  );
  const elsewhere = range(0x0800_8000, 1000, [0x2002_0000, 0x0808_8201]);
  strictEqual(problemsOf([elsewhere])[0]?.split(":")[0], "PLAN_RESET_VECTOR");
});

Deno.test("placedImage() leaves an image alone where the layout says nothing else", () => {
  const { linkedAt: _linkedAt, ...plain } = STAGED;
  strictEqual(placedImage(IMAGE, plain), IMAGE);
  strictEqual(placedImage(IMAGE, STAGED).ranges[0]?.end, 0x0808_0000 + 1000);
});

Deno.test("checkMemoryLayout() refuses an application that is linked beyond 32 bits", () => {
  let caught: unknown;
  try {
    checkMemoryLayout({ ...STAGED, linkedAt: 0xFFFF_0000 }, F407);
  } catch (error) {
    caught = error;
  }
  deepStrictEqual(
    caught instanceof MemoryLayoutError && caught.problems.map(({ code }) => code),
    ["LAYOUT_LINKED_AT"],
  );
});
