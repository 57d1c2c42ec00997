import { SERVICE_ID } from "../service_id.ts";
import {
  readRequest,
  readResponse,
  readSubFunction,
  requestOf,
  responseOf,
  subFunctionByte,
  type SubFunctionRequest,
} from "./_message.ts";

const SID = SERVICE_ID.controlDtcSetting;

/**
 * Whether trouble codes are recorded.
 *
 * Source: ISO 14229-1:2020, ControlDTCSetting, "DTCSettingType".
 */
export const DTC_SETTING_TYPE = { on: 0x01, off: 0x02 } as const;

/** Asks a server to begin or to stop recording trouble codes. */
export interface ControlDtcSettingRequest extends SubFunctionRequest {
  /** On or off, 0x00..0x7F. */
  readonly dtcSettingType: number;
  /** Which of them; often empty. */
  readonly dtcSettingControlOptionRecord: Uint8Array;
}

/** The server obeyed. */
export interface ControlDtcSettingResponse {
  /** On or off. */
  readonly dtcSettingType: number;
}

/**
 * Encodes `[0x85, DTCSettingType, DTCSettingControlOptionRecord]`.
 *
 * Source: ISO 14229-1:2020, "ControlDTCSetting (0x85) service".
 *
 * @param request On or off.
 * @returns 2 bytes and up.
 * @throws {RangeError} If the type does not fit 7 bits.
 */
export function encodeControlDtcSettingRequest(request: ControlDtcSettingRequest): Uint8Array {
  return requestOf(
    SID,
    subFunctionByte(request.dtcSettingType, request),
    request.dtcSettingControlOptionRecord,
  );
}

/**
 * Decodes `[0x85, DTCSettingType, DTCSettingControlOptionRecord]`.
 *
 * @param bytes What a server received.
 * @returns On or off.
 * @throws {UdsRequestFormatError} If the bytes are another shape.
 */
export function decodeControlDtcSettingRequest(bytes: Uint8Array): ControlDtcSettingRequest {
  const reader = readRequest(SID, bytes);
  const { subFunction, suppressPositiveResponse } = readSubFunction(reader, "DTCSettingType");
  return {
    dtcSettingType: subFunction,
    dtcSettingControlOptionRecord: reader.rest(),
    suppressPositiveResponse,
  };
}

/**
 * Encodes `[0xC5, DTCSettingType]`.
 *
 * @param response On or off.
 * @returns 2 bytes.
 * @throws {RangeError} If the type is no byte.
 */
export function encodeControlDtcSettingResponse(response: ControlDtcSettingResponse): Uint8Array {
  return responseOf(SID, response.dtcSettingType);
}

/**
 * Decodes `[0xC5, DTCSettingType]`.
 *
 * @param bytes What a client received.
 * @returns On or off.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeControlDtcSettingResponse(bytes: Uint8Array): ControlDtcSettingResponse {
  const reader = readResponse(SID, bytes);
  const dtcSettingType = reader.u8("DTCSettingType");
  reader.end();
  return { dtcSettingType };
}
