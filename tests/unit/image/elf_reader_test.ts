import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createImage, readElf, readIntelHex } from "../../../src/image/mod.ts";
import { makeElf } from "./_elf.ts";
import { readTestFile, refuses } from "./_support.ts";

const PROGRAM = { physicalAddress: 0x08008000, data: Uint8Array.of(1, 2, 3, 4) };
const DATA = {
  physicalAddress: 0x08008004,
  virtualAddress: 0x20000000,
  data: Uint8Array.of(5, 6),
  memoryBytes: 400,
};

Deno.test("readElf() places segments by physical address, and only what the file holds", () => {
  deepStrictEqual(readElf("app.elf", makeElf([DATA, PROGRAM])), {
    ranges: [{ start: 0x08008000, end: 0x08008006, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }],
    entryAddress: 0x08008011,
  });
});

Deno.test("readElf() passes over segments without bytes, and gives copies", () => {
  const bytes = makeElf([{ ...PROGRAM, data: new Uint8Array(), memoryBytes: 16 }, PROGRAM]);
  const image = readElf("app.elf", bytes);
  bytes.fill(0);
  deepStrictEqual(image.ranges[0]?.data, Uint8Array.of(1, 2, 3, 4));
});

Deno.test("readElf() leaves out headers of the file that a linker put into a segment", () => {
  const elf = readElf("small.elf", readTestFile("vectors/image", "headers_in_segment.elf"));
  deepStrictEqual(
    elf,
    readIntelHex("small.hex", readTestFile("vectors/image", "headers_in_segment.hex")),
  );
  strictEqual(elf.ranges[0]?.start, 0x08008000);
});

Deno.test("readElf() refuses headers in a segment when no section table tells them apart", () => {
  const bytes = readTestFile("vectors/image", "headers_in_segment.elf");
  new DataView(bytes.buffer).setUint16(48, 0, true);
  refuses(
    () => readElf("small.elf", bytes),
    "unsupported",
    "Cannot read small.elf at byte 0x0034: the segment holds the file's own headers and no " +
      "section table tells them from the program; link with -n, or keep the section table",
  );
});

/** A good file with one field changed. */
function patched(offset: number, value: number, sizeBytes: 1 | 2 | 4 = 4): Uint8Array {
  const bytes = makeElf([PROGRAM, DATA]);
  const view = new DataView(bytes.buffer);
  if (sizeBytes === 1) view.setUint8(offset, value);
  else if (sizeBytes === 2) view.setUint16(offset, value, true);
  else view.setUint32(offset, value, true);
  return bytes;
}

const SECOND_HEADER = 52 + 32;

const REFUSED: readonly {
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly problem: Parameters<typeof refuses>[1];
  readonly state: string;
}[] = [
  {
    what: "a file that ends at once",
    bytes: Uint8Array.of(0x7F, 0x45, 0x4C, 0x46),
    problem: "truncated",
    state: "at byte 0x0004: the file ends within the ELF header",
  },
  {
    what: "a file that ends within the header",
    bytes: makeElf([PROGRAM]).subarray(0, 51),
    problem: "truncated",
    state: "at byte 0x0033: the file ends within the ELF header",
  },
  {
    what: "another file",
    bytes: patched(0, 0x50, 1),
    problem: "format",
    state: "at byte 0x0000: no ELF file",
  },
  {
    what: "ELF64",
    bytes: patched(4, 2, 1),
    problem: "unsupported",
    state: "at byte 0x0004: a 64-bit ELF file, expected ELF32 for ARM",
  },
  {
    what: "big-endian files",
    bytes: patched(5, 2, 1),
    problem: "unsupported",
    state: "at byte 0x0005: a big-endian ELF file, expected little-endian",
  },
  {
    what: "another machine",
    bytes: patched(18, 3, 2),
    problem: "unsupported",
    state: "at byte 0x0012: an ELF file for machine 3, expected 40 (ARM)",
  },
  {
    what: "an object file that was not linked",
    bytes: patched(16, 1, 2),
    problem: "unsupported",
    state: "at byte 0x0010: an ELF file of type 1, expected 2 (linked executable)",
  },
  {
    what: "thousands of program headers",
    bytes: patched(44, 65535, 2),
    problem: "unsupported",
    state: "at byte 0x002C: 65535 program headers, expected 128 at most",
  },
  {
    what: "program headers of another size",
    bytes: patched(42, 16, 2),
    problem: "syntax",
    state: "at byte 0x002A: program headers of 16 bytes, expected 32",
  },
  {
    what: "a program header table outside the file",
    bytes: patched(28, 0xFFFFFFF0),
    problem: "truncated",
    state:
      "at byte 0x001C: the program header table ends at byte 0x100000030, but the file at 0x007A",
  },
  {
    what: "a segment that claims 4 GiB",
    bytes: patched(SECOND_HEADER + 16, 0xFFFFFFFF),
    problem: "truncated",
    state: "at byte 0x0054: the segment ends at byte 0x100000077, but the file at 0x007A",
  },
  {
    what: "a segment larger in the file than in memory",
    bytes: patched(SECOND_HEADER + 20, 1),
    problem: "syntax",
    state: "at byte 0x0064: the segment is larger in the file than in memory",
  },
  {
    what: "a segment past 4 GiB",
    bytes: patched(SECOND_HEADER + 12, 0xFFFFFFFF),
    problem: "address-wrap",
    state: "at byte 0x0060: the segment passes address 0xFFFFFFFF, the last one",
  },
  {
    what: "segments at the same address",
    bytes: patched(SECOND_HEADER + 12, 0x08008003),
    problem: "overlap",
    state:
      "at byte 0x0054: address 0x08008003 has data already, from the segment at byte 0x0034, " +
      "with other bytes, first at 0x08008003",
  },
  {
    what: "a file without segments",
    bytes: makeElf([]),
    problem: "no-data",
    state: ": it has no loadable segment with data",
  },
];

