import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { ImageFormatError, readIntelHex } from "../../../src/image/mod.ts";
import { ascii, hexRecord, refuses } from "./_support.ts";

const END = ":00000001FF";

function read(...lines: readonly string[]): ReturnType<typeof readIntelHex> {
  return readIntelHex("app.hex", ascii(lines.join("\n")));
}

Deno.test("readIntelHex() joins neighbours and sorts what comes out of order", () => {
  const image = read(hexRecord("02001200CCDD"), hexRecord("02001000AABB"), END);
  deepStrictEqual(image, {
    ranges: [{ start: 0x10, end: 0x14, data: Uint8Array.of(0xAA, 0xBB, 0xCC, 0xDD) }],
  });
});

Deno.test("readIntelHex() places data by extended linear addresses, past their 64 KiB", () => {
  const image = read(hexRecord("020000040800"), hexRecord("04FFFE0001020304"), END);
  deepStrictEqual(image.ranges, [
    { start: 0x0800FFFE, end: 0x08010002, data: Uint8Array.of(1, 2, 3, 4) },
  ]);
});

Deno.test("readIntelHex() wraps data within a segment after an extended segment address", () => {
  const image = read(hexRecord("020000021000"), hexRecord("04FFFE0001020304"), END);
  deepStrictEqual(image.ranges, [
    { start: 0x10000, end: 0x10002, data: Uint8Array.of(3, 4) },
    { start: 0x1FFFE, end: 0x20000, data: Uint8Array.of(1, 2) },
  ]);
});

Deno.test("readIntelHex() goes back to linear addresses after a segment", () => {
  const image = read(
    hexRecord("020000021000"),
    hexRecord("0100000011"),
    hexRecord("020000040001"),
    hexRecord("02FFFF002233"),
    END,
  );
  deepStrictEqual(image.ranges.map(({ start, end }) => [start, end]), [
    [0x10000, 0x10001],
    [0x1FFFF, 0x20001],
  ]);
});

Deno.test("readIntelHex() takes the entry address of either kind", () => {
  const data = hexRecord("0100000011");
  strictEqual(read(data, hexRecord("0400000508008011"), END).entryAddress, 0x08008011);
  strictEqual(read(data, hexRecord("0400000312345678"), END).entryAddress, 0x12340 + 0x5678);
});

Deno.test("readIntelHex() reads to the last address", () => {
  const image = read(hexRecord("02000004FFFF"), hexRecord("01FFFF0077"), END);
  deepStrictEqual(image.ranges, [
    { start: 0xFFFFFFFF, end: 0x100000000, data: Uint8Array.of(0x77) },
  ]);
});

Deno.test("readIntelHex() takes lower case, blank lines, trailing blanks, any line end", () => {
  const lines = [hexRecord("020000040800").toLowerCase(), "", hexRecord("0100000011") + " \t", END];
  for (const lineEnd of ["\n", "\r\n", "\r", "\n\n"]) {
    const image = readIntelHex("app.hex", ascii(lines.join(lineEnd) + lineEnd));
    strictEqual(image.ranges[0]?.start, 0x08000000);
  }
});

Deno.test("readIntelHex() takes records of 255 bytes and of none", () => {
  const image = read(hexRecord("FF000000" + "5A".repeat(255)), hexRecord("0000FF00"), END);
  deepStrictEqual(image.ranges, [{ start: 0, end: 255, data: new Uint8Array(255).fill(0x5A) }]);
});

const DATA = hexRecord("02001000AABB");

