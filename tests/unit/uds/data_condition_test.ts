import { strictEqual } from "node:assert/strict";
import {
  conditionHolds,
  conditionRecord,
  conditionValue,
  conditionWords,
  type DataCondition,
} from "../../../src/uds/data_condition.ts";

const PLAIN: DataCondition = {
  did: 0xF442,
  from: 0,
  bytes: 2,
  format: "number",
  scale: 1,
  offset: 0,
  optional: false,
};
const VOLTAGE: DataCondition = { ...PLAIN, scale: 0.1, unit: "V", min: 11.5, max: 15 };

/** A condition, what it is called, and whether it holds for the record. */
const ROWS:
  readonly (readonly [DataCondition, string, readonly number[], number | undefined, boolean])[] = [
    [VOLTAGE, "11.5 to 15 V", [0, 115], 11.5, true],
    [VOLTAGE, "11.5 to 15 V", [0, 114], 11.4, false],
    [VOLTAGE, "11.5 to 15 V", [0, 150], 15, true],
    [VOLTAGE, "11.5 to 15 V", [0, 151], 15.1, false],
    [{ ...PLAIN, from: 1, format: "number-le", max: 0 }, "at most 0", [9, 1, 0], 1, false],
    [{ ...PLAIN, bytes: 1, mask: 0x0C, is: [1, 2] }, "1 or 2", [0xFB], 2, true],
    [{ ...PLAIN, bytes: 1, mask: 0x0C, is: [1, 2] }, "1 or 2", [0xFF], 3, false],
    [{ ...PLAIN, bytes: 1, offset: -40, min: -10 }, "at least -10", [30], -10, true],
    [{ ...PLAIN, bytes: 6, mask: 0x8000_0000_0000, is: [1] }, "1", [0x80, 0, 0, 0, 0, 0], 1, true],
    [{ ...PLAIN, max: 3 }, "at most 3", [3], undefined, false],
  ];

for (const [condition, words, record, value, isHeld] of ROWS) {
  Deno.test(`DataCondition ${words} ${isHeld ? "holds" : "does not hold"} for ${record}`, () => {
    strictEqual(conditionWords(condition), words);
    const read = conditionValue(condition, Uint8Array.from(record));
    strictEqual(read, value);
    strictEqual(read !== undefined && conditionHolds(condition, read), isHeld);
  });
}

Deno.test("conditionRecord() makes records for which conditions hold, and do not", () => {
  for (const [condition] of ROWS) {
    for (const isHeld of [true, false]) {
      const value = conditionValue(condition, conditionRecord([condition], isHeld))!;
      strictEqual(conditionHolds(condition, value), isHeld, conditionWords(condition));
    }
  }
  const both = [{ ...PLAIN, bytes: 1, mask: 0x0F, is: [5] }, {
    ...PLAIN,
    bytes: 1,
    mask: 0xF0,
    is: [9],
  }];
  strictEqual(conditionRecord(both)[0], 0x95);
});
