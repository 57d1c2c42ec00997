import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  bytesAt,
  createImage,
  filledBytes,
  type FirmwareImage,
  ImageFormatError,
  type ImagePiece,
  imageSizeBytes,
  imageSpan,
  imageWithin,
  readFirmware,
  readIntelHex,
  readSRecord,
  writeBinary,
  writeIntelHex,
  writeSRecord,
} from "../../src/image/mod.ts";

const FIXTURES_URL = new URL("../fixtures/", import.meta.url);
const VECTORS_URL = new URL("../vectors/image/", import.meta.url);
const ENCODER = new TextEncoder();

/** Pieces that do not overlap, anywhere in 32 bits, many of them near borders of 64 KiB. */
const PIECES: fc.Arbitrary<readonly ImagePiece[]> = fc.tuple(
  fc.oneof(fc.nat(0x30000), fc.constantFrom(0xFFF0, 0x08007FF0, 0xFFFEFFF0), fc.nat(0xF0000000)),
  fc.array(fc.record({ gapBytes: fc.nat(40), data: fc.uint8Array({ maxLength: 60 }) }), {
    minLength: 1,
    maxLength: 12,
  }),
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
).map(([start, parts, last]) => {
  let address = start;
  return [...parts, { gapBytes: 1, data: last }].map(({ gapBytes, data }) => {
    const piece = { address: address + gapBytes, data };
    address += gapBytes + data.length;
    return piece;
  });
});

const IMAGES: fc.Arbitrary<FirmwareImage> = fc.tuple(PIECES, fc.nat(0xFFFFFFFF))
  .map(([pieces, entryAddress]) => createImage(pieces, entryAddress));

Deno.test("writeIntelHex() and readIntelHex() give the same image", () => {
  fc.assert(fc.property(IMAGES, fc.integer({ min: 1, max: 250 }), (image, recordBytes) => {
    const text = writeIntelHex(image, { recordBytes });
    deepStrictEqual(readIntelHex("a.hex", ENCODER.encode(text)), image);
  }));
});

Deno.test("writeSRecord() and readSRecord() give the same image", () => {
  fc.assert(fc.property(IMAGES, fc.integer({ min: 1, max: 250 }), (image, recordBytes) => {
    const text = writeSRecord(image, { recordBytes, header: "property" });
    deepStrictEqual(readSRecord("a.s19", ENCODER.encode(text)), image);
  }));
});

Deno.test("writeBinary() and readFirmware() give the same bytes", () => {
  fc.assert(fc.property(IMAGES, (image) => {
    const { start } = imageSpan(image);
    const bytes = writeBinary(image);
    const again = readFirmware({ name: "a", format: "binary", bytes, baseAddress: start });
    deepStrictEqual(again.ranges[0]?.data, filledBytes(image, imageSpan(image)));
  }));
});

Deno.test("createImage() gives sorted, separate, non-empty ranges in any order of pieces", () => {
  const shuffled = PIECES.chain((pieces) =>
    fc.tuple(fc.constant(pieces), fc.shuffledSubarray([...pieces], { minLength: pieces.length }))
  );
  fc.assert(fc.property(shuffled, ([pieces, others]) => {
    const image = createImage(others);
    deepStrictEqual(image, createImage(pieces));
    checkRanges(image);
    strictEqual(imageSizeBytes(image), pieces.reduce((sum, { data }) => sum + data.length, 0));
    for (const { address, data } of pieces) {
      if (data.length > 0) deepStrictEqual(bytesAt(image, address, data.length), data);
    }
  }));
});

Deno.test("imageWithin() and filledBytes() agree with a byte by byte look", () => {
  const cases = IMAGES.chain((image) => {
    const { start, end } = imageSpan(image);
    const from = fc.integer({ min: start - 4, max: end + 4 });
    return fc.tuple(fc.constant(image), from, fc.nat(100));
  });
  fc.assert(fc.property(cases, ([image, start, lengthBytes]) => {
    const range = { start, end: start + lengthBytes };
    const filled = filledBytes(image, range, 0xA5);
    const held = new Set<number>();
    for (const part of imageWithin(image, range)) {
      for (let address = part.start; address < part.end; address++) held.add(address);
    }
    for (let address = start; address < range.end; address++) {
      const byte = bytesAt(image, address, 1)?.[0];
      strictEqual(held.has(address), byte !== undefined);
      strictEqual(filled[address - start], byte ?? 0xA5);
    }
  }));
});

