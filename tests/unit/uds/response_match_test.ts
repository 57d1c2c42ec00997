import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { hexToBytes } from "../../../src/core/mod.ts";
import { matchResponse } from "../../../src/uds/response_match.ts";

const ROWS: readonly (readonly [request: string, response: string, kind: string])[] = [
  ["10 02", "50 02 00 32 01 F4", "positive"],
  ["10 82", "50 02 00 32 01 F4", "positive"],
  ["10 02", "50 03 00 32 01 F4", "other"],
  ["10 02", "50", "malformed"],
  ["10 02", "7F 10 22", "negative"],
  ["10 02", "7F 27 35", "other"],
  ["10 02", "7F 10", "malformed"],
  ["10 02", "7F", "malformed"],
  ["10 02", "7F 10 22 00", "malformed"],
  ["10 02", "7F 27 35 00", "other"],
  ["14 FF FF FF", "54", "positive"],
  ["22 F1 90", "62 F1 90 41", "positive"],
  ["22 F1 90", "62 F1 89 41", "other"],
  ["22 F1 90", "62 F1", "malformed"],
  ["22 F1 90 F1 89", "62 F1 90 41 F1 89 42", "positive"],
  ["27 02 AA", "67 02", "positive"],
  ["27 01", "67 03 11", "other"],
  ["2E F1 99 01", "6E F1 99", "positive"],
  ["2E F1 99 01", "6E F1 98", "other"],
  ["31 01 FF 00 44", "71 01 FF 00 01", "positive"],
  ["31 01 FF 00", "71 01 FF 01", "other"],
  ["31 03 FF 00", "71 01 FF 00", "other"],
  ["31 81 FF 00", "71 01 FF 00", "positive"],
  ["34 00 44 08 00 00 00 00 00 10 00", "74 20 0F FF", "positive"],
  ["36 05 AA BB", "76 05", "positive"],
  ["36 05 AA BB", "76 04", "other"],
  ["36 05 AA BB", "76", "malformed"],
  ["36 80 AA", "76 80", "positive"],
  ["36 80 AA", "76 00", "other"],
  ["37", "77 12 34", "positive"],
  ["3D 12 10 00 02 AA BB", "7D 12 10 00 02", "positive"],
  ["3D 12 10 02 02 AA BB", "7D 12 10 00 02", "other"],
  ["3D 12 10 02 02 AA BB", "7D 12 10", "malformed"],
  ["3D", "7D", "positive"],
  ["3E 00", "7E 00", "positive"],
  ["BA 01", "FA 02", "positive"],
  ["36 05 AA", "50 02", "other"],
];

for (const [request, response, kind] of ROWS) {
  Deno.test(`matchResponse() takes ${response} for ${request} as ${kind}`, () => {
    strictEqual(matchResponse(hexToBytes(request), hexToBytes(response)).kind, kind);
  });
}

const HEADED: readonly (readonly [string, string, string, string])[] = [
  ["36 05 AA", "76", "76", "positive"],
  ["36 05 AA", "76", "76 99", "positive"],
  ["36 05 AA", "76 00 05", "76 00 05 01", "positive"],
  ["36 05 AA", "76 00 05", "76 05 00", "other"],
  ["36 05 AA", "76 00 05", "76 00", "malformed"],
  ["36 05 AA", "76", "77", "other"],
  ["36 05 AA", "76", "7F 36 73", "negative"],
  ["31 01 FF 00", "71", "71 04", "positive"],
];

for (const [request, head, response, kind] of HEADED) {
  Deno.test(`matchResponse() takes ${response} for ${request}, answered ${head}, as ${kind}`, () => {
    const [asked, came, begins] = [request, response, head].map(hexToBytes);
    strictEqual(matchResponse(asked!, came!, begins!).kind, kind);
  });
}

Deno.test("matchResponse() gives the negative response code", () => {
  deepStrictEqual(matchResponse(hexToBytes("31 01 FF 00"), hexToBytes("7F 31 78")), {
    kind: "negative",
    nrc: 0x78,
  });
});
