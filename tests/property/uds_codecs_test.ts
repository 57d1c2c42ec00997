import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { CanvoyError, hexToBytes, uintToBytesBe } from "../../src/core/mod.ts";
import {
  type AUTHENTICATION_TASK,
  type BlockTemplate,
  decodeBlock,
  decodeNegativeResponse,
  dispatch,
  encodeBlock,
  expandRequest,
  matchRequest,
  parseRequestTemplate,
  PLAIN_BLOCKS,
  type ServerService,
  toEvidence,
} from "../../src/uds/mod.ts";
import { stepExchange } from "../../src/uds/exchange_machine.ts";
import { EXCHANGE_START, exchangeDueMs, type ExchangeInput } from "../../src/uds/exchange_state.ts";
import { matchResponse } from "../../src/uds/response_match.ts";
import { IsoTpError } from "../../src/isotp/mod.ts";
import { CODECS } from "../unit/uds/services/codecs.ts";

const byte = fc.integer({ min: 0, max: 0xFF });
const word = fc.integer({ min: 0, max: 0xFFFF });
const bytes = fc.uint8Array({ maxLength: 40 });
const someBytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
const sevenBits = fc.integer({ min: 0, max: 0x7F });
const level = fc.integer({ min: 0, max: 62 }).map((n) => 2 * n + 1);
const suppressPositiveResponse = fc.boolean();
const location = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(
  ([memoryAddressSizeBytes, memorySizeSizeBytes]) =>
    fc.record({
      memoryAddress: fc.nat().map((n) => n % 256 ** memoryAddressSizeBytes),
      memorySize: fc.nat().map((n) => n % 256 ** memorySizeSizeBytes),
      memoryAddressSizeBytes: fc.constant(memoryAddressSizeBytes),
      memorySizeSizeBytes: fc.constant(memorySizeSizeBytes),
    }),
);
const transferRequest = fc.tuple(byte, location).map(([dataFormatIdentifier, area]) => ({
  dataFormatIdentifier,
  ...area,
}));
const blockLength = fc.oneof(
  fc.constant({ maxNumberOfBlockLength: undefined, maxNumberOfBlockLengthSizeBytes: 0 }),
  fc.tuple(fc.integer({ min: 1, max: 8 }), fc.nat()).map(([sizeBytes, value]) => ({
    maxNumberOfBlockLength: value % 256 ** sizeBytes,
    maxNumberOfBlockLengthSizeBytes: sizeBytes,
  })),
);

function task(
  name: keyof typeof AUTHENTICATION_TASK,
  fields: Record<string, fc.Arbitrary<unknown>>,
) {
  return fc.record({ task: fc.constant(name), ...fields });
}

function requestTask(
  name: keyof typeof AUTHENTICATION_TASK,
  fields: Record<string, fc.Arbitrary<unknown>> = {},
) {
  return task(name, { ...fields, suppressPositiveResponse });
}

function responseTask(
  name: keyof typeof AUTHENTICATION_TASK,
  fields: Record<string, fc.Arbitrary<unknown>> = {},
) {
  return task(name, { ...fields, authenticationReturnParameter: byte });
}

const certificate = {
  communicationConfiguration: byte,
  certificateClient: bytes,
  challengeClient: bytes,
};
const proof = {
  algorithmIndicator: sixteen,
  proofOfOwnershipClient: bytes,
  challengeClient: bytes,
  additionalParameter: bytes,
};

