import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import type { ImageRange } from "../../../src/image/mod.ts";
import {
  findDevice,
  type FlashGeometry,
  type FlashPlanError,
  type FlashPlanOptions,
  type MemoryLayout,
  planFlash,
  type PlanProblem,
} from "../../../src/stm32/mod.ts";
import { range } from "./_support.ts";

const KIB = 1024;
const F407 = findDevice("STM32F407VG");
const G474 = findDevice("STM32G474RE");

const F407_LAYOUT: MemoryLayout = {
  bootloader: { start: 0x08000000, end: 0x08008000 },
  application: { start: 0x08008000, end: 0x080e0000 },
  configuration: [{ start: 0x080e0000, end: 0x08100000 }],
};
const G474_LAYOUT: MemoryLayout = {
  bootloader: { start: 0x08000000, end: 0x08008000 },
  application: { start: 0x08008000, end: 0x0807f000 },
  configuration: [{ start: 0x0807f000, end: 0x08080000 }],
};
const VECTORS = [0x20020000, 0x08008201] as const;

function planF407(ranges: readonly ImageRange[], layout = F407_LAYOUT) {
  return planFlash({ image: { ranges }, geometry: F407, layout });
}

function planG474(ranges: readonly ImageRange[], options: FlashPlanOptions = {}) {
  return planFlash({ image: { ranges }, geometry: G474, layout: G474_LAYOUT }, options);
}

function refusalOf(ranges: readonly ImageRange[], layout = F407_LAYOUT): FlashPlanError {
  let caught: unknown;
  throws(() => planF407(ranges, layout), (error: unknown) => {
    caught = error;
    return (error as Error).name === "FlashPlanError";
  });
  return caught as FlashPlanError;
}

function codesOf(problems: readonly PlanProblem[]): readonly (readonly [string, number])[] {
  return problems.map((problem) => [problem.code, problem.address]);
}

Deno.test("planFlash() makes each large sector a segment of its own", () => {
  const plan = planF407([range(0x08008000, 100 * KIB, VECTORS)]);
  deepStrictEqual(
    plan.segments.map(({ index, range, write, holdsVectorTable }) => [
      index,
      range,
      write.start,
      write.data.length,
      holdsVectorTable,
    ]),
    [
      [0, { start: 0x08008000, end: 0x0800c000 }, 0x08008000, 16 * KIB, true],
      [1, { start: 0x0800c000, end: 0x08010000 }, 0x0800c000, 16 * KIB, false],
      [2, { start: 0x08010000, end: 0x08020000 }, 0x08010000, 64 * KIB, false],
      [3, { start: 0x08020000, end: 0x08040000 }, 0x08020000, 4 * KIB, false],
    ],
  );
  strictEqual(plan.imageSizeBytes, 100 * KIB);
  deepStrictEqual(plan.vectorTable, {
    address: 0x08008000,
    initialStackPointer: 0x20020000,
    resetVector: 0x08008201,
  });
  deepStrictEqual(plan.warnings, []);
});

Deno.test("planFlash() joins small pages up to 16 KiB at fixed borders", () => {
  const layout = { ...G474_LAYOUT, application: { start: 0x08009000, end: 0x0807f000 } };
  const image = { ranges: [range(0x08009000, 20 * KIB, [0x20020000, 0x08009201])] };
  const { segments } = planFlash({ image, geometry: G474, layout });
  deepStrictEqual(segments.map((segment) => [segment.range.start, segment.eraseUnits.length]), [
    [0x08009000, 6], // to the next multiple of 16 KiB
    [0x0800c000, 4],
  ]);
});

Deno.test("planFlash() leaves pages without bytes alone and starts a segment behind them", () => {
  const { segments } = planG474([
    range(0x08008000, 8, VECTORS),
    range(0x08008900, 8),
    range(0x0800a000, 8),
  ]);
  deepStrictEqual(segments.map((segment) => segment.range), [
    { start: 0x08008000, end: 0x08009000 },
    { start: 0x0800a000, end: 0x0800a800 },
  ]);
});