/** What a reader may do with any bytes: give a whole image, or its own error with a place. */
function checkRead(name: string, bytes: Uint8Array): void {
  let image: FirmwareImage;
  try {
    image = readFirmware({ name, bytes, ...(name.endsWith(".bin") ? { baseAddress: 0 } : {}) });
  } catch (error) {
    if (!(error instanceof ImageFormatError)) throw error;
    ok(error.message.startsWith(`Cannot read ${name}`));
    strictEqual(error.file, name);
    return;
  }
  checkRanges(image);
  ok(imageSizeBytes(image) <= bytes.length, "an image holds no more than its file");
}

function checkRanges(image: FirmwareImage): void {
  let previousEnd = -1;
  for (const { start, end, data } of image.ranges) {
    ok(start > previousEnd && end > start && end <= 2 ** 32);
    strictEqual(data.length, end - start);
    previousEnd = end;
  }
}

for (const extension of ["hex", "s19", "elf", "bin", "unknown"]) {
  Deno.test(`readFirmware() gives a value or its error for any bytes as .${extension}`, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      checkRead(`a.${extension}`, bytes);
    }));
  });
}

Deno.test("text readers give a value or ImageFormatError for any records", () => {
  const line = fc.tuple(
    fc.constantFrom(":", "S0", "S1", "S2", "S3", "S5", "S7", "S9", "S", ""),
    fc.array(fc.constantFrom(..."0123456789ABCDEFf "), { maxLength: 30 }),
  ).map(([start, digits]) => start + digits.join(""));
  fc.assert(fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
    for (const name of ["a.hex", "a.s19"]) checkRead(name, ENCODER.encode(lines.join("\n")));
  }));
});

/** Changes of a file: a byte overwritten, a stretch cut out or doubled. */
interface Mutation {
  readonly at: number;
  readonly kind: "set" | "cut" | "double";
  readonly value: number;
}

const MUTATIONS: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({
    // Half of the changes hit the first bytes, where the headers are.
    at: fc.oneof(fc.nat(200), fc.nat(0x20000)),
    kind: fc.constantFrom("set", "set", "cut", "double"),
    value: fc.nat(255),
  }),
  { minLength: 1, maxLength: 4 },
);

function mutated(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let content = [...bytes];
  for (const { at, kind, value } of mutations) {
    const index = at % Math.max(1, content.length);
    if (kind === "set") content[index] = value;
    else if (kind === "cut") content.splice(index, value);
    else content = content.slice(0, index + value).concat(content.slice(index));
  }
  return Uint8Array.from(content);
}

for (
  const { name, url } of [
    { name: "linear.hex", url: VECTORS_URL },
    { name: "segmented.hex", url: VECTORS_URL },
    { name: "linear.s37", url: VECTORS_URL },
    { name: "plain.s19", url: VECTORS_URL },
    { name: "f072_v2.elf", url: FIXTURES_URL },
  ]
) {
  Deno.test(`readFirmware() gives a value or ImageFormatError for ${name} damaged`, () => {
    const bytes = Deno.readFileSync(new URL(name, url));
    fc.assert(fc.property(MUTATIONS, (mutations) => checkRead(name, mutated(bytes, mutations))));
  });
}

Deno.test("readIntelHex() never takes a file with one digit changed", () => {
  const bytes = Deno.readFileSync(new URL("linear.hex", VECTORS_URL));
  const digits = [...bytes.keys()].filter((i) => /[0-9A-F]/.test(String.fromCharCode(bytes[i]!)));
  fc.assert(
    fc.property(fc.constantFrom(...digits), fc.constantFrom(..."0123456789ABCDEF"), (at, digit) => {
      fc.pre(bytes[at] !== digit.charCodeAt(0));
      const changed = bytes.slice();
      changed[at] = digit.charCodeAt(0);
      let error: unknown;
      try {
        readIntelHex("a.hex", changed);
      } catch (caught) {
        error = caught;
      }
      ok(error instanceof ImageFormatError);
    }),
  );
});
