import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { hexToBytes } from "../../../../src/core/mod.ts";
import {
  decodeReadDataByIdentifierResponse,
  decodeTransferDataRequest,
  encodeSecurityAccessRequest,
  UdsProtocolError,
  UdsRequestFormatError,
} from "../../../../src/uds/mod.ts";
import { CODECS } from "./codecs.ts";

/** Requests that a server must refuse, with the code it answers. */
const BAD_REQUESTS: readonly (readonly [kind: string, bytes: string, nrc: number])[] = [
  ["DiagnosticSessionControlRequest", "", 0x13],
  ["DiagnosticSessionControlRequest", "10", 0x13],
  ["DiagnosticSessionControlRequest", "10 02 00", 0x13],
  ["DiagnosticSessionControlRequest", "11 02", 0x13],
  ["EcuResetRequest", "11", 0x13],
  ["EcuResetRequest", "11 01 00", 0x13],
  ["ClearDiagnosticInformationRequest", "14 FF FF", 0x13],
  ["ClearDiagnosticInformationRequest", "14 FF FF FF 00 00", 0x13],
  ["ReadDtcInformationRequest", "19 01", 0x13],
  ["ReadDtcInformationRequest", "19 0A 00", 0x13],
  ["ReadDtcInformationRequest", "19 55 00", 0x12],
  ["ReadDataByIdentifierRequest", "22", 0x13],
  ["ReadDataByIdentifierRequest", "22 F1 90 F1", 0x13],
  ["SecurityAccessRequest", "27", 0x13],
  ["SecurityAccessRequest", "27 02", 0x13],
  ["SecurityAccessRequest", "27 00", 0x12],
  ["SecurityAccessRequest", "27 7F", 0x12],
  ["CommunicationControlRequest", "28 00", 0x13],
  ["CommunicationControlRequest", "28 04 01", 0x13],
  ["CommunicationControlRequest", "28 00 01 00 02", 0x13],
  ["AuthenticationRequest", "29 09", 0x12],
  ["AuthenticationRequest", "29 01 00 00 05 30", 0x13],
  ["AuthenticationRequest", "29 05 00 01 02", 0x13],
  ["AuthenticationRequest", "29 00 00", 0x13],
  ["WriteDataByIdentifierRequest", "2E F1 99", 0x13],
  ["RoutineControlRequest", "31 01 FF", 0x13],
  ["RequestDownloadRequest", "34 00 44 08 00 00 00 00 00 10", 0x13],
  ["RequestDownloadRequest", "34 00 22 08 00 00 10 00", 0x13],
  ["RequestDownloadRequest", "34 00 40 00 00 10 00", 0x31],
  ["RequestDownloadRequest", "34 00 04 08 00 00 00", 0x31],
  ["RequestDownloadRequest", "34 00 17 01 02 03 04 05 06 07 08", 0x31],
  ["RequestUploadRequest", "35 00", 0x13],
  ["TransferDataRequest", "36", 0x13],
  ["RequestTransferExitRequest", "36", 0x13],
  ["WriteMemoryByAddressRequest", "3D 14 20 00 10 00 04 DE AD BE", 0x13],
  ["WriteMemoryByAddressRequest", "3D 14 20 00 10 00 02 DE AD BE", 0x13],
  ["TesterPresentRequest", "3E 01", 0x12],
  ["TesterPresentRequest", "3E 00 00", 0x13],
  ["ControlDtcSettingRequest", "85", 0x13],
];

/** Responses whose form is broken. */
const BAD_RESPONSES: readonly (readonly [kind: string, bytes: string])[] = [
  ["DiagnosticSessionControlResponse", "50"],
  ["DiagnosticSessionControlResponse", "50 02 00 32 01"],
  ["DiagnosticSessionControlResponse", "50 02 00 32 01 F4 00"],
  ["EcuResetResponse", "51"],
  ["EcuResetResponse", "51 01 00 00"],
  ["ClearDiagnosticInformationResponse", "54 00"],
  ["ReadDtcInformationResponse", "59 01 FF 01 00"],
  ["ReadDtcInformationResponse", "59 02 FF 01 02 03"],
  ["ReadDtcInformationResponse", "59 06 FF"],
  ["ReadDataByIdentifierResponse", "62 F1"],
  ["SecurityAccessResponse", "67"],
  ["SecurityAccessResponse", "67 00"],
  ["SecurityAccessResponse", "67 7F"],
  ["SecurityAccessResponse", "67 02 00"],
  ["CommunicationControlResponse", "68 00 00"],
  ["AuthenticationResponse", "69 42 00"],
  ["AuthenticationResponse", "69 03 12 00 05 77"],
  ["WriteDataByIdentifierResponse", "6E F1"],
  ["WriteDataByIdentifierResponse", "6E F1 99 00"],
  ["RoutineControlResponse", "71 01 FF"],
  ["RequestDownloadResponse", "74 20 0F"],
  ["RequestDownloadResponse", "74 20 0F FF 00"],
  ["RequestDownloadResponse", "74 90 00 00 00 00 00 00 00 00 00"],
  ["RequestUploadResponse", "74 20 0F FF"],
  ["TransferDataResponse", "76"],
  ["RequestTransferExitResponse", ""],
  ["WriteMemoryByAddressResponse", "7D 00"],
  ["WriteMemoryByAddressResponse", "7D 11 00 01 02"],
  ["TesterPresentResponse", "7E 01"],
  ["ControlDtcSettingResponse", "C5"],
];

