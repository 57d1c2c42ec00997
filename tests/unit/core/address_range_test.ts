import { deepStrictEqual } from "node:assert/strict";
import { type AddressRange, joinRanges, withoutRanges } from "../../../src/core/mod.ts";

function ranges(...pairs: readonly (readonly [number, number])[]): readonly AddressRange[] {
  return pairs.map(([start, end]) => ({ start, end }));
}

Deno.test("joinRanges() joins what overlaps or touches, in any order", () => {
  deepStrictEqual(
    joinRanges(ranges([30, 40], [0, 10], [10, 20], [5, 8], [35, 50])),
    ranges([0, 20], [30, 50]),
  );
  deepStrictEqual(joinRanges([]), []);
});

Deno.test("withoutRanges() leaves what is not taken", () => {
  const whole = ranges([0, 100]);
  deepStrictEqual(
    withoutRanges(whole, ranges([90, 120], [10, 20], [20, 30])),
    ranges([0, 10], [30, 90]),
  );
  deepStrictEqual(withoutRanges(whole, ranges([0, 50], [50, 100])), []);
  deepStrictEqual(withoutRanges(ranges([50, 60], [0, 10]), ranges([10, 50])), [
    ...ranges([50, 60], [0, 10]),
  ]);
});
