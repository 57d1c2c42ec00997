import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { readSRecord } from "../../../src/image/mod.ts";
import { ascii, refuses, sRecord } from "./_support.ts";

const DATA = sRecord("S1", "050010AABB");
const END = "S9030000FC";

function read(...lines: readonly string[]): ReturnType<typeof readSRecord> {
  return readSRecord("app.s19", ascii(lines.join("\n")));
}

Deno.test("readSRecord() reads the manual's own example", () => {
  // Motorola M68000 Family Programmer's Reference Manual, appendix "S-Record Output Format".
  const image = read(
    "S00600004844521B",
    "S1130000285F245F2212226A000424290008237C2A",
    "S11300100002000800082629001853812341001813",
    "S113002041E900084E42234300182342000824A952",
    "S107003000144ED492",
    "S9030000FC",
  );
  strictEqual(image.ranges.length, 1);
  strictEqual(image.ranges[0]?.end, 0x34);
  deepStrictEqual(image.ranges[0].data.subarray(0x30), Uint8Array.of(0x00, 0x14, 0x4E, 0xD4));
  strictEqual(image.entryAddress, 0);
});

Deno.test("readSRecord() takes addresses of two, three and four bytes", () => {
  const image = read(
    sRecord("S3", "06080080001" + "1"),
    sRecord("S2", "0512345622"),
    sRecord("S1", "04123433"),
    sRecord("S7", "0508008011"),
  );
  deepStrictEqual(image.ranges.map(({ start }) => start), [0x1234, 0x123456, 0x08008000]);
  strictEqual(image.entryAddress, 0x08008011);
});

Deno.test("readSRecord() takes right counts, of 16 and of 24 bits", () => {
  read(DATA, sRecord("S5", "030001"), END);
  read(DATA, sRecord("S6", "04000001"), END);
});

Deno.test("readSRecord() reads to the last address of each record type", () => {
  strictEqual(read(sRecord("S1", "04FFFF11"), END).ranges[0]?.end, 0x10000);
  strictEqual(read(sRecord("S2", "05FFFFFF11"), END).ranges[0]?.end, 0x1000000);
  strictEqual(read(sRecord("S3", "06FFFFFFFF11"), END).ranges[0]?.end, 0x100000000);
});

const REFUSED: readonly {
  readonly what: string;
  readonly lines: readonly string[];
  readonly problem: Parameters<typeof refuses>[1];
  readonly message: string;
}[] = [
  {
    what: "a wrong checksum",
    lines: ["S1050010AABB8A", END],
    problem: "checksum",
    message: "Cannot read app.s19:1:13: checksum is 0x8A, expected 0x85",
  },
  {
    what: "a record that is cut",
    lines: [DATA, "S1050010AABB"],
    problem: "truncated",
    message: "Cannot read app.s19:2:13: the line ends in the middle of a record",
  },
  {
    what: "a record that is too long",
    lines: [DATA + "A", END],
    problem: "syntax",
    message: "Cannot read app.s19:1:15: the record should end here, after 6 bytes",
  },
  {
    what: "another character than a digit",
    lines: ["S10500G0AABB8A", END],
    problem: "syntax",
    message: 'Cannot read app.s19:1:7: found "G", expected a hexadecimal digit',
  },
  {
    what: "a line that is no record",
    lines: [":00000001FF"],
    problem: "syntax",
    message: 'Cannot read app.s19:1:1: found ":", expected "S"',
  },
  {
    what: "the reserved type S4",
    lines: [sRecord("S4", "030000")],
    problem: "record-type",
    message: "Cannot read app.s19:1:2: no such record type, expected S0 to S3 or S5 to S9",
  },
  {
    what: "an S without a digit",
    lines: ["S"],
    problem: "record-type",
    message: "Cannot read app.s19:1:2: no such record type, expected S0 to S3 or S5 to S9",
  },
  {
    what: "a record too short for its address",
    lines: [sRecord("S3", "040000" + "00"), END],
    problem: "record-type",
    message: "Cannot read app.s19:1:3: S3 record of 4 bytes, expected at least 5",
  },
  {
    what: "a record that counts no byte",
    lines: ["S100", END],
    problem: "checksum",
    message: "Cannot read app.s19:1:3: checksum is 0x00, expected 0xFF",
  },
  {
    what: "an end record with data",
    lines: [DATA, sRecord("S9", "04000000")],
    problem: "record-type",
    message: "Cannot read app.s19:2:3: S9 record of 4 bytes, expected 3",
  },
  {
    what: "a wrong count",
    lines: [DATA, sRecord("S5", "030002"), END],
    problem: "record-count",
    message: "Cannot read app.s19:2:5: S5 counts 2 data records, but 1 stand before it",
  },
  {
    what: "a missing end record where the file was filled up",
    lines: [DATA, "\0\0\0\0"],
    problem: "no-end",
    message: "Cannot read app.s19:2:1: NULs or 0x1A follow, and no S7, S8 or S9 record stands " +
      "before them",
  },
  {
    what: "records behind the end record",
    lines: [DATA, END, DATA],
    problem: "after-end",
    message: "Cannot read app.s19:3:1: the end record stands before this line",
  },
  {
    what: "data past 64 KiB in S1",
    lines: [sRecord("S1", "05FFFFAABB"), END],
    problem: "address-wrap",
    message: "Cannot read app.s19:1:11: data passes address 0xFFFF, the last one of S1 records",
  },
  {
    what: "data past 4 GiB",
    lines: [sRecord("S3", "07FFFFFFFFAABB"), END],
    problem: "address-wrap",
    message: "Cannot read app.s19:1:15: data passes address 0xFFFFFFFF, the last one of S3 records",
  },
  {
    what: "a file without data",
    lines: [sRecord("S0", "030000"), END],
    problem: "no-data",
    message: "Cannot read app.s19: it holds no data records",
  },
  {
    what: "records that overlap",
    lines: [DATA, sRecord("S2", "05000011BB"), END],
    problem: "overlap",
    message: "Cannot read app.s19:2:1: address 0x00000011 has data already, from line 1, " +
      "with the same byte",
  },
];

for (const { what, lines, problem, message } of REFUSED) {
  Deno.test(`readSRecord() refuses ${what}`, () => {
    refuses(() => read(...lines), problem, message);
  });
}
