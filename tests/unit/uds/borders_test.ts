/** Values at the borders of what encoders and key sources take, and what they make of them. */
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";
import {
  blockAnswerHead,
  createAddKeySource,
  createCmacKeySource,
  decodeBlock,
  encodeCommunicationControlRequest,
  encodeSecurityAccessRequest,
  fillAnswer,
  parseRequestTemplate,
  PLAIN_BLOCKS,
  positiveHead,
  writeData,
} from "../../../src/uds/mod.ts";

Deno.test("createCmacKeySource() and createAddKeySource() refuse a secret before any seed has come", () => {
  for (const length of [0, 8, 15, 17, 33]) {
    throws(() => createCmacKeySource(new Uint8Array(length)), RangeError, `${length}`);
  }
  for (const length of [16, 24, 32]) createCmacKeySource(new Uint8Array(length));
  throws(() => createAddKeySource(new Uint8Array(0)), RangeError);
});

Deno.test("encodeSecurityAccessRequest() takes odd levels up to 0x7D alone", () => {
  const seedOf = (level: number) =>
    encodeSecurityAccessRequest({
      kind: "requestSeed",
      level,
      securityAccessDataRecord: new Uint8Array(0),
      suppressPositiveResponse: false,
    });
  deepStrictEqual([1, 0x7D].map((level) => bytesToHex(seedOf(level))), ["27 01", "27 7D"]);
  for (const level of [-1, 0, 0.5, 1.5, 2, 0x7E, 0x7F, 0x81, NaN]) {
    throws(() => seedOf(level), RangeError, `${level}`);
  }
});

Deno.test("encodeCommunicationControlRequest() names a node where the control type has one", () => {
  const request = (controlType: number, nodeIdentificationNumber?: number) =>
    bytesToHex(encodeCommunicationControlRequest({
      controlType,
      communicationType: 1,
      suppressPositiveResponse: false,
      ...(nodeIdentificationNumber === undefined ? {} : { nodeIdentificationNumber }),
    }));
  strictEqual(request(3), "28 03 01");
  strictEqual(request(4, 0x000A), "28 04 01 00 0A");
  throws(() => request(4), RangeError);
  throws(() => request(3, 1), RangeError);
});

Deno.test("positiveHead() adds 0x40 to the service, and repeats what an answer must", () => {
  for (
    const [request, head] of [
      ["22 F1 90", "62 F1 90"],
      ["10 82", "50 02"],
      ["31 81 FF 00 44", "71 01 FF 00"],
      ["36 05 AA", "76 05"],
      ["37", "77"],
    ]
  ) strictEqual(bytesToHex(positiveHead(hexToBytes(request!))), head);
});

Deno.test("fillAnswer() fills what is not known with zeros, and leaves out what has no length", () => {
  const template = parseRequestTemplate("71 01 {status:2} {data}");
  deepStrictEqual(bytesToHex(fillAnswer(template, { status: 0x1234 } as never)), "71 01 12 34");
  deepStrictEqual(bytesToHex(fillAnswer(template, {})), "71 01 00 00");
});

Deno.test("blockAnswerHead() is 76 alone where a block has no counter in its second byte", () => {
  const form = (request: string) => ({ request: parseRequestTemplate(request) });
  const fields = { counter: 5, address: 0x0800_8000, offset: 0x10 };
  strictEqual(blockAnswerHead(PLAIN_BLOCKS, fields), undefined);
  for (const request of ["36 {data}", "36 {address:4} {counter:1} {data}"]) {
    deepStrictEqual(blockAnswerHead(form(request), fields), Uint8Array.of(0x76));
  }
  const by = (request: string, response: string) => ({
    ...form(request),
    response: parseRequestTemplate(response),
  });
  const memory = by("3D 33 {offset:3} {size:3} {data}", "7D 33 {offset:3} {status:1}");
  deepStrictEqual(blockAnswerHead(memory, fields), Uint8Array.of(0x7D, 0x33, 0, 0, 0x10));
  // A wrong address in 76 is told, not passed over.
  const transfer = by("36 {counter:1} {data}", "76 {counter:1} {address:4}");
  deepStrictEqual(blockAnswerHead(transfer, fields), Uint8Array.of(0x76, 5));
  strictEqual(blockAnswerHead(form("3D 33 {offset:3} {size:3} {data}"), fields), undefined);
  strictEqual(decodeBlock(form("36 {counter:1} {size:1}"), hexToBytes("36 01 05")), undefined);
});

Deno.test("writeData() writes what only ends like bytes or numbers as text", () => {
  const written = (format: "hex" | "bcd" | "dotted", text: string) =>
    bytesToHex(writeData({ did: 1, format, from: 0 }, text));
  strictEqual(written("hex", "A5 5A"), bytesToHex(new TextEncoder().encode("A5 5A")));
  strictEqual(written("hex", "xA55A"), bytesToHex(new TextEncoder().encode("xA55A")));
  strictEqual(written("hex", "A55A"), "A5 5A");
  strictEqual(written("bcd", "12.3"), "12 03");
  strictEqual(written("bcd", "v12.3"), bytesToHex(new TextEncoder().encode("v12.3")));
  strictEqual(written("dotted", "1.x"), bytesToHex(new TextEncoder().encode("1.x")));
  ok(written("dotted", "1.256").startsWith("31 2E"));
});