/** One arbitrary for each codec. */
const ARBITRARIES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  DiagnosticSessionControlRequest: fc.record({
    diagnosticSessionType: sevenBits,
    suppressPositiveResponse,
  }),
  DiagnosticSessionControlResponse: fc.oneof(
    fc.record({ diagnosticSessionType: byte }),
    fc.record({
      diagnosticSessionType: byte,
      timing: fc.record({
        p2ServerMaxMs: word,
        p2StarServerMaxMs: word.map((n) => 10 * n),
      }),
    }),
  ),
  EcuResetRequest: fc.record({ resetType: sevenBits, suppressPositiveResponse }),
  EcuResetResponse: fc.oneof(
    fc.record({ resetType: byte }),
    fc.record({ resetType: byte, powerDownTime: byte }),
  ),
  ClearDiagnosticInformationRequest: fc.oneof(
    fc.record({ groupOfDtc: fc.integer({ min: 0, max: 0xFFFFFF }) }),
    fc.record({ groupOfDtc: word, memorySelection: byte }),
  ),
  ClearDiagnosticInformationResponse: fc.constant(undefined),
  ReadDtcInformationRequest: fc.oneof(
    fc.record({
      reportType: fc.constantFrom(1, 2),
      dtcStatusMask: byte,
      suppressPositiveResponse,
    }),
    fc.record({ reportType: fc.constant(10), suppressPositiveResponse }),
  ),
  ReadDtcInformationResponse: fc.oneof(
    fc.record({
      reportType: fc.constant(1),
      dtcStatusAvailabilityMask: byte,
      dtcFormatIdentifier: byte,
      dtcCount: word,
    }),
    fc.record({
      reportType: fc.constantFrom(2, 10),
      dtcStatusAvailabilityMask: byte,
      dtcs: fc.array(fc.record({ dtc: fc.integer({ min: 0, max: 0xFFFFFF }), status: byte }), {
        maxLength: 5,
      }),
    }),
  ),
  ReadDataByIdentifierRequest: fc.record({
    dataIdentifiers: fc.array(word, { minLength: 1, maxLength: 5 }),
  }),
  ReadDataByIdentifierResponse: fc.record({
    records: fc.tuple(fc.record({ dataIdentifier: word, data: bytes })),
  }),
  SecurityAccessRequest: fc.oneof(
    fc.record({
      kind: fc.constant("requestSeed"),
      level,
      securityAccessDataRecord: bytes,
      suppressPositiveResponse,
    }),
    fc.record({
      kind: fc.constant("sendKey"),
      level,
      securityKey: someBytes,
      suppressPositiveResponse,
    }),
  ),
  SecurityAccessResponse: fc.oneof(
    fc.record({ kind: fc.constant("seed"), level, securitySeed: bytes }),
    fc.record({ kind: fc.constant("unlocked"), level }),
  ),
  CommunicationControlRequest: fc.oneof(
    fc.record({
      controlType: sevenBits.filter((n) => n !== 4 && n !== 5),
      communicationType: byte,
      suppressPositiveResponse,
    }),
    fc.record({
      controlType: fc.constantFrom(4, 5),
      communicationType: byte,
      nodeIdentificationNumber: word,
      suppressPositiveResponse,
    }),
  ),
  CommunicationControlResponse: fc.record({ controlType: byte }),
  AuthenticationRequest: fc.oneof(
    requestTask("deAuthenticate"),
    requestTask("verifyCertificateUnidirectional", certificate),
    requestTask("verifyCertificateBidirectional", certificate),
    requestTask("proofOfOwnership", {
      proofOfOwnershipClient: bytes,
      ephemeralPublicKeyClient: bytes,
    }),
    requestTask("transmitCertificate", { certificateEvaluationId: word, certificateData: bytes }),
    requestTask("requestChallengeForAuthentication", {
      communicationConfiguration: byte,
      algorithmIndicator: sixteen,
    }),
    requestTask("verifyProofOfOwnershipUnidirectional", proof),
    requestTask("verifyProofOfOwnershipBidirectional", proof),
    requestTask("authenticationConfiguration"),
  ),
  AuthenticationResponse: fc.oneof(
    responseTask("deAuthenticate"),
    responseTask("transmitCertificate"),
    responseTask("authenticationConfiguration"),
    responseTask("verifyCertificateUnidirectional", {
      challengeServer: bytes,
      ephemeralPublicKeyServer: bytes,
    }),
    responseTask("verifyCertificateBidirectional", {
      challengeServer: bytes,
      certificateServer: bytes,
      proofOfOwnershipServer: bytes,
      ephemeralPublicKeyServer: bytes,
    }),
    responseTask("proofOfOwnership", { sessionKeyInfo: bytes }),
    responseTask("requestChallengeForAuthentication", {
      algorithmIndicator: sixteen,
      challengeServer: bytes,
      neededAdditionalParameter: bytes,
    }),
    responseTask("verifyProofOfOwnershipUnidirectional", {
      algorithmIndicator: sixteen,
      sessionKeyInfo: bytes,
    }),
    responseTask("verifyProofOfOwnershipBidirectional", {
      algorithmIndicator: sixteen,
      proofOfOwnershipServer: bytes,
      sessionKeyInfo: bytes,
    }),
  ),
  WriteDataByIdentifierRequest: fc.record({ dataIdentifier: word, data: someBytes }),
  WriteDataByIdentifierResponse: fc.record({ dataIdentifier: word }),
  RoutineControlRequest: fc.record({
    routineControlType: sevenBits,
    routineIdentifier: word,
    routineControlOptionRecord: bytes,
    suppressPositiveResponse,
  }),
  RoutineControlResponse: fc.record({
    routineControlType: byte,
    routineIdentifier: word,
    routineStatusRecord: bytes,
  }),
  RequestDownloadRequest: transferRequest,
  RequestDownloadResponse: blockLength,
  RequestUploadRequest: transferRequest,
  RequestUploadResponse: blockLength,
  TransferDataRequest: fc.record({
    blockSequenceCounter: byte,
    transferRequestParameterRecord: bytes,
  }),
  TransferDataResponse: fc.record({
    blockSequenceCounter: byte,
    transferResponseParameterRecord: bytes,
  }),
  RequestTransferExitRequest: fc.record({ transferRequestParameterRecord: bytes }),
  RequestTransferExitResponse: fc.record({ transferResponseParameterRecord: bytes }),
  WriteMemoryByAddressRequest: fc.tuple(location, bytes).map(([area, data]) => ({
    ...area,
    memorySize: data.length,
    data,
  })),
  WriteMemoryByAddressResponse: location,
  TesterPresentRequest: fc.record({ suppressPositiveResponse }),
  TesterPresentResponse: fc.constant(undefined),
  ControlDtcSettingRequest: fc.record({
    dtcSettingType: sevenBits,
    dtcSettingControlOptionRecord: bytes,
    suppressPositiveResponse,
  }),
  ControlDtcSettingResponse: fc.record({ dtcSettingType: byte }),
  NegativeResponse: fc.record({ sid: byte, nrc: byte }),
};

