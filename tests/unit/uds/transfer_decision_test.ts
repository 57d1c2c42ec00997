import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  type BlockAttempt,
  blockBounds,
  blockDataLengthBytes,
  type BlockDecision,
  type BlockOutcome,
  blockSequenceCounterOf,
  decideAfterBlock,
  PLAIN_BLOCKS,
} from "../../../src/uds/mod.ts";

const OUTCOMES: readonly BlockOutcome[] = [
  { type: "positive" },
  { type: "silence" },
  { type: "sendFailed" },
  ...[0x73, 0x24, 0x70, 0x7F, 0x7E, 0x71, 0x72, 0x31, 0x13, 0x22].map((nrc) => (
    { type: "negative", nrc } as const
  )),
  { type: "badStatus" },
];

/** Every row: per attempt, the decisions for the outcomes above, in order. */
const TABLE: readonly (readonly [BlockAttempt, readonly BlockDecision[]])[] = [
  ["first", [
    "next",
    "repeat",
    "repeat",
    ...Array.from({ length: 11 }, () => "restart" as const),
  ]],
  ["repeatAfterSilence", [
    "next",
    "restart",
    "restart",
    "assumeWritten",
    ...Array.from({ length: 10 }, () => "restart" as const),
  ]],
  ["repeatAfterSendFailure", [
    "next",
    "restart",
    "restart",
    ...Array.from({ length: 11 }, () => "restart" as const),
  ]],
];

for (const [attempt, decisions] of TABLE) {
  for (const [index, outcome] of OUTCOMES.entries()) {
    const shown = outcome.type === "negative" ? `0x${outcome.nrc.toString(16)}` : outcome.type;
    Deno.test(`decideAfterBlock() ${attempt}, ${shown}: ${decisions[index]}`, () => {
      strictEqual(decideAfterBlock(attempt, outcome), decisions[index]);
    });
  }
}

Deno.test("decideAfterBlock() never sends a block a third time", () => {
  for (const attempt of ["repeatAfterSilence", "repeatAfterSendFailure"] as const) {
    for (const outcome of OUTCOMES) {
      strictEqual(decideAfterBlock(attempt, outcome) === "repeat", false);
    }
  }
});

Deno.test("blockSequenceCounterOf() begins at 01 and goes from FF to 00", () => {
  deepStrictEqual([0, 1, 253, 254, 255, 256, 511].map((i) => blockSequenceCounterOf(i)), [
    0x01,
    0x02,
    0xFE,
    0xFF,
    0x00,
    0x01,
    0x00,
  ]);
});

Deno.test("blockSequenceCounterOf() begins at 00 and goes from FF to 01, where it is told so", () => {
  const fromZero = { first: 0, wrapsTo: 0, goesOn: false } as const;
  deepStrictEqual([0, 255, 256, 511, 512].map((i) => blockSequenceCounterOf(i, fromZero)), [
    0x00,
    0xFF,
    0x00,
    0xFF,
    0x00,
  ]);
  const withoutZero = { first: 1, wrapsTo: 1, goesOn: false } as const;
  deepStrictEqual([0, 254, 255, 509, 510].map((i) => blockSequenceCounterOf(i, withoutZero)), [
    0x01,
    0xFF,
    0x01,
    0xFF,
    0x01,
  ]);
});

const PLAIN = blockBounds(PLAIN_BLOCKS);

/** Stated length, cap, multiple, data bytes of a block. */
const LENGTHS: readonly (readonly [number | undefined, number, number, number])[] = [
  [4095, 4095, 1, 4093],
  [4095, 1026, 1, 1024],
  [130, 4095, 1, 128],
  [130, 4095, 8, 128],
  [137, 4095, 8, 128],
  [undefined, 258, 1, 256],
  [0, 258, 1, 256],
  [1, 258, 1, 256],
  [2, 258, 1, 256],
  [3, 258, 1, 1],
  [8, 258, 8, 6],
  [2 ** 53, 4095, 32, 4064],
];

for (const [maxNumberOfBlockLength, capBytes, multipleBytes, expected] of LENGTHS) {
  const shown = `${maxNumberOfBlockLength}, cap ${capBytes}, multiple ${multipleBytes}`;
  Deno.test(`blockDataLengthBytes() of ${shown} is ${expected}`, () => {
    strictEqual(
      blockDataLengthBytes({ maxNumberOfBlockLength, capBytes, multipleBytes, bounds: PLAIN }),
      expected,
    );
  });
}

Deno.test("blockDataLengthBytes() throws RangeError for a cap without data or no multiple", () => {
  const stated = { maxNumberOfBlockLength: 130, bounds: PLAIN };
  throws(() => blockDataLengthBytes({ ...stated, capBytes: 2, multipleBytes: 1 }), RangeError);
  throws(() => blockDataLengthBytes({ ...stated, capBytes: 130, multipleBytes: 0 }), RangeError);
});
