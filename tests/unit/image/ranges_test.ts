import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { bytesToHex } from "../../../src/core/mod.ts";
import {
  bytesAt,
  createImage,
  filledBytes,
  imageChecksum,
  imageDigest,
  imageSizeBytes,
  imageSpan,
  imageWithin,
} from "../../../src/image/mod.ts";

/** 0x100: 01 02 03 04, a gap of four, 0x108: 05 06. */
const IMAGE = createImage([
  { address: 0x108, data: Uint8Array.of(5, 6) },
  { address: 0x102, data: Uint8Array.of(3, 4) },
  { address: 0x107, data: new Uint8Array() },
  { address: 0x100, data: Uint8Array.of(1, 2) },
]);

Deno.test("createImage() sorts, joins neighbours and drops what has no bytes", () => {
  deepStrictEqual(IMAGE, {
    ranges: [
      { start: 0x100, end: 0x104, data: Uint8Array.of(1, 2, 3, 4) },
      { start: 0x108, end: 0x10A, data: Uint8Array.of(5, 6) },
    ],
  });
});

Deno.test("createImage() refuses overlaps and addresses beyond 32 bits", () => {
  const data = new Uint8Array(4);
  throws(() => createImage([{ address: 0x100, data }, { address: 0x103, data }]), {
    name: "RangeError",
    message: "Cannot make an image: 0x00000100..0x00000103 and 0x00000103..0x00000106 overlap",
  });
  for (const address of [-1, 0xFFFFFFFD, 0.5]) {
    throws(() => createImage([{ address, data }]), RangeError);
  }
});

Deno.test("imageSizeBytes() and imageSpan() leave out and count gaps", () => {
  strictEqual(imageSizeBytes(IMAGE), 6);
  deepStrictEqual(imageSpan(IMAGE), { start: 0x100, end: 0x10A });
  throws(() => imageSpan({ ranges: [] }), RangeError);
});

Deno.test("imageWithin() cuts at both ends", () => {
  const cases = [
    { start: 0x0, end: 0x100, parts: [] },
    { start: 0x101, end: 0x103, parts: [[0x101, "02 03"]] },
    { start: 0x103, end: 0x109, parts: [[0x103, "04"], [0x108, "05"]] },
    { start: 0x104, end: 0x108, parts: [] },
    { start: 0x109, end: 0x200, parts: [[0x109, "06"]] },
    { start: 0x10A, end: 0x200, parts: [] },
    { start: 0x102, end: 0x102, parts: [] },
  ];
  for (const { start, end, parts } of cases) {
    const found = imageWithin(IMAGE, { start, end });
    deepStrictEqual(found.map((part) => [part.start, bytesToHex(part.data)]), parts);
    for (const part of found) strictEqual(part.end - part.start, part.data.length);
  }
});

Deno.test("bytesAt() gives bytes that are all there", () => {
  deepStrictEqual(bytesAt(IMAGE, 0x101, 3), Uint8Array.of(2, 3, 4));
  strictEqual(bytesAt(IMAGE, 0x101, 4), undefined);
  strictEqual(bytesAt(IMAGE, 0xFF, 2), undefined);
  strictEqual(bytesAt(IMAGE, 0x104, 1), undefined);
  strictEqual(bytesAt(IMAGE, 0x200, 1), undefined);
});

Deno.test("filledBytes() shows gaps as erased flash, or as told", () => {
  const range = { start: 0xFE, end: 0x10B };
  strictEqual(
    bytesToHex(filledBytes(IMAGE, range)),
    "FF FF 01 02 03 04 FF FF FF FF 05 06 FF",
  );
  strictEqual(
    bytesToHex(filledBytes(IMAGE, range, 0)),
    "00 00 01 02 03 04 00 00 00 00 05 06 00",
  );
});

Deno.test("imageChecksum() covers the span or the range, gaps filled", () => {
  const text = new TextEncoder().encode("123456789");
  const image = createImage([
    { address: 0x100, data: text.subarray(0, 4) },
    { address: 0x105, data: text.subarray(5) },
  ]);
  const name = "crc16-xmodem";
  // "5" is 0x35: filling the gap with it completes the check string.
  strictEqual(bytesToHex(imageChecksum(image, { name, fillByte: 0x35 })), "31 C3");
  const range = { start: 0x100, end: 0x109 };
  strictEqual(bytesToHex(imageChecksum(image, { name, range, fillByte: 0x35 })), "31 C3");
  strictEqual(bytesToHex(imageChecksum(image, { name })) === "31 C3", false);
});

Deno.test("imageDigest() depends on bytes and addresses, not on pieces or the entry", () => {
  const data = Uint8Array.of(1, 2);
  const image = createImage([{ address: 0x100, data }]);
  deepStrictEqual(
    imageDigest(createImage([
      { address: 0x100, data: data.subarray(0, 1) },
      { address: 0x101, data: data.subarray(1) },
    ], 0x101)),
    imageDigest(image),
  );
  const others = [
    createImage([{ address: 0x101, data }]),
    createImage([{ address: 0x100, data: Uint8Array.of(1, 3) }]),
    createImage([{ address: 0x100, data: Uint8Array.of(1) }, {
      address: 0x102,
      data: data.subarray(1),
    }]),
  ];
  for (const other of others) {
    strictEqual(bytesToHex(imageDigest(other)) === bytesToHex(imageDigest(image)), false);
  }
  // printf '\x00\x00\x01\x00\x00\x00\x00\x02\x01\x02' | sha256sum
  strictEqual(
    bytesToHex(imageDigest(image), ""),
    "56601783903915C3DD6942646782BAA78593160394363A5C24F047900DF260E9",
  );
});

Deno.test("imageDigest() takes as many ranges as a file can have", () => {
  const data = Uint8Array.of(1);
  const image = createImage(Array.from({ length: 200_000 }, (_, i) => ({ address: 2 * i, data })));
  strictEqual(imageDigest(image).length, 32);
  strictEqual(bytesAt(image, 2 * 199_999, 1)?.[0], 1);
});
