import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { hexToBytes } from "../../../src/core/mod.ts";
import {
  expandRequest,
  matchRequest,
  parseRequestTemplate,
  RequestTemplateError,
} from "../../../src/uds/mod.ts";

Deno.test("parseRequestTemplate() reads bytes and fields of both byte orders", () => {
  const template = parseRequestTemplate("3101 ff00 {address:4le}{size:2}");
  const request = expandRequest(template, { address: 0x0800_8000, size: 0x1234 });
  deepStrictEqual(request, hexToBytes("31 01 FF 00 00 80 00 08 12 34"));
  const fields = matchRequest(template, request)!;
  deepStrictEqual(fields.get("address"), hexToBytes("08 00 80 00"));
  deepStrictEqual(fields.get("size"), hexToBytes("12 34"));
});

for (
  const [text, state] of [
    ["31 XY", 'unexpected "XY"'],
    ["31 0", '"31 0" is not whole bytes'],
    ["31 {address:0}", 'unexpected "{address:0}"'],
    ["31 {data} 00 {rest}", "only one field may leave its length open"],
    ["31 {a:4} {", 'unexpected "{"'],
  ] as const
) {
  Deno.test(`parseRequestTemplate() refuses "${text}"`, () => {
    throws(() => parseRequestTemplate(text), (error: unknown) => {
      ok(error instanceof RequestTemplateError);
      strictEqual(error.code, "UDS_REQUEST_TEMPLATE");
      strictEqual(error.message, `Cannot read request template "${text}": ${state}`);
      return true;
    });
  });
}

Deno.test("expandRequest() takes bytes as they are, and turns them for le", () => {
  const open = parseRequestTemplate("2E F1 99 {fingerprint}");
  deepStrictEqual(
    expandRequest(open, { fingerprint: hexToBytes("01 02 03") }),
    hexToBytes("2E F1 99 01 02 03"),
  );
  const turned = parseRequestTemplate("31 {checksum:4le}");
  deepStrictEqual(
    expandRequest(turned, { checksum: hexToBytes("01 02 03 04") }),
    hexToBytes("31 04 03 02 01"),
  );
});

Deno.test("expandRequest() fills a number of 0 in", () => {
  deepStrictEqual(
    expandRequest(parseRequestTemplate("31 {size:2}"), { size: 0 }),
    hexToBytes("31 00 00"),
  );
});

Deno.test("expandRequest() refuses values that are missing or do not fit", () => {
  const template = parseRequestTemplate("31 {size:2}");
  for (const fields of [{}, { size: 0x1_0000 }, { size: -1 }, { size: hexToBytes("01") }]) {
    throws(() => expandRequest(template, fields), RequestTemplateError);
  }
  throws(() => expandRequest(parseRequestTemplate("31 {size}"), { size: 1 }), RequestTemplateError);
});

Deno.test("matchRequest() passes other requests over", () => {
  const template = parseRequestTemplate("31 01 {size:2} {rest}");
  strictEqual(matchRequest(template, hexToBytes("31 02 00 00")), undefined);
  strictEqual(matchRequest(template, hexToBytes("31 01 00")), undefined);
  deepStrictEqual(
    matchRequest(template, hexToBytes("31 01 00 05 AA"))?.get("rest"),
    hexToBytes("AA"),
  );
  const exact = parseRequestTemplate("31 01");
  strictEqual(matchRequest(exact, hexToBytes("31 01 00")), undefined);
});