Deno.test("planFlash() fills gaps and pads to the program unit with the erased value", () => {
  const { segments } = planG474([range(0x08008000, 9, VECTORS), range(0x08008013, 2)]);
  strictEqual(segments.length, 1);
  const { write } = segments[0]!;
  deepStrictEqual([write.start, write.end], [0x08008000, 0x08008018]);
  deepStrictEqual(write.data.subarray(9, 0x13), new Uint8Array(10).fill(0xff));
  deepStrictEqual(write.data.subarray(0x15), new Uint8Array(3).fill(0xff));
  deepStrictEqual(write.data.subarray(0x13, 0x15), range(0x08008013, 2).data);
});

Deno.test("planFlash() starts what is written at the first used program unit", () => {
  const { segments } = planG474([range(0x08008000, 8, VECTORS), range(0x0800c009, 2)]);
  deepStrictEqual(
    [segments[1]!.write.start, segments[1]!.write.end],
    [0x0800c008, 0x0800c010],
  );
});

Deno.test("planFlash() joins pages as the option says, and knows only four sizes", () => {
  const image = [range(0x08008000, 64 * KIB, VECTORS)];
  for (const kib of [4, 8, 16, 32]) {
    const { segments } = planG474(image, { segmentSizeBytesMax: kib * KIB });
    strictEqual(segments.length, 64 / kib);
  }
  for (const segmentSizeBytesMax of [2 * KIB, 12 * KIB, 64 * KIB, 0, NaN]) {
    throws(() => planG474(image, { segmentSizeBytesMax }), RangeError);
  }
});

Deno.test("planFlash() counts the borders of segments from where flash starts", () => {
  // A declared part whose flash starts at no multiple of a segment.
  const geometry: FlashGeometry = { ...G474, flashStart: 0x08002000 };
  const layout: MemoryLayout = {
    bootloader: { start: 0x08002000, end: 0x0800a000 },
    application: { start: 0x0800a000, end: 0x08040000 },
  };
  const image = { ranges: [range(0x0800a000, 48 * KIB, [0x20020000, 0x0800a201])] };
  const { segments } = planFlash({ image, geometry, layout }, { segmentSizeBytesMax: 32 * KIB });
  deepStrictEqual(segments.map((segment) => segment.range), [
    { start: 0x0800a000, end: 0x08012000 },
    { start: 0x08012000, end: 0x08016000 },
  ]);
});

Deno.test("planFlash() marks the segment of a table behind a header", () => {
  const layout = { ...F407_LAYOUT, applicationHeader: { sizeBytes: 0x4000 } };
  const { segments, vectorTable } = planF407([
    range(0x08008000, 0x4000),
    range(0x0800c000, 64, VECTORS),
  ], layout);
  strictEqual(vectorTable.address, 0x0800c000);
  deepStrictEqual(segments.map((segment) => segment.holdsVectorTable), [false, true]);
});

Deno.test("planFlash() plans around a header that the image leaves out", () => {
  const layout = { ...F407_LAYOUT, applicationHeader: { sizeBytes: 0x200 } };
  const { segments } = planF407([range(0x08008200, 64, VECTORS)], layout);
  strictEqual(segments[0]!.write.start, 0x08008200);
  strictEqual(segments[0]!.holdsVectorTable, true);
});

Deno.test("planFlash() refuses an image without bytes", () => {
  for (const ranges of [[], [range(0x08008000, 0)]]) {
    const error = refusalOf(ranges);
    strictEqual(error.code, "PLAN_IMAGE_EMPTY");
    strictEqual(error.address, 0x08008000);
  }
});