for (const [kind, codec] of CODECS) {
  Deno.test(`decode${kind}() gives back what encode${kind}() took`, () => {
    fc.assert(fc.property(ARBITRARIES[kind]!, (value) => {
      deepStrictEqual(codec.decode(codec.encode(value)), plain(value));
    }));
  });

  Deno.test(`decode${kind}() reads any bytes or throws a CanvoyError`, () => {
    const sid = codec.encode(plainSample(kind))[0]!;
    const anyBytes = fc.oneof(bytes, bytes.map((rest) => Uint8Array.of(sid, ...rest)));
    fc.assert(fc.property(anyBytes, (message) => {
      try {
        codec.decode(message);
      } catch (error) {
        ok(error instanceof CanvoyError, String(error));
      }
    }));
  });
}

Deno.test("dispatch() answers any bytes with responses that match the request", () => {
  const services = new Map<number, ServerService>(
    [...CODECS].filter(([kind]) => kind.endsWith("Request")).map(([kind, codec]) => {
      const sid = codec.encode(plainSample(kind))[0]!;
      return [sid, {
        sid,
        handle: (request) => {
          codec.decode(request);
          return { type: "negative", nrc: 0x22 };
        },
      }];
    }),
  );
  strictEqual(services.size, 17);
  const context = { addressing: "physical", session: 1, securityLevel: 0 } as const;
  fc.assert(fc.property(bytes, (request) => {
    const reply = dispatch(services, request, context);
    ok(reply.type === "responses");
    strictEqual(reply.responses.length, request.length === 0 ? 0 : 1);
    for (const { response } of reply.responses) {
      strictEqual(decodeNegativeResponse(response)?.sid, request[0]);
    }
  }));
});

Deno.test("matchResponse() takes any response to any request without throwing", () => {
  fc.assert(fc.property(someBytes, bytes, (request, response) => {
    ok(
      ["positive", "negative", "other", "malformed"].includes(
        matchResponse(request, response).kind,
      ),
    );
  }));
});

Deno.test("toEvidence() is a short beginning of the message", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (message) => {
    const evidence = toEvidence(message);
    ok(evidence.length <= 32);
    deepStrictEqual(evidence, message.slice(0, evidence.length));
  }));
});

Deno.test("parseRequestTemplate() reads any text or throws a CanvoyError", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9A-F {}:a-z]*$/)), (text) => {
    try {
      strictEqual(parseRequestTemplate(text).text, text);
    } catch (error) {
      ok(error instanceof CanvoyError, String(error));
    }
  }));
});

/** Anything that may happen to a request, in any order. */
const anyInput: fc.Arbitrary<ExchangeInput> = fc.oneof(
  fc.constantFrom<ExchangeInput>(
    { type: "started" },
    { type: "sent" },
    { type: "firstFrame" },
    { type: "due" },
    { type: "sendFailed", error: new IsoTpError("N_TIMEOUT_Bs", "lost") },
    { type: "linkError", error: new IsoTpError("N_WRONG_SN", "lost") },
    { type: "linkError", error: new IsoTpError("N_UNEXP_PDU", "lost") },
    { type: "message", data: hexToBytes("7F 22 78") },
    { type: "message", data: hexToBytes("7F 22 21") },
    { type: "message", data: hexToBytes("62 F1 90") },
  ),
  bytes.map((data): ExchangeInput => ({ type: "message", data })),
);

