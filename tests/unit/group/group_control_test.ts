import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { CanvoyError } from "../../../src/core/mod.ts";
import {
  decodeGroupMessage,
  decodeGroupOpen,
  decodeGroupOpened,
  decodeGroupVersions,
  decodeMapRequest,
  decodeMapResponse,
  encodeGroupOpen,
  encodeGroupVersions,
  encodeGroupVersionsRequest,
  encodeMapRequest,
  encodeMapResponse,
  generationChecksums,
  GroupFormatError,
  type GroupMap,
  groupOpenBytes,
  groupRegionProblem,
} from "../../../src/group/mod.ts";

const REGION = { address: 0x0800_8000, sizeBytes: 5000, blockBytes: 64, generationBlocks: 16 };

/** Objects as literals make them. */
const PLAIN = { noNullPrototype: true } as const;

/** Gives a value or an error of ours, nothing else. */
function isTame(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    return error instanceof CanvoyError;
  }
}

Deno.test("decoders of group() give a value or a typed error for any bytes", () => {
  const tail = fc.uint8Array({ maxLength: 60 });
  fc.assert(fc.property(tail, fc.constantFrom(1, 2, 3), (bytes, type) => {
    const request = Uint8Array.of(0x31, type, 0x47, 0x52, ...bytes);
    const response = Uint8Array.of(0x71, type, 0x47, 0x52, ...bytes);
    ok(isTame(() => decodeGroupOpen(request)));
    ok(isTame(() => decodeMapRequest(request)));
    ok(isTame(() => decodeGroupOpened(response)));
    ok(isTame(() => decodeGroupVersions(bytes)));
    ok(isTame(() => decodeMapResponse(response, REGION)));
    ok(isTame(() => decodeGroupMessage(bytes, Uint8Array.of(1, 2, 3, 4))));
    ok(isTame(() => decodeMapResponse(bytes, REGION)));
  }));
});

Deno.test("decodeMapResponse() reads what encodeMapResponse() wrote", () => {
  const missing = fc.uniqueArray(fc.integer({ min: 0, max: 14 }), { minLength: 1 })
    .map((places) => places.toSorted((left, right) => left - right));
  // 5,000 bytes: 79 blocks, 15 of them in the fifth generation.
  const generations = fc.uniqueArray(fc.integer({ min: 0, max: 4 })).chain((numbers) =>
    fc.tuple(
      ...numbers.toSorted((left, right) => left - right).map((generation) =>
        fc.record({ missing, heldParity: fc.nat(20), isWrong: fc.boolean() }, PLAIN).map((
          part,
        ) => ({
          generation,
          ...part,
          heldParity: part.isWrong ? 0 : part.heldParity,
        }))
      ),
    )
  );
  const maps: fc.Arbitrary<GroupMap> = fc.record({
    isBusy: fc.boolean(),
    hasFailed: fc.boolean(),
    hasMore: fc.boolean(),
    mendedShare: fc.nat(31).map((share) => share / 31),
    programMs: fc.nat(65535).map((units) => units / 100),
    generations,
  }, PLAIN);
  fc.assert(fc.property(maps, (map) => {
    deepStrictEqual(decodeMapResponse(encodeMapResponse(0x4752, map, REGION), REGION), map);
  }));
});

