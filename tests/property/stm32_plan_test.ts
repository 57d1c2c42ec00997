import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { CanvoyError, rangeContains } from "../../src/core/mod.ts";
import type { FirmwareImage, ImageRange } from "../../src/image/mod.ts";
import {
  deviceName,
  DEVICES,
  findDevice,
  type FlashGeometry,
  type FlashPlan,
  planFlash,
} from "../../src/stm32/mod.ts";
import { DISTINCT_PARTS } from "../support/distinct_parts.ts";
import { plainLayout } from "../unit/stm32/_support.ts";

const RUNS = 40;

/** Images that lie in the application and start with a plausible table: sorted, apart, sparse. */
function images(geometry: FlashGeometry): fc.Arbitrary<FirmwareImage> {
  const { application } = plainLayout(geometry);
  const sizeBytes = application.end - application.start;
  const pieces = fc.array(
    fc.record({
      gapBytes: fc.integer({ min: 1, max: Math.min(40_000, sizeBytes) }),
      data: fc.uint8Array({ minLength: 1, maxLength: 300 }),
      repeat: fc.integer({ min: 1, max: 40 }),
    }),
    { maxLength: 6 },
  );
  return pieces.map((parts) => {
    const table = new Uint8Array(8);
    const view = new DataView(table.buffer);
    view.setUint32(0, geometry.ram[0]!.end, true);
    view.setUint32(4, application.start + 1, true);
    const ranges: ImageRange[] = [
      { start: application.start, end: application.start + 8, data: table },
    ];
    for (const { gapBytes, data, repeat } of parts) {
      const start = ranges.at(-1)!.end + gapBytes;
      const lengthBytes = Math.min(data.length * repeat, application.end - start);
      if (lengthBytes <= 0) break;
      const bytes = Uint8Array.from({ length: lengthBytes }, (_, i) => data[i % data.length]!);
      ranges.push({ start, end: start + lengthBytes, data: bytes });
    }
    return { ranges };
  });
}

/** The flash after erasing and writing as the plan says; what the plan leaves alone is absent. */
function carryOut(plan: FlashPlan): Map<number, number> {
  const flash = new Map<number, number>();
  for (const { write } of plan.segments) {
    for (const [i, byte] of write.data.entries()) {
      ok(!flash.has(write.start + i), "a byte is written twice");
      flash.set(write.start + i, byte);
    }
  }
  return flash;
}

function checkPlan(plan: FlashPlan, image: FirmwareImage): void {
  const { geometry, layout, segments } = plan;
  const { unitBytes } = geometry.program;
  const erased = new Set<number>();
  for (const [i, segment] of segments.entries()) {
    strictEqual(segment.index, i);
    ok(rangeContains(layout.application, segment.range), "a segment leaves the application");
    ok(rangeContains(segment.range, segment.write), "bytes are written where nothing is erased");
    if (i > 0) ok(segments[i - 1]!.range.end <= segment.range.start, "segments are not sorted");
    ok(segment.write.start % unitBytes === 0 && segment.write.end % unitBytes === 0);
    strictEqual(segment.write.data.length, segment.write.end - segment.write.start);
    let at = segment.range.start;
    for (const unit of segment.eraseUnits) {
      ok(!erased.has(unit.index), "a unit is erased twice");
      erased.add(unit.index);
      strictEqual(unit.start, at);
      at = unit.end;
      ok(image.ranges.some((r) => r.start < unit.end && unit.start < r.end), "a unit is unused");
    }
    strictEqual(at, segment.range.end);
  }
  strictEqual(segments.filter((segment) => segment.holdsVectorTable).length, 1);
  const flash = carryOut(plan);
  let imageSizeBytes = 0;
  for (const range of image.ranges) {
    for (const [i, byte] of range.data.entries()) {
      strictEqual(flash.get(range.start + i), byte);
      flash.delete(range.start + i);
    }
    imageSizeBytes += range.data.length;
  }
  strictEqual(plan.imageSizeBytes, imageSizeBytes);
  for (const byte of flash.values()) strictEqual(byte, geometry.erasedValue);
}

for (const geometry of DISTINCT_PARTS) {
  Deno.test(`planFlash() covers exactly the image on ${deviceName(geometry)}`, () => {
    const layout = plainLayout(geometry);
    fc.assert(
      fc.property(images(geometry), fc.constantFrom(4, 8, 16, 32), (image, kib) => {
        const options = { segmentSizeBytesMax: kib * 1024 };
        const plan = planFlash({ image, geometry, layout }, options);
        checkPlan(plan, image);
        // Planning what a plan writes gives the same plan: padding and fill change nothing.
        const ranges = plan.segments.map((segment) => segment.write);
        const again = planFlash({ image: { ranges }, geometry, layout }, options);
        deepStrictEqual(again.segments, plan.segments);
      }),
      { numRuns: RUNS },
    );
  });
}

Deno.test("planFlash() gives a plan or a typed error for any ranges", () => {
  const geometry = findDevice("STM32G431KB");
  const layout = plainLayout(geometry);
  const anyRange = fc.record({
    start: fc.oneof(
      fc.integer({ min: 0x08000000, max: 0x08020000 }),
      fc.integer({ min: 0, max: 0xffff0000 }),
    ),
    data: fc.uint8Array({ maxLength: 64 }),
  });
  fc.assert(
    fc.property(fc.array(anyRange, { maxLength: 8 }), (parts) => {
      const ranges = parts
        .map(({ start, data }) => ({ start, end: start + data.length, data }))
        .sort((left, right) => left.start - right.start)
        .filter((range, i, all) => i === 0 || all[i - 1]!.end < range.start);
      try {
        checkPlan(planFlash({ image: { ranges }, geometry, layout }), { ranges });
      } catch (error) {
        if (!(error instanceof CanvoyError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("findDevice() gives a row or a typed error for any text", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(STM32)?[A-Z]\d\w\w\w*$/)), (name) => {
      try {
        ok(DEVICES.includes(findDevice(name)));
      } catch (error) {
        if (!(error instanceof CanvoyError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});
