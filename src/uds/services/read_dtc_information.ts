import { hex, uintToBytesBe } from "../../core/mod.ts";
import { NRC } from "../negative_response_code.ts";
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

const SID = SERVICE_ID.readDtcInformation;

/**
 * The reports that canvoy reads.
 *
 * Source: ISO 14229-1:2020, ReadDTCInformation, "reportType".
 */
export const DTC_REPORT = {
  reportNumberOfDtcByStatusMask: 0x01,
  reportDtcByStatusMask: 0x02,
  reportSupportedDtc: 0x0A,
} as const;

/** Asks for trouble codes. */
export type ReadDtcInformationRequest =
  & SubFunctionRequest
  & (
    | {
      /** How many, or which, have one of the status bits. */
      readonly reportType: 0x01 | 0x02;
      /** Which status bits. */
      readonly dtcStatusMask: number;
    }
    | {
      /** All that the server knows. */
      readonly reportType: 0x0A;
    }
  );

/** One trouble code. */
export interface DtcAndStatus {
  /** Three bytes. */
  readonly dtc: number;
  /** Its status bits. */
  readonly status: number;
}

/** What a server tells of its trouble codes. */
export type ReadDtcInformationResponse =
  | {
    /** How many have one of the status bits. */
    readonly reportType: 0x01;
    /** Status bits that the server supports. */
    readonly dtcStatusAvailabilityMask: number;
    /** In which standard's form the codes are. */
    readonly dtcFormatIdentifier: number;
    /** How many. */
    readonly dtcCount: number;
  }
  | {
    /** Which have one of the status bits, or all that are supported. */
    readonly reportType: 0x02 | 0x0A;
    /** Status bits that the server supports. */
    readonly dtcStatusAvailabilityMask: number;
    /** The codes. */
    readonly dtcs: readonly DtcAndStatus[];
  };

/**
 * Encodes `[0x19, reportType, (DTCStatusMask)]`.
 *
 * Source: ISO 14229-1:2020, "ReadDTCInformation (0x19) service".
 *
 * @param request Which report.
 * @returns 2 or 3 bytes.
 * @throws {RangeError} If a number is no byte.
 */
export function encodeReadDtcInformationRequest(request: ReadDtcInformationRequest): Uint8Array {
  const subFunction = subFunctionByte(request.reportType, request);
  if (request.reportType === DTC_REPORT.reportSupportedDtc) return requestOf(SID, subFunction);
  return requestOf(SID, subFunction, request.dtcStatusMask);
}

/**
 * Decodes `[0x19, reportType, (DTCStatusMask)]`.
 *
 * @param bytes What a server received.
 * @returns Which report.
 * @throws {UdsRequestFormatError} If the bytes are another shape, or another report is asked (0x12).
 */
export function decodeReadDtcInformationRequest(bytes: Uint8Array): ReadDtcInformationRequest {
  const reader = readRequest(SID, bytes);
  const { subFunction, suppressPositiveResponse } = readSubFunction(reader, "reportType");
  const reportType = toReportType(subFunction);
  if (reportType === undefined) {
    throw reader.fail(`no reportType ${hex(subFunction, 2)}`, NRC.subFunctionNotSupported);
  }
  if (reportType === DTC_REPORT.reportSupportedDtc) {
    reader.end();
    return { reportType, suppressPositiveResponse };
  }
  const dtcStatusMask = reader.u8("DTCStatusMask");
  reader.end();
  return { reportType, dtcStatusMask, suppressPositiveResponse };
}

/**
 * Encodes `[0x59, 0x01, DTCStatusAvailabilityMask, DTCFormatIdentifier, count (2)]` or
 * `[0x59, reportType, DTCStatusAvailabilityMask, (DTC (3), status) ...]`.
 *
 * @param response The report.
 * @returns Its bytes.
 * @throws {RangeError} If a number does not fit.
 */
export function encodeReadDtcInformationResponse(
  response: ReadDtcInformationResponse,
): Uint8Array {
  const { reportType, dtcStatusAvailabilityMask } = response;
  if (response.reportType === DTC_REPORT.reportNumberOfDtcByStatusMask) {
    const { dtcFormatIdentifier, dtcCount } = response;
    const count = uintToBytesBe(dtcCount, 2);
    return responseOf(SID, reportType, dtcStatusAvailabilityMask, dtcFormatIdentifier, count);
  }
  const records = response.dtcs.flatMap(({ dtc, status }) => [uintToBytesBe(dtc, 3), status]);
  return responseOf(SID, reportType, dtcStatusAvailabilityMask, ...records);
}

/**
 * Decodes what {@linkcode encodeReadDtcInformationResponse} encodes.
 *
 * @param bytes What a client received.
 * @returns The report.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeReadDtcInformationResponse(bytes: Uint8Array): ReadDtcInformationResponse {
  const reader = readResponse(SID, bytes);
  const reportType = toReportType(reader.u8("reportType"));
  if (reportType === undefined) throw reader.fail("it is a report that was not asked for");
  const dtcStatusAvailabilityMask = reader.u8("DTCStatusAvailabilityMask");
  if (reportType === DTC_REPORT.reportNumberOfDtcByStatusMask) {
    const dtcFormatIdentifier = reader.u8("DTCFormatIdentifier");
    const dtcCount = reader.uint("DTC count", 2);
    reader.end();
    return { reportType, dtcStatusAvailabilityMask, dtcFormatIdentifier, dtcCount };
  }
  const dtcs: DtcAndStatus[] = [];
  while (reader.leftBytes > 0) {
    dtcs.push({ dtc: reader.uint("DTC", 3), status: reader.u8("status") });
  }
  return { reportType, dtcStatusAvailabilityMask, dtcs };
}

function toReportType(subFunction: number): 0x01 | 0x02 | 0x0A | undefined {
  return subFunction === 0x01 || subFunction === 0x02 || subFunction === 0x0A
    ? subFunction
    : undefined;
}
