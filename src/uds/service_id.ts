import { hex } from "../core/mod.ts";

/**
 * Request service identifiers (SID) of the services canvoy speaks.
 *
 * Source: ISO 14229-1:2020, "Service identifier (SID) value range".
 */
export const SERVICE_ID = {
  diagnosticSessionControl: 0x10,
  ecuReset: 0x11,
  clearDiagnosticInformation: 0x14,
  readDtcInformation: 0x19,
  readDataByIdentifier: 0x22,
  securityAccess: 0x27,
  communicationControl: 0x28,
  authentication: 0x29,
  writeDataByIdentifier: 0x2E,
  routineControl: 0x31,
  requestDownload: 0x34,
  requestUpload: 0x35,
  transferData: 0x36,
  requestTransferExit: 0x37,
  requestFileTransfer: 0x38,
  writeMemoryByAddress: 0x3D,
  testerPresent: 0x3E,
  controlDtcSetting: 0x85,
} as const;

/** First byte of every negative response. */
export const NEGATIVE_RESPONSE_SID = 0x7F;

/** What a positive response's first byte is above the request's. */
export const POSITIVE_RESPONSE_OFFSET = 0x40;

/** Bit 7 of a sub-function byte. */
export const SUPPRESS_POSITIVE_RESPONSE_BIT = 0x80;

const SERVICE_NAMES: ReadonlyMap<number, string> = new Map([
  [0x10, "DiagnosticSessionControl"],
  [0x11, "ECUReset"],
  [0x14, "ClearDiagnosticInformation"],
  [0x19, "ReadDTCInformation"],
  [0x22, "ReadDataByIdentifier"],
  [0x23, "ReadMemoryByAddress"],
  [0x24, "ReadScalingDataByIdentifier"],
  [0x27, "SecurityAccess"],
  [0x28, "CommunicationControl"],
  [0x29, "Authentication"],
  [0x2A, "ReadDataByPeriodicIdentifier"],
  [0x2C, "DynamicallyDefineDataIdentifier"],
  [0x2E, "WriteDataByIdentifier"],
  [0x2F, "InputOutputControlByIdentifier"],
  [0x31, "RoutineControl"],
  [0x34, "RequestDownload"],
  [0x35, "RequestUpload"],
  [0x36, "TransferData"],
  [0x37, "RequestTransferExit"],
  [0x38, "RequestFileTransfer"],
  [0x3D, "WriteMemoryByAddress"],
  [0x3E, "TesterPresent"],
  [0x83, "AccessTimingParameter"],
  [0x84, "SecuredDataTransmission"],
  [0x85, "ControlDTCSetting"],
  [0x86, "ResponseOnEvent"],
  [0x87, "LinkControl"],
]);

/** Services whose second byte is a sub-function with the suppress bit. */
const WITH_SUB_FUNCTION: ReadonlySet<number> = new Set([
  0x10,
  0x11,
  0x19,
  0x27,
  0x28,
  0x29,
  0x2C,
  0x31,
  0x3E,
  0x83,
  0x85,
  0x86,
  0x87,
]);

/**
 * Names a service.
 *
 * @param sid A request's first byte.
 * @returns The standard's name of the service; `service 0x..` for one it does not name.
 */
export function serviceName(sid: number): string {
  return SERVICE_NAMES.get(sid) ?? `service ${hex(sid, 2)}`;
}

/**
 * Tells which services have a sub-function.
 *
 * @param sid A request's first byte.
 * @returns Whether its second byte is a sub-function, whose bit 7 asks for no positive response.
 */
export function hasSubFunction(sid: number): boolean {
  return WITH_SUB_FUNCTION.has(sid);
}

/**
 * Reads suppressPosRspMsgIndicationBit.
 *
 * @param request A request.
 * @returns Whether it asks that a positive response be left out.
 */
export function suppressesPositiveResponse(request: Uint8Array): boolean {
  return request.length > 1 && hasSubFunction(request[0]!) &&
    (request[1]! & SUPPRESS_POSITIVE_RESPONSE_BIT) !== 0;
}

/**
 * Makes a request that asks for its positive response.
 *
 * @param request A request.
 * @returns The same without suppressPosRspMsgIndicationBit.
 */
export function answeredRequest(request: Uint8Array): Uint8Array {
  if (!suppressesPositiveResponse(request)) return request;
  const answered = request.slice();
  answered[1]! &= ~SUPPRESS_POSITIVE_RESPONSE_BIT;
  return answered;
}