const REFUSED: readonly {
  readonly what: string;
  readonly lines: readonly string[];
  readonly problem: Parameters<typeof refuses>[1];
  readonly message: string;
}[] = [
  {
    what: "a wrong checksum",
    lines: [DATA, ":02001200CCDD44", END],
    problem: "checksum",
    message: "Cannot read app.hex:2:14: checksum is 0x44, expected 0x43",
  },
  {
    what: "a record that is cut",
    lines: [DATA, ":02001200CC"],
    problem: "truncated",
    message: "Cannot read app.hex:2:12: the line ends in the middle of a record",
  },
  {
    what: "a record cut within a byte",
    lines: [DATA, ":02001200CCD"],
    problem: "truncated",
    message: "Cannot read app.hex:2:13: the line ends in the middle of a record",
  },
  {
    what: "a record cut behind its colon",
    lines: [":"],
    problem: "truncated",
    message: "Cannot read app.hex:1:2: the line ends in the middle of a record",
  },
  {
    what: "a record that is too long",
    lines: [DATA + "00", END],
    problem: "syntax",
    message: "Cannot read app.hex:1:16: the record should end here, after 7 bytes",
  },
  {
    what: "another character than a digit",
    lines: [":0200x000AABB89", END],
    problem: "syntax",
    message: 'Cannot read app.hex:1:6: found "x", expected a hexadecimal digit',
  },
  {
    what: "a control character",
    lines: [":02001\x000AABB89", END],
    problem: "syntax",
    message: "Cannot read app.hex:1:7: found byte 0x00, expected a hexadecimal digit",
  },
  {
    what: "a line that is no record",
    lines: [DATA, "S9030000FC", END],
    problem: "syntax",
    message: 'Cannot read app.hex:2:1: found "S", expected ":"',
  },
  {
    what: "a blank before a record",
    lines: [" " + DATA, END],
    problem: "syntax",
    message: 'Cannot read app.hex:1:1: found byte 0x20, expected ":"',
  },
  {
    what: "an unknown record type",
    lines: [hexRecord("0000000A"), END],
    problem: "record-type",
    message: "Cannot read app.hex:1:8: record type 0x0A, expected 0x00 to 0x05",
  },
  {
    what: "an extended linear address of three bytes",
    lines: [hexRecord("03000004080000"), DATA, END],
    problem: "record-type",
    message: "Cannot read app.hex:1:2: extended linear address record of 3 data bytes, expected 2",
  },
  {
    what: "an end-of-file record with data",
    lines: [DATA, hexRecord("0100000100")],
    problem: "record-type",
    message: "Cannot read app.hex:2:2: end of file record of 1 data bytes, expected 0",
  },
  {
    what: "a missing end-of-file record",
    lines: [DATA],
    problem: "no-end",
    message: "Cannot read app.hex:1:16: the file ends without an end-of-file record",
  },
  {
    what: "records behind the end-of-file record",
    lines: [DATA, END, "", DATA],
    problem: "after-end",
    message: "Cannot read app.hex:4:1: the end-of-file record stands before this line",
  },
  {
    what: "data past 4 GiB",
    lines: [hexRecord("02000004FFFF"), hexRecord("02FFFF00AABB"), END],
    problem: "address-wrap",
    message: "Cannot read app.hex:2:12: data passes address 0xFFFFFFFF, the last one",
  },
  {
    what: "a file without data",
    lines: [hexRecord("020000040800"), END],
    problem: "no-data",
    message: "Cannot read app.hex: it holds no data records",
  },
  {
    what: "records that contradict each other",
    lines: [DATA, hexRecord("020020000102"), hexRecord("02000F00EEEE"), END],
    problem: "overlap",
    message: "Cannot read app.hex:3:1: address 0x00000010 has data already, from line 1, " +
      "with other bytes, first at 0x00000010",
  },
  {
    what: "records that repeat each other",
    lines: [hexRecord("02000E000102"), DATA, "", DATA, END],
    problem: "overlap",
    message: "Cannot read app.hex:4:1: address 0x00000010 has data already, from line 2, " +
      "with the same 2 bytes",
  },
  {
    what: "a wrapped record over data of its own segment",
    lines: [hexRecord("020000020000"), hexRecord("0100000011"), hexRecord("02FFFF001122"), END],
    problem: "overlap",
    message: "Cannot read app.hex:3:1: address 0x00000000 has data already, from line 2, " +
      "with other bytes, first at 0x00000000",
  },
];

for (const { what, lines, problem, message } of REFUSED) {
  Deno.test(`readIntelHex() refuses ${what}`, () => {
    refuses(() => read(...lines), problem, message);
  });
}

Deno.test("readIntelHex() counts lines as editors do", () => {
  for (const lineEnd of ["\n", "\r\n", "\r"]) {
    throws(
      () => readIntelHex("app.hex", ascii([DATA, DATA, ":0"].join(lineEnd))),
      (error) =>
        error instanceof ImageFormatError && error.line === 3 && error.column === 3 &&
        error.file === "app.hex" && error.offset === undefined,
    );
  }
});
