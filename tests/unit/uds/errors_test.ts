import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";
import {
  answeredRequest,
  hasSubFunction,
  nrcName,
  SERVICE_ID,
  serviceName,
  suppressesPositiveResponse,
  toEvidence,
  UdsNegativeResponseError,
  UdsProtocolError,
  UdsQueueFullError,
  UdsTimeoutError,
} from "../../../src/uds/mod.ts";

Deno.test("UdsNegativeResponseError names service, code and both messages", () => {
  const request = hexToBytes("31 01 FF 00 44 08 01 00 00 00 00 4A 8C");
  const error = new UdsNegativeResponseError(request, hexToBytes("7F 31 22"));
  strictEqual(error.code, "UDS_NEGATIVE_RESPONSE");
  strictEqual(error.name, "UdsNegativeResponseError");
  strictEqual(
    error.message,
    'Cannot complete RoutineControl "31 01 FF 00 44 08 01 00 ..": ' +
      "negative response 0x22 conditionsNotCorrect",
  );
  deepStrictEqual(
    [error.sid, error.nrc, error.nrcName, error.request, error.response],
    [0x31, 0x22, "conditionsNotCorrect", request, hexToBytes("7F 31 22")],
  );
});

Deno.test("UdsTimeoutError tells the wait, the patience and what came instead", () => {
  const error = new UdsTimeoutError(hexToBytes("36 05 AA"), {
    wait: "P2*",
    waitedMs: 5000.0000001,
    responsePendingCount: 3,
    ignoredResponse: hexToBytes("76 04"),
  });
  strictEqual(
    error.message,
    'Cannot complete TransferData "36 05 AA": no response within P2* of 5000 ms ' +
      '(0x78 ResponsePending came 3 times); "76 04" came, which answers another request',
  );
  strictEqual(error.code, "UDS_TIMEOUT");
});

Deno.test("errors keep the first 32 bytes of a message, and no key", () => {
  const block = new Uint8Array(4095).fill(0xAB);
  strictEqual(new UdsProtocolError(block, "it is long", block).request!.length, 32);
  const key = hexToBytes("27 02 DE AD BE EF");
  const error = new UdsNegativeResponseError(key, hexToBytes("7F 27 35"));
  doesNotMatch(error.message, /DE AD/);
  deepStrictEqual(error.request, hexToBytes("27 02"));
  deepStrictEqual(toEvidence(hexToBytes("27 82 01")), hexToBytes("27 82"));
  deepStrictEqual(toEvidence(hexToBytes("27 01 01")), hexToBytes("27 01 01"));
  strictEqual(bytesToHex(new UdsQueueFullError(key, 16).request), "27 02");
  match(new UdsQueueFullError(key, 16).message, /16 requests wait already/);
});

Deno.test("nrcName() names ranges and reserved codes", () => {
  strictEqual(nrcName(0x34), "authenticationRequired");
  strictEqual(nrcName(0x94), "resourceTemporarilyNotAvailable");
  strictEqual(nrcName(0x01), "reserved 0x01");
  strictEqual(nrcName(0x40), "reservedByExtendedDataLinkSecurityDocument 0x40");
  strictEqual(nrcName(0xA0), "reservedForSpecificConditionsNotCorrect 0xA0");
  strictEqual(nrcName(0xF0), "vehicleManufacturerSpecificConditionsNotCorrect 0xF0");
  strictEqual(nrcName(0xFF), "reserved 0xFF");
});

Deno.test("serviceName() names what it knows", () => {
  for (const [name, sid] of Object.entries(SERVICE_ID)) {
    strictEqual(serviceName(sid).toLowerCase(), name.toLowerCase());
  }
  // Services that canvoy neither asks nor answers, and meets in traces.
  strictEqual(serviceName(0x14), "ClearDiagnosticInformation");
  strictEqual(serviceName(0x2A), "ReadDataByPeriodicIdentifier");
  strictEqual(serviceName(0x85), "ControlDTCSetting");
  strictEqual(serviceName(0xBA), "service 0xBA");
});

Deno.test("answeredRequest() takes bit 7 away from a copy", () => {
  const request = hexToBytes("3E 80");
  deepStrictEqual(answeredRequest(request), hexToBytes("3E 00"));
  deepStrictEqual(request, hexToBytes("3E 80"));
  deepStrictEqual(answeredRequest(hexToBytes("36 80 00")), hexToBytes("36 80 00"));
});

Deno.test("suppressesPositiveResponse() reads bit 7 of sub-functions only", () => {
  strictEqual(suppressesPositiveResponse(hexToBytes("3E 80")), true);
  strictEqual(suppressesPositiveResponse(hexToBytes("3E 00")), false);
  strictEqual(suppressesPositiveResponse(hexToBytes("36 80 00")), false);
  strictEqual(suppressesPositiveResponse(hexToBytes("22 F1 90")), false);
  strictEqual(suppressesPositiveResponse(hexToBytes("3E")), false);
  strictEqual(hasSubFunction(0x29), true);
});
