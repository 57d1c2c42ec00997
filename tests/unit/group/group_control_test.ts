import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { CanvoyError } from "../../../src/core/mod.ts";
import {
  decodeGroupMessage,
  decodeGroupOpen,
  decodeGroupOpened,
  decodeMapRequest,
  decodeMapResponse,
  encodeGroupOpen,
  encodeMapRequest,
  encodeMapResponse,
  type GroupMap,
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
        fc.record({ missing, heldParity: fc.nat(20) }, PLAIN).map((part) => ({
          generation,
          ...part,
        }))
      ),
    )
  );
  const maps: fc.Arbitrary<GroupMap> = fc.record({
    isBusy: fc.boolean(),
    hasFailed: fc.boolean(),
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

Deno.test("decodeGroupOpen() knows 29 bits, and no other version", () => {
  const identifier = { id: 0x1FFF_FFFF, extended: true };
  const opening = { identifier, key: Uint8Array.of(1, 2, 3, 4), region: REGION };
  const request = encodeGroupOpen(0x4752, opening);
  deepStrictEqual(decodeGroupOpen(request), opening);
  request[4] = 2;
  strictEqual(decodeGroupOpen(request), undefined);
});

Deno.test("groupRegionProblem() names what no group can be about", () => {
  strictEqual(groupRegionProblem(REGION), undefined);
  for (
    const change of [
      { blockBytes: 16 },
      { blockBytes: 48 },
      { blockBytes: 4096 },
      { generationBlocks: 0 },
      { generationBlocks: 255 },
      { sizeBytes: 0 },
      { address: 0xFEFF_FFFF },
      { sizeBytes: 0x1000_0000, blockBytes: 32, generationBlocks: 1 },
    ]
  ) ok(groupRegionProblem({ ...REGION, ...change }) !== undefined, JSON.stringify(change));
});