Deno.test("planFlash() refuses what touches the bootloader and tells the likely mistake", () => {
  const error = refusalOf([range(0x08000000, 4 * KIB, [0x20020000, 0x08000201])]);
  deepStrictEqual(codesOf(error.problems), [["PLAN_PROTECTED_REGION", 0x08000000]]);
  strictEqual(
    error.message,
    "Cannot plan image for STM32F407xG: 0x08000000..0x08000FFF lies in the bootloader " +
      "0x08000000..0x08007FFF: the image starts at 0x08000000, but the application at " +
      "0x08008000; link it for that address",
  );
});

Deno.test("planFlash() refuses one byte in the configuration", () => {
  const { problems } = refusalOf([range(0x08008000, 64, VECTORS), range(0x080e0000, 1)]);
  deepStrictEqual(codesOf(problems), [["PLAN_PROTECTED_REGION", 0x080e0000]]);
  ok(problems[0]!.reason.includes("lies in the configuration 0x080E0000..0x080FFFFF"));
});

Deno.test("planFlash() refuses flash that belongs to no region, and says by how much", () => {
  const layout = { ...F407_LAYOUT, application: { start: 0x08008000, end: 0x08020000 } };
  const { problems } = refusalOf([range(0x08008000, 0x18010, VECTORS)], layout);
  deepStrictEqual(codesOf(problems), [["PLAN_OUTSIDE_APPLICATION", 0x08020000]]);
  ok(problems[0]!.reason.endsWith("the image is 16 bytes too large"));
});

Deno.test("planFlash() refuses a gap between bootloader and application", () => {
  const layout = { ...F407_LAYOUT, application: { start: 0x08010000, end: 0x080e0000 } };
  const { problems } = refusalOf([
    range(0x0800c000, 8),
    range(0x08010000, 8, [0x20020000, 0x08010101]),
  ], layout);
  deepStrictEqual(codesOf(problems), [["PLAN_OUTSIDE_APPLICATION", 0x0800c000]]);
});

const OUTSIDE: readonly (readonly [string, number, string])[] = [
  ["RAM", 0x20000000, "linked to run from RAM"],
  ["the end of flash", 0x08100000, "the device has 1024 KiB, 16 bytes too few"],
  [
    "the secure alias",
    0x0c008000,
    ": that is the secure alias of flash; link for the non-secure address",
  ],
  ["option bytes", 0x1fffc000, "that is option bytes (F2, F4)"],
  ["external memory", 0x90000000, "that is external memory (QUADSPI, OCTOSPI1)"],
  ["OTP", 0x1fff7800, "OTP (F2, F4)"],
  ["nowhere", 0x09000000 + 0x01000000, "is not within the flash 0x08000000..0x080FFFFF"],
];
Deno.test("planFlash() says of a merged file that it holds the bootloader too", () => {
  const { problems } = refusalOf([
    range(0x08000000, 64, [0x20020000, 0x08000011]),
    range(0x08008000, 64, [0x20020000, 0x08008011]),
  ]);
  deepStrictEqual(codesOf(problems), [["PLAN_PROTECTED_REGION", 0x08000000]]);
  ok(
    problems[0]!.reason.endsWith(
      ": the file holds your bootloader too; take the application by range: " +
        "0x08008000..0x0800803F beside its file in the fleet file, or by canvoy image convert --range",
    ),
    problems[0]!.reason,
  );
});

Deno.test("planFlash() speaks of a bootloader only where the file holds a second program", () => {
  const program = range(0x08008000, 64, [0x20020000, 0x08008011]);
  const { problems } = refusalOf([range(0x08000100, 16), program]);
  deepStrictEqual(codesOf(problems), [["PLAN_PROTECTED_REGION", 0x08000100]]);
  ok(!problems[0]!.reason.includes("bootloader too"), problems[0]!.reason);
});

Deno.test("planFlash() knows a header of MCUboot where the vector table is expected", () => {
  const header = [0x96f3b83d, 0, 0x200, 64, 0, 0x00030201, 0, 0];
  const { problems } = refusalOf([
    range(0x08008000, 0x200, header),
    range(0x08008200, 64, VECTORS),
  ]);
  deepStrictEqual(codesOf(problems), [["PLAN_VECTOR_TABLE_MISSING", 0x08008000]]);
  ok(problems[0]!.reason.endsWith("state headerBytes: 512 in the layout"), problems[0]!.reason);
});