Deno.test("stepExchange() ends once, within its bounds, whatever happens", () => {
  const limits = { responsePendingCountMax: 3, busyCountMax: 2, busyDelayMs: 5, totalMsMax: 500 };
  const spec = {
    request: hexToBytes("22 F1 90"),
    times: { p2Ms: 50, p2StarMs: 200 },
    statedP2StarMs: 200,
    limits,
  };
  fc.assert(fc.property(fc.array(fc.tuple(anyInput, fc.nat(120))), (story) => {
    let state = EXCHANGE_START;
    let nowMs = 0;
    let endCount = 0;
    for (const [input, passedMs] of story) {
      // Time never passes a deadline without `due`: what a clock guarantees.
      nowMs = Math.min(nowMs + passedMs, exchangeDueMs(spec, state, 0));
      const step = stepExchange(spec, state, input, { nowMs, queueingDelayMs: 0 });
      state = step.state;
      endCount += step.effects.filter(({ type }) => type === "complete" || type === "fail").length;
      strictEqual(endCount, state.phase === "ended" ? 1 : 0);
      ok(state.responsePendingCount <= 3 && state.busyCount <= 2 && state.early.length <= 8);
      const isWaiting = state.phase === "waiting" || state.phase === "receiving";
      if (isWaiting) ok(exchangeDueMs(spec, state, 0) <= state.firstSentMs! + 500);
    }
  }));
});

Deno.test("ARBITRARIES: one for each codec", () => {
  deepStrictEqual(Object.keys(ARBITRARIES).sort(), [...CODECS.keys()].sort());
});

function plainSample(kind: string): unknown {
  return fc.sample(ARBITRARIES[kind]!, { numRuns: 1, seed: 1 })[0];
}

/** fast-check's records have no prototype, which deepStrictEqual minds. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

const BLOCKS: readonly BlockTemplate[] = [
  PLAIN_BLOCKS,
  {
    request: parseRequestTemplate("36 {counter:1} {address:4} {data} {size:1} {checksum:2}"),
    algorithm: "crc16-x25",
  },
  {
    request: parseRequestTemplate("36 {counter:1} {size:2le} {checksum:4} {address:4le} {data}"),
    algorithm: "crc32",
  },
];

Deno.test("decodeBlock() reads every block that encodeBlock() writes, whatever the template", () => {
  const block = fc.record({
    blockSequenceCounter: byte,
    address: fc.integer({ min: 0, max: 0xFFFF_FFFF }),
    data: fc.uint8Array({ maxLength: 255 }),
  });
  fc.assert(fc.property(block, fc.constantFrom(...BLOCKS), (given, template) => {
    const read = decodeBlock(template, encodeBlock(template, given));
    ok(read !== undefined && read !== "wrong");
    deepStrictEqual(read.data, given.data);
    strictEqual(read.blockSequenceCounter, given.blockSequenceCounter);
    strictEqual(read.address, template === PLAIN_BLOCKS ? undefined : given.address);
  }));
});

Deno.test("decodeBlock() takes any bytes, and what it takes is what encodeBlock() writes", () => {
  const message = bytes.map((rest) => Uint8Array.of(0x36, ...rest));
  fc.assert(fc.property(message, fc.constantFrom(...BLOCKS), (given, template) => {
    const read = decodeBlock(template, given);
    if (read === undefined || read === "wrong") return;
    deepStrictEqual(encodeBlock(template, read), given);
  }));
});

Deno.test("matchRequest() gives back what expandRequest() filled in, wherever the open field is", () => {
  const fields = fc.record({
    a: fc.integer({ min: 0, max: 0xFFFF_FFFF }),
    rest: bytes,
    b: fc.integer({ min: 0, max: 0xFFFF }),
  });
  const order = fc.shuffledSubarray(["{a:4}", "{rest}", "{b:2le}", "5A"], {
    minLength: 4,
    maxLength: 4,
  });
  fc.assert(fc.property(fields, order, (given, parts) => {
    const template = parseRequestTemplate(parts.join(" "));
    const read = matchRequest(template, expandRequest(template, given))!;
    deepStrictEqual(read.get("rest"), given.rest);
    deepStrictEqual(read.get("a"), uintToBytesBe(given.a, 4));
    deepStrictEqual(read.get("b"), uintToBytesBe(given.b, 2));
  }));
});