for (const { what, bytes, problem, state } of REFUSED) {
  Deno.test(`readElf() refuses ${what}`, () => {
    const separator = state.startsWith(":") ? "" : " ";
    refuses(
      () => readElf("app.elf", bytes),
      problem,
      `Cannot read app.elf${separator}${state}`,
    );
  });
}

Deno.test("readElf() refuses many segments that share one stretch of the file", () => {
  const data = new Uint8Array(60_000);
  const segments = Array.from({ length: 100 }, (_, i) => ({
    physicalAddress: i * 0x10000,
    data: i === 0 ? data : new Uint8Array(),
    memoryBytes: data.length,
  }));
  const bytes = makeElf(segments);
  const view = new DataView(bytes.buffer);
  for (let i = 1; i < 100; i++) {
    view.setUint32(52 + 32 * i + 4, 52 + 3200, true);
    view.setUint32(52 + 32 * i + 16, data.length, true);
  }
  refuses(
    () => readElf("bomb.elf", bytes),
    "overlap",
    "Cannot read bomb.elf at byte 0x0054: segments share bytes of the file",
  );
});

/** A compiled file with one field of its first section's header changed. */
function withSectionField(fieldOffset: number, value: number): Uint8Array {
  const bytes = readTestFile("vectors/image", "headers_in_segment.elf");
  const view = new DataView(bytes.buffer);
  view.setUint32(view.getUint32(32, true) + 40 + fieldOffset, value, true);
  return bytes;
}

Deno.test("readElf() refuses a section that points outside the file", () => {
  refuses(
    () => readElf("small.elf", withSectionField(16, 0x7FFFFFFF)),
    "truncated",
    "Cannot read small.elf at byte 0x10048: the section ends at byte 0x8000000F, but the file at " +
      "0x100C0",
  );
});

Deno.test("readElf() refuses section headers of another size", () => {
  const bytes = readTestFile("vectors/image", "headers_in_segment.elf");
  new DataView(bytes.buffer).setUint16(46, 8, true);
  refuses(
    () => readElf("small.elf", bytes),
    "syntax",
    "Cannot read small.elf at byte 0x002E: section headers of 8 bytes, expected 40",
  );
});

Deno.test("readElf() refuses a segment with headers whose program is no allocated section", () => {
  refuses(
    () => readElf("small.elf", withSectionField(8, 0)),
    "unsupported",
    "Cannot read small.elf at byte 0x0034: the segment has bytes from byte 0x8002 on, between the " +
      "file's own headers and the first allocated section, and nothing tells whether they are " +
      "program; link with -n, or make their section allocated",
  );
});

Deno.test("readElf() takes a segment whole when no section lies in it", () => {
  const bytes = readTestFile("fixtures", "f407_v2.elf");
  const whole = readElf("app.elf", bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(view.getUint32(32, true) + 40 + 8, 0, true);
  deepStrictEqual(readElf("app.elf", bytes), whole);
});

Deno.test("readElf() leaves out the entry address where there is none", () => {
  const bytes = patched(24, 0);
  deepStrictEqual(
    readElf("app.elf", bytes),
    createImage([PROGRAM, {
      address: DATA.physicalAddress,
      data: DATA.data,
    }].map((piece) => ({ address: 0x08008000, ...piece }))),
  );
});

Deno.test("readElf() refuses sections that share bytes of the file, before it copies them", () => {
  const count = 1000;
  const program = new Uint8Array(100_000);
  const elf = makeElf([{ physicalAddress: 0x08000000, data: Uint8Array.of(1) }]);
  const tableOffset = elf.length + program.length;
  const bytes = new Uint8Array(tableOffset + 40 * count);
  bytes.set(elf);
  const view = new DataView(bytes.buffer);
  view.setUint32(32, tableOffset, true);
  view.setUint16(46, 40, true);
  view.setUint16(48, count, true);
  for (let i = 0; i < count; i++) {
    const words = [0, 1, 2, 0x0810_0000 + i * program.length, elf.length, program.length];
    words.forEach((word, k) => view.setUint32(tableOffset + 40 * i + 4 * k, word, true));
  }
  refuses(
    () => readElf("shared.elf", bytes),
    "overlap",
    "Cannot read shared.elf at byte 0x1871D: sections share bytes of the file",
  );
});