Deno.test("planFlash() hands on what is to be doubted of the file", () => {
  const reason = "nothing proves that the file is whole";
  const warning = { code: "IMAGE_UNPROVEN" as const, address: 0x08008040, reason };
  const image = { ranges: [range(0x08008000, 64, VECTORS)], warnings: [warning] };
  const { warnings } = planFlash({ image, geometry: F407, layout: F407_LAYOUT });
  deepStrictEqual(warnings, [warning]);
});

for (const [what, address, words] of OUTSIDE) {
  Deno.test(`planFlash() refuses bytes in ${what}`, () => {
    const { problems } = refusalOf([range(0x08008000, 64, VECTORS), range(address, 16)]);
    deepStrictEqual(codesOf(problems), [["PLAN_OUTSIDE_FLASH", address]]);
    ok(problems[0]!.reason.includes(words), problems[0]!.reason);
  });
}

Deno.test("planFlash() takes an image at 0 for a binary without its base", () => {
  const { problems } = refusalOf([range(0, 1000, VECTORS)]);
  deepStrictEqual(codesOf(problems), [["PLAN_OUTSIDE_FLASH", 0]]);
  ok(problems[0]!.reason.includes("a raw binary needs its base address"));
  // The alias is as long as flash: what begins behind it was not meant for it.
  const behind = refusalOf([range(0x00100000, 1000, VECTORS)]);
  ok(!behind.problems[0]!.reason.includes("raw binary"), behind.problems[0]!.reason);
});

Deno.test("planFlash() refuses an application without vector table", () => {
  const { problems } = refusalOf([range(0x08008004, 64)]);
  deepStrictEqual(codesOf(problems), [["PLAN_VECTOR_TABLE_MISSING", 0x08008000]]);
  const behind = refusalOf([range(0x08008000, 64)], {
    ...F407_LAYOUT,
    applicationHeader: { sizeBytes: 512 },
  });
  ok(behind.problems[0]!.reason.endsWith("behind its header"));
});

Deno.test("planFlash() refuses a table that VTOR cannot name", () => {
  const { problems } = refusalOf([range(0x08008000, 0x40), range(0x08008100, 64, VECTORS)], {
    ...F407_LAYOUT,
    applicationHeader: { sizeBytes: 0x100 },
  });
  deepStrictEqual(codesOf(problems), [["PLAN_VECTOR_TABLE_UNALIGNED", 0x08008100]]);
});

Deno.test("planFlash() accepts any word-aligned table on a core without VTOR", () => {
  const geometry = findDevice("STM32F042F6");
  const layout: MemoryLayout = {
    bootloader: { start: 0x08000000, end: 0x08002000 },
    application: { start: 0x08002000, end: 0x08008000 },
    applicationHeader: { sizeBytes: 0x14 },
  };
  const image = { ranges: [range(0x08002014, 64, [0x20001800, 0x08002101])] };
  strictEqual(planFlash({ image, geometry, layout }).vectorTable.address, 0x08002014);
});

