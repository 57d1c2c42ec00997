import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Gf256Parity } from "../../../src/codec/mod.ts";
import { bytesToHex, hexToBytes, Prng } from "../../../src/core/mod.ts";
import {
  decodeGroupMessage,
  decodeGroupOpen,
  decodeGroupOpened,
  decodeMapResponse,
  encodeGroupMessage,
  encodeGroupOpen,
  encodeGroupOpened,
  encodeGroupVersions,
  encodeGroupVersionsRequest,
  encodeMapRequest,
  encodeMapResponse,
  generationChecksums,
  GROUP_ROUTINE_ID,
  GROUP_VERSION,
} from "../../../src/group/mod.ts";
import {
  crc,
  mendOne,
  readMap,
  readMessage,
  readOpened,
  readOpening,
  times,
  weights,
} from "../../support/group_from_document.ts";

const DOCUMENT = Deno.readTextFileSync(new URL("../../../docs/group-download.md", import.meta.url));
const KEY = Uint8Array.of(0xC0, 0xFF, 0xEE, 0x01);

/** The examples of one kind: the lines between its fences. */
function examples(kind: string): string[][] {
  const fences = DOCUMENT.matchAll(new RegExp("^```" + kind + "\n([^`]*)^```$", "gm"));
  const found = [...fences].map(([, body]) => body!.trim().split("\n"));
  ok(found.length > 0, `no example of ${kind}`);
  return found;
}

const [OPENING, CUT] = examples("group-open").map(([line]) => bytesOf(line!)) as [
  Uint8Array,
  Uint8Array,
];
/** Byte n of the image of the examples is n modulo 251. */
const IMAGE = Uint8Array.from({ length: 1300 }, (_, n) => n % 251);

function bytesOf(line: string): Uint8Array {
  return hexToBytes(line.replaceAll(" ", ""));
}

Deno.test("docs/group-download.md: the opening reads as it says, by both hands", () => {
  deepStrictEqual(readOpening(OPENING), {
    version: 2,
    identifier: 0x7FF,
    is29Bit: false,
    key: KEY,
    address: 0x0800_8000,
    size: 1300,
    blockBytes: 512,
    generationBlocks: 64,
    checksums: [0xFDBA],
  });
  const opening = decodeGroupOpen(OPENING)!;
  deepStrictEqual(opening, {
    identifier: { id: 0x7FF, extended: false },
    key: KEY,
    region: { address: 0x0800_8000, sizeBytes: 1300, blockBytes: 512, generationBlocks: 64 },
    checksums: [0xFDBA],
  });
  deepStrictEqual(encodeGroupOpen(GROUP_ROUTINE_ID, opening), OPENING);
  strictEqual(crc(IMAGE), 0xFDBA);
  deepStrictEqual(generationChecksums(opening.region, IMAGE), opening.checksums);
});

Deno.test("docs/group-download.md: the cut is the same group, smaller", () => {
  const whole = readOpening(OPENING);
  deepStrictEqual(readOpening(CUT), { ...whole, size: 1024, checksums: [0x22FF] });
  strictEqual(crc(IMAGE.slice(0, 1024)), 0x22FF);
  const cut = decodeGroupOpen(CUT)!;
  deepStrictEqual(generationChecksums(cut.region, IMAGE.subarray(0, 1024)), cut.checksums);
  deepStrictEqual(encodeGroupOpen(GROUP_ROUTINE_ID, cut), CUT);
});

Deno.test("docs/group-download.md: generations of an image have the checksums it says", () => {
  // 10 KiB less 10 bytes in generations of 16 blocks of 64 bytes: ten, the last one shorter.
  const region = { address: 0, sizeBytes: 10_230, blockBytes: 64, generationBlocks: 16 };
  const image = new Prng(5).bytes(region.sizeBytes);
  const byHand = Array.from({ length: 10 }, (_, i) => crc(image.slice(i * 1024, i * 1024 + 1024)));
  deepStrictEqual(generationChecksums(region, image), byHand);
});

Deno.test("docs/group-download.md: a node tells its versions as it says", () => {
  const [line] = /^ {4}22 47 52 .*$/m.exec(DOCUMENT)!;
  const [request, response] = line.split("->").map((text) => text.trim());
  deepStrictEqual(encodeGroupVersionsRequest(), bytesOf(request!));
  strictEqual(response, "62 47 52 | VV { VV }");
  deepStrictEqual(encodeGroupVersions([GROUP_VERSION]), bytesOf("62 47 52 02"));
});

Deno.test("docs/group-download.md: the answer to the opening reads as it says", () => {
  const bytes = bytesOf(examples("group-opened")[0]![0]!);
  deepStrictEqual(readOpened(bytes), { room: 16, timeUs: 2050 });
  const opened = decodeGroupOpened(bytes);
  deepStrictEqual(opened, { bufferBlocks: 16, programMs: 2.05 });
  deepStrictEqual(encodeGroupOpened(GROUP_ROUTINE_ID, opened), bytes);
});

