import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { readTrace, type Trace } from "../../../src/can/mod.ts";

function read(...lines: readonly string[]): Trace {
  return readTrace({ name: "a", bytes: new TextEncoder().encode(lines.join("\n")) });
}

function briefly({ records }: Trace): readonly string[] {
  return records.map(({ atMs, interfaceName, frame }) => {
    const { id, extended, fd, data } = frame;
    const kind = `${extended ? "x" : ""}${fd ? "f" : ""}`;
    return `${atMs} ${interfaceName} ${id.toString(16)}${kind} ${data.join(" ")}`.trim();
  });
}

const SHAPES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["one to nine decimals", [
    "(1.5) can0 7E0#0210",
    "(2.25) can0 7E0#02",
    "(3.000000125) can0 7E0#",
  ], ["1500 can0 7e0 2 16", "2250 can0 7e0 2", "3000.000125 can0 7e0"]],
  ["a raw data length code", ["(1.000000) can0 7E0#1122334455667788_9"], [
    "1000 can0 7e0 17 34 51 68 85 102 119 136",
  ]],
  ["directions", ["(1.000000) can0 7E0#11 R", "(1.100000) can0 7E8#22 T"], [
    "1000 can0 7e0 17",
    "1100 can0 7e8 34",
  ]],
  ["29 bits, FD frames and no data", [
    " (1.000000)  vcan0  18DA10F1   [3]  02 10 02",
    " (1.000000)  vcan1       7E0  [12]  01 02 03 04 05 06 07 08 09 0A 0B 0C",
    " (1.000000)  vcan2       7E0  [08]  01 02 03 04 05 06 07 08",
    " (1.000000)  vcan3       7E0   [0]",
  ], [
    "1000 vcan0 18da10f1x 2 16 2",
    "1000 vcan1 7e0f 1 2 3 4 5 6 7 8 9 10 11 12",
    "1000 vcan2 7e0f 1 2 3 4 5 6 7 8",
    "1000 vcan3 7e0",
  ]],
  ["directions, colours, ASCII and binary digits", [
    "  can0  RX - -  7E0   [2]  31 32   '12'",
    "  can0  TX B E  7E0   [2]  00110001 00110010",
    "\x1B[0;31m  can0  \x1B[m7E0   [2]  31 32\x1B[0m",
    "  can0  7E0   [2]  32`31",
    "  can0  7E0   [2]  41 42   'AB'",
  ], [
    "0 can0 7e0 49 50",
    "0 can0 7e0 49 50",
    "0 can0 7e0 49 50",
    "0 can0 7e0 49 50",
    "0 can0 7e0 65 66",
  ]],
];
for (const [what, lines, expected] of SHAPES) {
  Deno.test(`readTrace() reads candump with ${what}`, () => {
    const trace = read(...lines);
    deepStrictEqual(briefly(trace), expected);
    strictEqual(trace.passedOver.total, 0);
  });
}

Deno.test("readTrace() reads the gaps of candump -t d as gaps, and -t z as times", () => {
  const log = (...times: readonly string[]): readonly number[] =>
    read(...times.map((time) => ` (${time})  can0  7E0   [1]  11`)).records.map(({ atMs }) => atMs);
  deepStrictEqual(log("000.000000", "000.010000", "000.000500", "000.439000"), [
    0,
    10,
    10.5,
    449.5,
  ]);
  deepStrictEqual(log("000.000000", "000.010000", "000.010000"), [0, 10, 20]);
  deepStrictEqual(log("000.000000", "000.010000", "000.010500"), [0, 10, 10.5]);
  // Frames of several interfaces come a little out of order.
  deepStrictEqual(log("000.000000", "001.010000", "001.009990"), [0, 1010, 1009.99]);
  deepStrictEqual(log("1700000000.5", "1700000000.1"), [1700000000500, 1700000000100]);
});

Deno.test("readTrace() reads dates of candump -t A", () => {
  const [record] = read(" (2026-11-29 09:31:30.000500)  can0  7E0   [1]  11").records;
  strictEqual(record?.atMs, Date.UTC(2026, 10, 29, 9, 31, 30) + 0.5);
});

Deno.test("readTrace() says what of candump it passes over, and where it knows nothing", () => {
  const { passedOver, records } = read(
    "(1.000000) can0 7E0#0210",
    "(1.000000) can0 7E0#R",
    "(1.000000) can0 7E0#R8_9",
    "(1.000000) can0 20000080#0000000000000000",
    "(1.000000) can0 123#81:00:12345678#1122",
    "  can0  7E0   [0]  remote request",
    "  can0  20000004   [8]  00 08 00 00 00 00 00 00   ERRORFRAME",
    "  can0  7E0   [3]  02 10",
    "something else",
    "",
    "another thing",
  );
  strictEqual(records.length, 1);
  strictEqual(
    `${passedOver}`,
    "3 remote frames, 2 error frames, 1 CAN XL frame, 1 cut record, " +
      "2 unknown lines (the first is line 9)",
  );
  deepStrictEqual(passedOver.counts, {
    "remote frame": 3,
    "error frame": 2,
    "CAN XL frame": 1,
    "cut record": 1,
    "unknown line": 2,
  });
});
