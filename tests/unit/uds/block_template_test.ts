import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { concatBytes, hexToBytes } from "../../../src/core/mod.ts";
import {
  blockBounds,
  blockFields,
  type BlockTemplate,
  decodeBlock,
  encodeBlock,
  knowsRepeatedBlock,
  matchAnswer,
  parseRequestTemplate,
  PLAIN_BLOCKS,
  RequestTemplateError,
} from "../../../src/uds/mod.ts";

/** As PSA's control units take them, with an address of four bytes. */
const CHECKED: BlockTemplate = {
  request: parseRequestTemplate("36 {counter:1} {address:4} {data} {size:1} {checksum:2}"),
  algorithm: "crc16-x25",
};

/** CRC-16/X-25 bit by bit, as its definition reads. */
function x25(bytes: Uint8Array): Uint8Array {
  let register = 0xFFFF;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      register = (register & 1) === 1 ? (register >> 1) ^ 0x8408 : register >> 1;
    }
  }
  return Uint8Array.of((register ^ 0xFFFF) >> 8, (register ^ 0xFFFF) & 0xFF);
}

const BLOCK = {
  blockSequenceCounter: 0xFF,
  address: 0x0801_2340,
  data: hexToBytes("DE AD BE EF 00"),
};

Deno.test("encodeBlock() writes bare data as ISO 14229-1 has it", () => {
  deepStrictEqual(encodeBlock(PLAIN_BLOCKS, BLOCK), hexToBytes("36 FF DE AD BE EF 00"));
});

Deno.test("encodeBlock() puts the checksum of all before it behind address, data and length", () => {
  const head = hexToBytes("36 FF 08 01 23 40 DE AD BE EF 00 05");
  deepStrictEqual(encodeBlock(CHECKED, BLOCK), concatBytes([head, x25(head)]));
});

Deno.test("decodeBlock() reads what encodeBlock() wrote", () => {
  deepStrictEqual(decodeBlock(CHECKED, encodeBlock(CHECKED, BLOCK)), BLOCK);
  deepStrictEqual(decodeBlock(PLAIN_BLOCKS, encodeBlock(PLAIN_BLOCKS, BLOCK)), {
    ...BLOCK,
    address: undefined,
  });
});

Deno.test("decodeBlock() finds every flipped bit of a block with a checksum", () => {
  const good = encodeBlock(CHECKED, BLOCK);
  for (let bit = 8; bit < 8 * good.length; bit++) {
    const bad = good.slice();
    bad[bit >> 3]! ^= 1 << (bit & 7);
    strictEqual(decodeBlock(CHECKED, bad), "wrong", `bit ${bit}`);
  }
});

Deno.test("encodeBlock() knows no checksum without an algorithm", () => {
  throws(
    () => encodeBlock({ request: CHECKED.request }, BLOCK),
    (error) => error instanceof RequestTemplateError && /\{checksum\}/.test(error.message),
  );
});

Deno.test("decodeBlock() passes over what has another form", () => {
  strictEqual(decodeBlock(CHECKED, hexToBytes("36 01 08 00 80 00 01 90")), undefined);
  strictEqual(decodeBlock(CHECKED, hexToBytes("37")), undefined);
  strictEqual(decodeBlock(PLAIN_BLOCKS, hexToBytes("36")), undefined);
});

Deno.test("decodeBlock() refuses more data than the length can state", () => {
  const data = new Uint8Array(256);
  const head = concatBytes([hexToBytes("36 01 08 00 80 00"), data, Uint8Array.of(0)]);
  strictEqual(decodeBlock(CHECKED, concatBytes([head, x25(head)])), "wrong");
});

Deno.test("blockFields() has the request's checksum, or the data's where the request carries none", () => {
  const message = encodeBlock(CHECKED, BLOCK);
  deepStrictEqual(blockFields(CHECKED, BLOCK), {
    counter: 0xFF,
    address: BLOCK.address,
    size: 5,
    data: BLOCK.data,
    checksum: message.slice(-2),
  });
  const { checksum } = blockFields({ ...PLAIN_BLOCKS, algorithm: "crc16-x25" }, BLOCK);
  deepStrictEqual(checksum, x25(BLOCK.data));
  strictEqual(blockFields(PLAIN_BLOCKS, BLOCK).checksum, undefined);
});

Deno.test("encodeBlock() and decodeBlock() carry an offset in place of an address", () => {
  const request = parseRequestTemplate("36 {counter:1} {offset:3le} {data}");
  const block = { ...BLOCK, offset: 0x0A_2340 };
  const message = encodeBlock({ request }, block);
  deepStrictEqual(message, hexToBytes("36 FF 40 23 0A DE AD BE EF 00"));
  deepStrictEqual(decodeBlock({ request }, message), { ...block, address: undefined });
});

Deno.test("decodeBlock() takes as much data as the length can state", () => {
  const block = { ...BLOCK, data: new Uint8Array(255).fill(0x5A) };
  deepStrictEqual(decodeBlock(CHECKED, encodeBlock(CHECKED, block)), block);
});

Deno.test("knowsRepeatedBlock() asks for a counter, and for it in the answer where that is stated", () => {
  for (
    const [request, response, expected] of [
      ["36 {counter:1} {data}", undefined, true],
      ["{counter:1} {data}", undefined, true],
      ["36 {address:4} {data}", undefined, false],
      ["36 {counter:1} {data}", "76 {counter:1}", true],
      ["36 {counter:1} {data}", "76 00 {counter:1}", true],
      ["36 {counter:1} {data}", "76", false],
      ["3D 44 {address:4} {size:4} {data}", undefined, true],
      ["3D 33 {offset:3} {size:3} {data}", "7D 33 {offset:3}", true],
      ["3D 44 {address:4} {size:4} {data}", "7D", false],
      ["3D {data}", undefined, false],
      ["2E FD 01 {offset:3} {data}", undefined, false],
      ["2E FD 01 {counter:1} {data}", undefined, false],
      ["2E FD 01 {counter:1} {data}", "6E FD 01 {counter:1}", true],
    ] as const
  ) {
    const template: BlockTemplate = {
      request: parseRequestTemplate(request),
      ...(response === undefined ? {} : { response: parseRequestTemplate(response) }),
    };
    strictEqual(knowsRepeatedBlock(template), expected, `${request}, ${response}`);
    strictEqual(knowsRepeatedBlock({ ...template, repeats: !expected }), !expected);
  }
});

Deno.test("matchAnswer() passes over what follows the template, where no field takes it", () => {
  const closed = parseRequestTemplate("76 {counter:1}");
  deepStrictEqual(matchAnswer(closed, hexToBytes("76 05 AA BB"))?.get("counter"), Uint8Array.of(5));
  const open = parseRequestTemplate("76 {counter:1} {any}");
  deepStrictEqual(matchAnswer(open, hexToBytes("76 05 AA BB"))?.get("any"), hexToBytes("AA BB"));
  strictEqual(matchAnswer(closed, hexToBytes("77 05")), undefined);
});

Deno.test("blockBounds() counts what is not data, and what the length can state", () => {
  deepStrictEqual(blockBounds(PLAIN_BLOCKS), { overheadBytes: 2, dataBytesMax: Infinity });
  deepStrictEqual(blockBounds(CHECKED), { overheadBytes: 9, dataBytesMax: 255 });
});
