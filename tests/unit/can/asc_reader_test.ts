import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { AscReader, type CaptureLine } from "../../../src/can/mod.ts";

function read(...lines: readonly string[]): readonly CaptureLine[] {
  const reader = new AscReader();
  return lines.map((line) => reader.read(line)).filter((found) => found !== undefined);
}

function briefly(...lines: readonly string[]): readonly string[] {
  return read(...lines).map((found) => {
    if (typeof found !== "object") return `${found}`;
    const { id, extended, fd, data } = found.frame;
    return `${found.atMs} ${id}${extended ? "x" : ""}${fd ? "f" : ""} ${data.join(" ")}`.trim();
  });
}

Deno.test("AscReader reads decimal data length codes and identifiers of 29 bits", () => {
  deepStrictEqual(
    briefly(
      "date Mon Dec 6 11:21:13 am 2021",
      "base dec  timestamps absolute",
      "no internal events logged",
      "   0.1 1  417001713x      Rx   d 3   2  16   3",
      "   0.2 1  2016            Tx   d 15 1 2 3 4 5 6 7 8",
      "   0.3 CANFD  1 Rx  2016  1 0 15 64 " + "170 ".repeat(64) + "0 0 3000 0 0 0 0 0",
      "   0.4 CANFD  1 Rx  2016 A.b 1 0 10 16 " + "1 ".repeat(16) + "0 0 1000 0 0 0 0 0",
    ),
    [
      "100 417001713x 2 16 3",
      "200 2016 1 2 3 4 5 6 7 8",
      `300 2016f ${"170 ".repeat(64).trim()}`,
      `400 2016f ${"1 ".repeat(16).trim()}`,
    ],
  );
});

Deno.test("AscReader says what lines without a data frame are", () => {
  deepStrictEqual(
    briefly(
      "base hex  timestamps absolute",
      "   0.000000 Start of measurement",
      "   0.1 1  7E0             TxRq   d 2 02 10",
      "   0.2 CANFD   1 TxRq       7E0  1 0 2 2 02 10 0 0 3000 0 0 0 0 0",
      "   0.3 1  7E0             Rx   r",
      "   0.4 1  ErrorFrame",
      "   0.5 CAN 1 Status:chip status error active",
      "   0.6 1  Statistic: D 1 R 0 XD 0 XR 0 E 0 O 0 B 0.0%",
      "   0.7 1  7E0             Rx   d 8 02 10",
      "   0.8 CANXL   1 Rx 7E0",
      "   0.9 1  7E0             Rx   d 2 02 1000",
      "   0.95 CANFD   1 Rx",
      "   0.96 CANFD   1 Rx 7E0 1 0 9 13 02 10",
      "not of it",
      "End TriggerBlock",
    ),
    [
      "other event",
      "transmit request",
      "transmit request",
      "remote frame",
      "error frame",
      "other event",
      "other event",
      "cut record",
      "CAN XL frame",
      "unknown line",
      "unknown line",
      "unknown line",
      "unknown line",
    ],
  );
});

Deno.test("AscReader takes the number behind a frame whose message has a name", () => {
  deepStrictEqual(
    briefly(
      "base hex  timestamps absolute",
      "   0.1 1  EngineData      Rx   d 2 02 10  Length = 1 BitCount = 64 ID = 100",
      "   0.2 1  EngineData      Rx   d 2 02 10  Length = 1 BitCount = 64 ID = 417001713x",
      "   0.3 1  EngineData      Rx   d 2 02 10",
    ),
    ["100 100 2 16", "200 417001713x 2 16", "unknown line"],
  );
});

Deno.test("AscReader counts the times of all lines where they are relative", () => {
  deepStrictEqual(
    briefly(
      "base hex  timestamps relative",
      "   0.5 1  7E0             TxRq   d 1 11",
      "   0.25 1  7E0             Tx   d 1 11",
      "   0.25 1  ErrorFrame",
      "   1.0 1  7E8             Rx   d 1 22",
    ),
    ["transmit request", "750 2016 17", "error frame", "2000 2024 34"],
  );
});

Deno.test("AscReader says what the head tells", () => {
  const details = (line: string): string => {
    const reader = new AscReader();
    reader.read(line);
    return reader.details;
  };
  strictEqual(details("base dec  no internal events logged"), "base dec");
  strictEqual(details("base hex timestamps relative"), "base hex, relative times");
  strictEqual(details("   0.1 1  7E0 Rx d 1 11"), "no base, read as hex");
});