Deno.test("docs/group-download.md: the maps read as it says", () => {
  const opening = readOpening(OPENING);
  const { region } = decodeGroupOpen(OPENING)!;
  const missing = examples("group-map").map(([request, response]) => {
    deepStrictEqual(
      encodeMapRequest(GROUP_ROUTINE_ID, { first: 0, count: 0 }),
      bytesOf(request!),
    );
    const map = readMap(bytesOf(response!), opening);
    const own = decodeMapResponse(bytesOf(response!), region);
    deepStrictEqual(own.generations.flatMap((part) => part.missing), map.missing);
    strictEqual(own.programMs * 1000, map.timeUs);
    strictEqual(own.mendedShare * 31, map.mended);
    deepStrictEqual([own.isBusy, own.hasFailed, own.hasMore], [map.busy, map.failed, map.more]);
    deepStrictEqual(encodeMapResponse(GROUP_ROUTINE_ID, own, region), bytesOf(response!));
    return [map.missing, map.mended];
  });
  // One of three blocks was mended: 31 / 3, rounded up.
  deepStrictEqual(missing, [[[1], 0], [[], 11]]);
});

Deno.test("docs/group-download.md: the map that names every byte reads as it says", () => {
  const bytes = bytesOf(examples("group-map-of-24")[0]![0]!);
  const region = { address: 0, sizeBytes: 24 * 512, blockBytes: 512, generationBlocks: 16 };
  deepStrictEqual(decodeMapResponse(bytes, region), {
    isBusy: true,
    hasFailed: false,
    hasMore: true,
    mendedShare: 4 / 31,
    programMs: 2.05,
    generations: [{ generation: 0, heldParity: 2, isWrong: false, missing: [0, 3, 15] }],
  });
  strictEqual(Math.ceil(31 * 3 / 24), 4);
  const { missing, mended, busy, more, failed } = readMap(bytes, {
    ...readOpening(OPENING),
    size: region.sizeBytes,
    generationBlocks: region.generationBlocks,
  });
  deepStrictEqual([missing, mended, busy, more, failed], [[0, 3, 15], 4, true, true, false]);
});

Deno.test("docs/group-download.md: the data message begins as it says", () => {
  const begin = bytesOf(examples("group-data")[0]![0]!);
  const data = IMAGE.slice(1024);
  const message = Uint8Array.of(...begin.slice(0, 10), ...data);
  deepStrictEqual(begin.slice(10), data.slice(0, 6));
  deepStrictEqual(readMessage(message, KEY), { address: 0x0800_8400, data });
  const payload = decodeGroupMessage(message, KEY)!;
  deepStrictEqual(payload, { kind: "data", address: 0x0800_8400, data });
  deepStrictEqual(encodeGroupMessage(payload, KEY), message);
});

Deno.test("docs/group-download.md: the parity is what both hands compute, and mends", () => {
  for (const lines of examples("group-parity")) {
    const source = lines[1]!.split(" ").slice(1).map((text) => hexToBytes(text));
    const code = new Gf256Parity(source.length);
    for (const line of lines.slice(2)) {
      const [kind, j, ...values] = line.split(" ");
      if (kind === "g") {
        const g = values.map((value) => parseInt(value, 16));
        deepStrictEqual(weights(source.length, Number(j)), g);
        deepStrictEqual([...code.factors(Number(j))], g);
        continue;
      }
      const parity = hexToBytes(values[0]!);
      deepStrictEqual(code.encode(Number(j), source, 4), parity);
      for (const lost of source.keys()) {
        const left = source.map((block, i) => i === lost ? undefined : block);
        deepStrictEqual(mendOne(left, Number(j), parity), source[lost]);
      }
    }
  }
});

Deno.test("both hands read each other's messages, and no torn ones", () => {
  const prng = new Prng(7);
  for (let round = 0; round < 50; round++) {
    const key = prng.bytes(4);
    const data = prng.bytes(32 * (1 + prng.below(8)));
    const generation = prng.below(0x1_0000);
    const index = prng.below(191);
    const message = encodeGroupMessage({ kind: "parity", generation, index, data }, key);
    deepStrictEqual(readMessage(message, key), { parityOf: generation, index, data });
    message[prng.below(message.length)]! ^= 1 << prng.below(8);
    strictEqual(readMessage(message, key), undefined, bytesToHex(message));
    strictEqual(decodeGroupMessage(message, key), undefined, bytesToHex(message));
  }
});

Deno.test("weights() of both hands agree for a whole generation of 64", () => {
  const code = new Gf256Parity(64);
  for (const j of [0, 1, 190]) deepStrictEqual(weights(64, j), [...code.factors(j)]);
  strictEqual(times(0x80, 2), 0x1D);
});
