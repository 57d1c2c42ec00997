import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";
import { decodePdu, singleFrameBytesMax } from "../../../src/isotp/mod.ts";

/** What a payload is read as, in words. */
function read(payload: string, offset: 0 | 1 = 0): string {
  const pdu = decodePdu(hexToBytes(payload), offset);
  switch (pdu.kind) {
    case "ignored":
      return `ignored: ${pdu.reason}`;
    case "singleFrame":
      return `SF ${bytesToHex(pdu.data)}`;
    case "firstFrame":
      return `FF ${pdu.lengthBytes} ${bytesToHex(pdu.data)} CF ${pdu.consecutiveBytes}`;
    case "consecutiveFrame":
      return `CF ${pdu.sequenceNumber} ${bytesToHex(pdu.payload.subarray(pdu.dataStart))}`;
    case "flowControl":
      return `FC ${pdu.flowStatus} BS ${pdu.blockSize} STmin ${pdu.stMin}`;
  }
}

const BAD_SF_DL = "ignored: its SF_DL is no length that this frame can hold";
const BAD_FF_DL = "ignored: its FF_DL would have fit a single frame";

Deno.test("decodePdu() reads each kind of PDU, with and without address byte", () => {
  const table: readonly (readonly [string, 0 | 1, string])[] = [
    ["02 3E 80", 0, "SF 3E 80"],
    ["02 3E 80 CC CC CC CC CC", 0, "SF 3E 80"],
    ["07 01 02 03 04 05 06 07", 0, "SF 01 02 03 04 05 06 07"],
    ["A5 06 01 02 03 04 05 06", 1, "SF 01 02 03 04 05 06"],
    ["10 08 01 02 03 04 05 06", 0, "FF 8 01 02 03 04 05 06 CF 7"],
    ["A5 10 07 01 02 03 04 05", 1, "FF 7 01 02 03 04 05 CF 6"],
    ["1F FF 01 02 03 04 05 06", 0, "FF 4095 01 02 03 04 05 06 CF 7"],
    ["10 00 00 00 10 00 01 02", 0, "FF 4096 01 02 CF 7"],
    ["10 00 FF FF FF FF 01 02", 0, "FF 4294967295 01 02 CF 7"],
    ["A5 10 00 00 01 00 00 01", 1, "FF 65536 01 CF 6"],
    ["21 07 08", 0, "CF 1 07 08"],
    ["A5 20 07", 1, "CF 0 07"],
    ["30 00 00", 0, "FC continueToSend BS 0 STmin 0"],
    ["31 08 14 CC CC CC CC CC", 0, "FC wait BS 8 STmin 20"],
    ["A5 32 FF F3", 1, "FC overflow BS 255 STmin 243"],
    ["33 00 00", 0, "FC undefined BS 0 STmin 0"],
  ];
  for (const [payload, offset, expected] of table) strictEqual(read(payload, offset), expected);
});

Deno.test("decodePdu() reads CAN FD's escaped single frame, and first frames of any length", () => {
  const eight = "01 02 03 04 05 06 07 08";
  strictEqual(read(`00 08 ${eight} CC CC`), `SF ${eight}`);
  strictEqual(read(`A5 00 07 01 02 03 04 05 06 07 CC CC`, 1), "SF 01 02 03 04 05 06 07");
  strictEqual(read(`10 3F ${"00 ".repeat(62)}`).slice(0, 5), "FF 63");
  // Longer than its content needs: some stacks always send 64 bytes.
  strictEqual(read(`00 08 ${eight} ${"CC ".repeat(54)}`), `SF ${eight}`);
});

Deno.test("decodePdu() ignores what the standard says to ignore, and tells why", () => {
  const table: readonly (readonly [string, 0 | 1, string])[] = [
    ["", 0, "ignored: it ends before its PCI byte"],
    ["A5", 1, "ignored: it ends before its PCI byte"],
    ["00", 0, BAD_SF_DL],
    ["00 08 01 02 03 04 05 06", 0, BAD_SF_DL],
    ["03 01 02", 0, BAD_SF_DL],
    ["08 01 02 03 04 05 06 07", 0, BAD_SF_DL],
    ["A5 07 01 02 03 04 05 06", 1, BAD_SF_DL],
    // Above 8 bytes the length must be escaped, and be one that needed it.
    [`07 ${"00 ".repeat(11)}`, 0, BAD_SF_DL],
    [`00 07 ${"00 ".repeat(10)}`, 0, BAD_SF_DL],
    [`A5 00 06 ${"00 ".repeat(9)}`, 1, BAD_SF_DL],
    [`00 0B ${"00 ".repeat(10)}`, 0, BAD_SF_DL],
    ["10 08 01 02 03 04 05", 0, "ignored: a first frame has at least 8 bytes"],
    ["10 07 01 02 03 04 05 06", 0, BAD_FF_DL],
    ["A5 10 06 01 02 03 04 05", 1, BAD_FF_DL],
    [`10 3E ${"00 ".repeat(62)}`, 0, BAD_FF_DL],
    [
      "10 00 00 00 0F FF 01 02",
      0,
      "ignored: its FF_DL is escaped, but would have fit 12 bits",
    ],
    ["21", 0, "ignored: a consecutive frame has at least 1 byte of data"],
    ["A5 21", 1, "ignored: a consecutive frame has at least 1 byte of data"],
    ["30 00", 0, "ignored: a flow control frame has at least 3 bytes"],
    ["40 00 00", 0, "ignored: its PCI type is reserved"],
    ["FF", 0, "ignored: its PCI type is reserved"],
  ];
  for (const [payload, offset, expected] of table) strictEqual(read(payload, offset), expected);
});

Deno.test("singleFrameBytesMax() leaves room for PCI, escape and address", () => {
  const seen = [8, 12, 64].map((bytes) =>
    [0, 1].map((offset) => singleFrameBytesMax(bytes, offset as 0 | 1))
  );
  deepStrictEqual(seen, [[7, 6], [10, 9], [62, 61]]);
});