for (const [kind, bytes, nrc] of BAD_REQUESTS) {
  Deno.test(`decode${kind}() refuses "${bytes}" with 0x${nrc.toString(16)}`, () => {
    throws(() => CODECS.get(kind)!.decode(hexToBytes(bytes)), (error: unknown) => {
      ok(error instanceof UdsRequestFormatError);
      strictEqual(error.code, "UDS_REQUEST_FORMAT");
      strictEqual(error.nrc, nrc);
      deepStrictEqual(error.request, hexToBytes(bytes));
      return true;
    });
  });
}

for (const [kind, bytes] of BAD_RESPONSES) {
  Deno.test(`decode${kind}() refuses "${bytes}"`, () => {
    throws(() => CODECS.get(kind)!.decode(hexToBytes(bytes)), (error: unknown) => {
      ok(error instanceof UdsProtocolError);
      strictEqual(error.code, "UDS_PROTOCOL");
      deepStrictEqual(error.response, hexToBytes(bytes));
      return true;
    });
  });
}

/** Values that no request or response can carry: a mistake of the program. */
const BAD_VALUES: readonly (readonly [kind: string, value: unknown])[] = [
  ["DiagnosticSessionControlRequest", { diagnosticSessionType: 0x80 }],
  [
    "DiagnosticSessionControlResponse",
    { diagnosticSessionType: 1, timing: { p2ServerMaxMs: 65536, p2StarServerMaxMs: 0 } },
  ],
  ["EcuResetRequest", { resetType: -1 }],
  ["EcuResetResponse", { resetType: 256 }],
  ["ClearDiagnosticInformationRequest", { groupOfDtc: 0x1000000 }],
  ["ReadDataByIdentifierRequest", { dataIdentifiers: [] }],
  ["SecurityAccessRequest", { kind: "requestSeed", level: 2 }],
  ["SecurityAccessRequest", { kind: "sendKey", level: 0x7F }],
  ["SecurityAccessResponse", { kind: "unlocked", level: 0 }],
  ["CommunicationControlRequest", { controlType: 4, communicationType: 1 }],
  [
    "CommunicationControlRequest",
    { controlType: 0, communicationType: 1, nodeIdentificationNumber: 5 },
  ],
  [
    "AuthenticationRequest",
    {
      task: "requestChallengeForAuthentication",
      communicationConfiguration: 0,
      algorithmIndicator: new Uint8Array(15),
    },
  ],
  [
    "AuthenticationRequest",
    {
      task: "requestChallengeForAuthentication",
      communicationConfiguration: new Uint8Array(16),
      algorithmIndicator: new Uint8Array(16),
    },
  ],
  ["WriteDataByIdentifierRequest", { dataIdentifier: 0xF199, data: new Uint8Array(0) }],
  [
    "RequestDownloadRequest",
    {
      dataFormatIdentifier: 0,
      memoryAddress: 0,
      memoryAddressSizeBytes: 7,
      memorySize: 0,
      memorySizeSizeBytes: 4,
    },
  ],
  [
    "RequestDownloadResponse",
    { maxNumberOfBlockLength: 256, maxNumberOfBlockLengthSizeBytes: 1 },
  ],
  [
    "RequestDownloadResponse",
    { maxNumberOfBlockLength: undefined, maxNumberOfBlockLengthSizeBytes: 2 },
  ],
  [
    "WriteMemoryByAddressRequest",
    {
      memoryAddress: 0,
      memoryAddressSizeBytes: 4,
      memorySize: 3,
      memorySizeSizeBytes: 1,
      data: new Uint8Array(4),
    },
  ],
];

for (const [index, [kind, value]] of BAD_VALUES.entries()) {
  Deno.test(`encode${kind}() throws RangeError for what no message carries (${index})`, () => {
    throws(() => CODECS.get(kind)!.encode(value), RangeError);
  });
}

Deno.test("decodeTesterPresentRequest() says of no bytes that they are none", () => {
  const { decode } = CODECS.get("TesterPresentRequest")!;
  throws(() => decode(new Uint8Array()), /it is empty/);
});

Deno.test("decodeRequestDownloadResponse() reads a length of 8 bytes and one left out", () => {
  const { decode } = CODECS.get("RequestDownloadResponse")!;
  deepStrictEqual(decode(hexToBytes("74 80 00 00 00 00 00 00 01 02")), {
    maxNumberOfBlockLength: 258,
    maxNumberOfBlockLengthSizeBytes: 8,
  });
  const leftOut = { maxNumberOfBlockLength: undefined, maxNumberOfBlockLengthSizeBytes: 0 };
  deepStrictEqual(decode(hexToBytes("74")), leftOut);
  deepStrictEqual(decode(hexToBytes("74 00")), leftOut);
});

Deno.test("decodeDiagnosticSessionControlResponse() reads a response without timing", () => {
  const { decode, encode } = CODECS.get("DiagnosticSessionControlResponse")!;
  deepStrictEqual(decode(hexToBytes("50 02")), { diagnosticSessionType: 2 });
  deepStrictEqual(encode({ diagnosticSessionType: 2 }), hexToBytes("50 02"));
});

Deno.test("decodeReadDataByIdentifierResponse() refuses a record shorter than its length", () => {
  throws(
    () => decodeReadDataByIdentifierResponse(hexToBytes("62 F1 90 01 02"), () => 3),
    UdsProtocolError,
  );
});

Deno.test("decodeTransferDataRequest() copies the block", () => {
  const message = hexToBytes("36 01 AA");
  const { transferRequestParameterRecord } = decodeTransferDataRequest(message);
  message[2] = 0;
  deepStrictEqual(transferRequestParameterRecord, hexToBytes("AA"));
});

Deno.test("encodeSecurityAccessRequest() puts sendKey one above its level", () => {
  const key = { kind: "sendKey", level: 0x11, securityKey: hexToBytes("01") } as const;
  deepStrictEqual(encodeSecurityAccessRequest(key), hexToBytes("27 12 01"));
});
