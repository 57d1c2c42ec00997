import { uintToBytesBe } from "../../core/mod.ts";
import { SERVICE_ID } from "../service_id.ts";
import {
  type MessageReader,
  readRequest,
  readResponse,
  readSubFunction,
  requestOf,
  responseOf,
  subFunctionByte,
  type SubFunctionRequest,
} from "./_message.ts";

const SID = SERVICE_ID.communicationControl;

/**
 * What may be switched on and off.
 *
 * Source: ISO 14229-1:2020, CommunicationControl, "controlType".
 */
export const COMMUNICATION_CONTROL_TYPE = {
  enableRxAndTx: 0x00,
  enableRxAndDisableTx: 0x01,
  disableRxAndEnableTx: 0x02,
  disableRxAndTx: 0x03,
  enableRxAndDisableTxWithEnhancedAddressInformation: 0x04,
  enableRxAndTxWithEnhancedAddressInformation: 0x05,
} as const;

/**
 * Which messages are meant: bits 0 and 1 of communicationType; its high nibble 0 means this node on
 * all its networks.
 *
 * Source: ISO 14229-1:2020, Annex B, "communicationType parameter definition".
 */
export const COMMUNICATION_TYPE = {
  normalCommunicationMessages: 0x01,
  networkManagementCommunicationMessages: 0x02,
  normalAndNetworkManagementCommunicationMessages: 0x03,
} as const;

/** Asks a server to begin or to stop sending or hearing its ordinary messages. */
export interface CommunicationControlRequest extends SubFunctionRequest {
  /** What is switched, 0x00..0x7F. */
  readonly controlType: number;
  /** Which messages. */
  readonly communicationType: number;
  /** With control types 0x04 and 0x05: whose. 2 bytes. */
  readonly nodeIdentificationNumber?: number;
}

/** The server obeyed. */
export interface CommunicationControlResponse {
  /** What was switched. */
  readonly controlType: number;
}

/**
 * Encodes `[0x28, controlType, communicationType, (nodeIdentificationNumber (2))]`.
 *
 * Source: ISO 14229-1:2020, "CommunicationControl (0x28) service".
 *
 * @param request What is switched.
 * @returns 3 or 5 bytes.
 * @throws {RangeError} If a number does not fit, or nodeIdentificationNumber stands with (or is
 * missing at) a control type that has none (that has one).
 */
export function encodeCommunicationControlRequest(
  request: CommunicationControlRequest,
): Uint8Array {
  const { controlType, communicationType, nodeIdentificationNumber } = request;
  if ((nodeIdentificationNumber !== undefined) !== hasNodeIdentification(controlType)) {
    throw new RangeError(`Cannot encode controlType ${controlType}: nodeIdentificationNumber`);
  }
  return requestOf(
    SID,
    subFunctionByte(controlType, request),
    communicationType,
    ...(nodeIdentificationNumber === undefined ? [] : [uintToBytesBe(nodeIdentificationNumber, 2)]),
  );
}

/**
 * Decodes `[0x28, controlType, communicationType, (nodeIdentificationNumber (2))]`.
 *
 * @param bytes What a server received.
 * @returns What is switched.
 * @throws {UdsRequestFormatError} If the bytes are another shape.
 */
export function decodeCommunicationControlRequest(
  bytes: Uint8Array,
): CommunicationControlRequest {
  const reader = readRequest(SID, bytes);
  const { subFunction, suppressPositiveResponse } = readSubFunction(reader, "controlType");
  const communicationType = reader.u8("communicationType");
  const node = hasNodeIdentification(subFunction) ? readNode(reader) : {};
  reader.end();
  return { controlType: subFunction, communicationType, suppressPositiveResponse, ...node };
}

/**
 * Encodes `[0x68, controlType]`.
 *
 * @param response What was switched.
 * @returns 2 bytes.
 * @throws {RangeError} If a number is no byte.
 */
export function encodeCommunicationControlResponse(
  response: CommunicationControlResponse,
): Uint8Array {
  return responseOf(SID, response.controlType);
}

/**
 * Decodes `[0x68, controlType]`.
 *
 * @param bytes What a client received.
 * @returns What was switched.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeCommunicationControlResponse(
  bytes: Uint8Array,
): CommunicationControlResponse {
  const reader = readResponse(SID, bytes);
  const controlType = reader.u8("controlType");
  reader.end();
  return { controlType };
}

function hasNodeIdentification(controlType: number): boolean {
  return controlType === 0x04 || controlType === 0x05;
}

function readNode(reader: MessageReader): { readonly nodeIdentificationNumber: number } {
  return { nodeIdentificationNumber: reader.uint("nodeIdentificationNumber", 2) };
}
