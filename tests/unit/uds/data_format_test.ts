import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  type DataFormat,
  dataPart,
  type DataReading,
  formatData,
  writeData,
} from "../../../src/uds/mod.ts";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";

/** A record, how it is read, and what that is; `undefined`: nothing. */
const RECORDS: readonly (readonly [string, Partial<DataReading>, string | undefined])[] = [
  ["01 02 0A", { format: "hex" }, "01020A"],
  ["02 05 11", { format: "bcd" }, "2.5.11"],
  ["00 99", { format: "bcd" }, "0.99"],
  ["0A 00", { format: "bcd" }, undefined],
  ["01 02 0A FF", { format: "dotted" }, "1.2.10.255"],
  ["02 00", { format: "number" }, "512"],
  ["00 02", { format: "number-le" }, "512"],
  ["00 00", { format: "number" }, "0"],
  ["01 00 00 00 00 00 00", { format: "number" }, undefined],
  ["01 00 00 00 00 00 00", { format: "number-le" }, "1"],
  ["FF FF 02 01 FF", { format: "number", from: 2, bytes: 2 }, "513"],
  ["FF FF 02 01", { format: "hex", from: 2 }, "0201"],
  ["FF FF 02", { format: "number", from: 2, bytes: 2 }, undefined],
  ["FF FF", { format: "hex", from: 2 }, undefined],
  ["", { format: "hex" }, undefined],
];

for (const [record, how, expected] of RECORDS) {
  Deno.test(`formatData() reads ${JSON.stringify(how)} of "${record}" as ${expected}`, () => {
    const reading: DataReading = { did: 1, format: "hex", from: 0, ...how };
    const part = dataPart(reading, hexToBytes(record));
    const format = reading.format as Exclude<DataFormat, "text">;
    strictEqual(part === undefined ? undefined : formatData(format, part), expected);
    if (expected === undefined || (reading.from > 0 && reading.bytes === undefined)) return;
    const again = dataPart(reading, writeData({ ...reading, bytes: part!.length }, expected))!;
    deepStrictEqual(again, part);
  });
}

Deno.test("writeData() gives text that its format cannot hold as it is", () => {
  const reading: DataReading = { did: 1, format: "bcd", from: 1 };
  strictEqual(bytesToHex(writeData(reading, "AB")), "00 41 42");
});