Deno.test("decodeMapResponse() refuses maps of what the region has not", () => {
  const refused = [
    [0x00, 0x00],
    [0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x01, 0x00],
    [0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x80],
    [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
    [0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00],
  ];
  for (const record of refused) {
    const response = Uint8Array.of(0x71, 0x03, 0x47, 0x52, ...record);
    let code = "none";
    try {
      decodeMapResponse(response, REGION);
    } catch (error) {
      if (error instanceof CanvoyError) code = error.code;
    }
    strictEqual(code, "GROUP_FORMAT", String(record));
  }
});

Deno.test("encodeMapRequest() is a single frame, and read back", () => {
  const request = encodeMapRequest(0x4752, { first: 258, count: 3 });
  deepStrictEqual(request, Uint8Array.of(0x31, 0x03, 0x47, 0x52, 0x01, 0x02, 0x03));
  deepStrictEqual(decodeMapRequest(request), { first: 258, count: 3 });
});

Deno.test("encodeMapResponse() rounds up what was mended, and marks what was wrong", () => {
  const statusOf = (mendedShare: number): number => {
    const map = { isBusy: false, hasFailed: false, hasMore: false, programMs: 0 };
    return encodeMapResponse(0x4752, { ...map, mendedShare, generations: [] }, REGION)[4]!;
  };
  // One of 79 blocks shows, all are 31, and 31 needs them all.
  deepStrictEqual([0, 1 / 79, 78 / 79, 1].map(statusOf), [0, 1 << 1, 31 << 1, 31 << 1]);
  deepStrictEqual([1 / 31, 3 / 31, 30 / 31].map(statusOf), [1 << 1, 3 << 1, 30 << 1]);
  const wrong = encodeMapResponse(0x4752, {
    isBusy: false,
    hasFailed: false,
    hasMore: true,
    mendedShare: 0,
    programMs: 0,
    generations: [{ generation: 4, heldParity: 0, isWrong: true, missing: [0, 9] }],
  }, REGION);
  deepStrictEqual(
    wrong,
    Uint8Array.of(0x71, 0x03, 0x47, 0x52, 0x40, 0, 0, 0x00, 0x04, 0xFF, 0x01, 0x02),
  );
});

const OPENING = {
  identifier: { id: 0x1FFF_FFFF, extended: true },
  key: Uint8Array.of(1, 2, 3, 4),
  region: REGION,
  checksums: [1, 0xFFFF, 0x1234, 0, 5],
};

Deno.test("decodeGroupOpen() knows 29 bits, and no other version", () => {
  const request = encodeGroupOpen(0x4752, OPENING);
  strictEqual(request.length, 24 + 2 * 5);
  deepStrictEqual(decodeGroupOpen(request), OPENING);
  for (const version of [0, 1, 3]) {
    request[4] = version;
    strictEqual(decodeGroupOpen(request), undefined);
  }
});

Deno.test("groupOpenBytes() tells an opening with too few or too many checksums", () => {
  const request = encodeGroupOpen(0x4752, OPENING);
  strictEqual(groupOpenBytes(REGION), request.length);
  // Its head is read all the same: a region that makes no sense is refused before its length is.
  deepStrictEqual(decodeGroupOpen(request.subarray(0, 27))?.checksums, [1]);
  deepStrictEqual(decodeGroupOpen(request.subarray(0, 24))?.region, REGION);
  ok(isTame(() => decodeGroupOpen(request.subarray(0, 23))));
  throws(() => decodeGroupOpen(request.subarray(0, 23)), GroupFormatError);
});

Deno.test("generationChecksums() counts no more bytes than lie in flash", () => {
  const data = new TextEncoder().encode("123456789".repeat(15)).subarray(0, 32 + 32 + 32 + 9);
  const region = { address: 0x0800_8000, sizeBytes: 105, blockBytes: 32, generationBlocks: 1 };
  const own = generationChecksums(region, data);
  strictEqual(own.length, 4);
  const nine = new TextEncoder().encode("123456789");
  deepStrictEqual(generationChecksums({ ...region, sizeBytes: 9 }, nine), [0x29B1]);
  // 105 bytes in one generation of four blocks, and in one of four: the same bytes, another cut.
  strictEqual(generationChecksums({ ...region, generationBlocks: 64 }, data).length, 1);
});

Deno.test("decodeGroupVersions() reads what a node says that it speaks", () => {
  deepStrictEqual(encodeGroupVersionsRequest(), Uint8Array.of(0x22, 0x47, 0x52));
  deepStrictEqual(encodeGroupVersions([2]), Uint8Array.of(0x62, 0x47, 0x52, 2));
  deepStrictEqual(decodeGroupVersions(Uint8Array.of(0x62, 0x47, 0x52, 1, 2)), [1, 2]);
  deepStrictEqual(decodeGroupVersions(Uint8Array.of(0x62, 0xF1, 0x95, 2)), []);
});

Deno.test("groupRegionProblem() names what no group can be about", () => {
  strictEqual(groupRegionProblem(REGION), undefined);
  const longest = { ...REGION, sizeBytes: 64 * 1024, generationBlocks: 1 };
  strictEqual(groupRegionProblem(longest), undefined);
  strictEqual(groupRegionProblem({ ...REGION, blockBytes: 4064 }), undefined);
  for (
    const change of [
      { blockBytes: 16 },
      { blockBytes: 48 },
      { blockBytes: 4080 },
      { blockBytes: 4096 },
      { generationBlocks: 0 },
      { generationBlocks: 255 },
      { sizeBytes: 0 },
      { address: 0xFEFF_FFFF },
      { sizeBytes: 0x1000_0000, blockBytes: 32, generationBlocks: 1 },
      { sizeBytes: 64 * 1024 + 1, generationBlocks: 1 },
    ]
  ) ok(groupRegionProblem({ ...REGION, ...change }) !== undefined, JSON.stringify(change));
});