const STACK_POINTERS: readonly (readonly [number, "good" | "warned" | "low bits" | "bad"])[] = [
  [0x20020000, "good"], // the inclusive end of SRAM
  [0x2001fff8, "good"],
  [0x20000008, "good"],
  [0x10010000, "good"], // the end of CCM
  [0x2001fffc, "warned"], // 4-byte aligned only
  [0x20000000, "bad"], // nothing can be pushed
  [0x20020004, "bad"],
  [0x20020008, "bad"],
  [0x2001fffe, "low bits"], // the core ignores bits 1:0
  [0x2001ffff, "low bits"], // the last byte of RAM, as some linker scripts say
  [0x20020003, "low bits"],
  [0x20000003, "bad"],
  [0x20020005, "bad"],
  [0x10000000, "bad"],
  [0x08008000, "bad"],
  [0xffffffff, "bad"],
  [0, "bad"],
];
for (const [value, verdict] of STACK_POINTERS) {
  const text = "0x" + value.toString(16);
  Deno.test(`planFlash() finds an initial stack pointer of ${text} ${verdict}`, () => {
    const ranges = [range(0x08008000, 64, [value, 0x08008201])];
    if (verdict === "bad") {
      deepStrictEqual(codesOf(refusalOf(ranges).problems), [["PLAN_STACK_POINTER", 0x08008000]]);
      return;
    }
    const codes = {
      good: [],
      warned: ["PLAN_STACK_NOT_8_ALIGNED"],
      "low bits": ["PLAN_STACK_LOW_BITS"],
    };
    deepStrictEqual(
      planF407(ranges).warnings.map((warning) => [warning.code, warning.address]),
      codes[verdict].map((code) => [code, 0x08008000]),
    );
  });
}

for (
  const [value, reason] of [
    [
      0x2001ffff,
      "initial stack pointer 0x2001FFFF: the core ignores bits 1:0 and begins at 0x2001FFFC, " +
      "which is not 8-byte aligned",
    ],
    [
      0x2001fffb,
      "initial stack pointer 0x2001FFFB: the core ignores bits 1:0 and begins at 0x2001FFF8",
    ],
  ] as const
) {
  Deno.test(`planFlash() says of ${reason}`, () => {
    const { warnings } = planF407([range(0x08008000, 64, [value, 0x08008201])]);
    deepStrictEqual(warnings.map((warning) => warning.reason), [reason]);
  });
}

Deno.test("planFlash() knows erased flash where the initial stack pointer is expected", () => {
  const { problems } = refusalOf([range(0x08008000, 64, [0xffffffff, 0x08008201])]);
  ok(problems[0]!.reason.endsWith("is erased flash: there is no vector table"));
});

const RESET_VECTORS: readonly (readonly [number, boolean])[] = [
  [0x08008201, true],
  [0x08008001, true],
  [0x080dffff, true],
  [0x08008200, false], // even
  [0x08000201, false], // in the bootloader
  [0x080e0001, false], // in the configuration
  [0x20000001, false],
  [0xffffffff, false],
  [0, false],
];
for (const [value, good] of RESET_VECTORS) {
  const text = "0x" + value.toString(16);
  Deno.test(`planFlash() finds a reset vector of ${text} ${good ? "good" : "bad"}`, () => {
    const ranges = [range(0x08008000, 64, [0x20020000, value])];
    if (good) strictEqual(planF407(ranges).vectorTable.resetVector, value);
    else {
      deepStrictEqual(codesOf(refusalOf(ranges).problems), [["PLAN_RESET_VECTOR", 0x08008004]]);
    }
  });
}

Deno.test("planFlash() tells every problem, by address", () => {
  const { problems, code, address } = refusalOf([
    range(0x08000000, 8),
    range(0x08008000, 64, [0, 0]),
    range(0x080e0000, 8),
    range(0x20000000, 8),
  ]);
  deepStrictEqual(codesOf(problems), [
    ["PLAN_PROTECTED_REGION", 0x08000000],
    ["PLAN_STACK_POINTER", 0x08008000],
    ["PLAN_RESET_VECTOR", 0x08008004],
    ["PLAN_PROTECTED_REGION", 0x080e0000],
    ["PLAN_OUTSIDE_FLASH", 0x20000000],
  ]);
  deepStrictEqual([code, address], ["PLAN_PROTECTED_REGION", 0x08000000]);
});

Deno.test("planFlash() refuses a layout that does not fit before it looks at the image", () => {
  throws(() => planF407([], { ...F407_LAYOUT, application: { start: 0, end: 8 } }), {
    code: "MEMORY_LAYOUT",
  });
});
