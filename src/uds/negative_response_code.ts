import { hex } from "../core/light.ts";

/**
 * Negative response codes that the program decides by.
 *
 * Source: ISO 14229-1:2020, Annex A, "Negative response codes".
 */
export const NRC = {
  generalReject: 0x10,
  serviceNotSupported: 0x11,
  subFunctionNotSupported: 0x12,
  incorrectMessageLengthOrInvalidFormat: 0x13,
  responseTooLong: 0x14,
  busyRepeatRequest: 0x21,
  conditionsNotCorrect: 0x22,
  requestSequenceError: 0x24,
  noResponseFromSubnetComponent: 0x25,
  failurePreventsExecutionOfRequestedAction: 0x26,
  requestOutOfRange: 0x31,
  securityAccessDenied: 0x33,
  authenticationRequired: 0x34,
  invalidKey: 0x35,
  exceedNumberOfAttempts: 0x36,
  requiredTimeDelayNotExpired: 0x37,
  uploadDownloadNotAccepted: 0x70,
  transferDataSuspended: 0x71,
  generalProgrammingFailure: 0x72,
  wrongBlockSequenceCounter: 0x73,
  requestCorrectlyReceivedResponsePending: 0x78,
  subFunctionNotSupportedInActiveSession: 0x7E,
  serviceNotSupportedInActiveSession: 0x7F,
  voltageTooHigh: 0x92,
  voltageTooLow: 0x93,
  resourceTemporarilyNotAvailable: 0x94,
} as const;

const NRC_NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, "positiveResponse"],
  [0x10, "generalReject"],
  [0x11, "serviceNotSupported"],
  [0x12, "subFunctionNotSupported"],
  [0x13, "incorrectMessageLengthOrInvalidFormat"],
  [0x14, "responseTooLong"],
  [0x21, "busyRepeatRequest"],
  [0x22, "conditionsNotCorrect"],
  [0x24, "requestSequenceError"],
  [0x25, "noResponseFromSubnetComponent"],
  [0x26, "failurePreventsExecutionOfRequestedAction"],
  [0x31, "requestOutOfRange"],
  [0x33, "securityAccessDenied"],
  [0x34, "authenticationRequired"],
  [0x35, "invalidKey"],
  [0x36, "exceedNumberOfAttempts"],
  [0x37, "requiredTimeDelayNotExpired"],
  [0x38, "secureDataTransmissionRequired"],
  [0x39, "secureDataTransmissionNotAllowed"],
  [0x3A, "secureDataVerificationFailed"],
  [0x50, "certificateVerificationFailed-InvalidTimePeriod"],
  [0x51, "certificateVerificationFailed-InvalidSignature"],
  [0x52, "certificateVerificationFailed-InvalidChainOfTrust"],
  [0x53, "certificateVerificationFailed-InvalidType"],
  [0x54, "certificateVerificationFailed-InvalidFormat"],
  [0x55, "certificateVerificationFailed-InvalidContent"],
  [0x56, "certificateVerificationFailed-InvalidScope"],
  [0x57, "certificateVerificationFailed-InvalidCertificate"],
  [0x58, "ownershipVerificationFailed"],
  [0x59, "challengeCalculationFailed"],
  [0x5A, "settingAccessRightsFailed"],
  [0x5B, "sessionKeyCreationOrDerivationFailed"],
  [0x5C, "configurationDataUsageFailed"],
  [0x5D, "deAuthenticationFailed"],
  [0x70, "uploadDownloadNotAccepted"],
  [0x71, "transferDataSuspended"],
  [0x72, "generalProgrammingFailure"],
  [0x73, "wrongBlockSequenceCounter"],
  [0x78, "requestCorrectlyReceived-ResponsePending"],
  [0x7E, "subFunctionNotSupportedInActiveSession"],
  [0x7F, "serviceNotSupportedInActiveSession"],
  [0x81, "rpmTooHigh"],
  [0x82, "rpmTooLow"],
  [0x83, "engineIsRunning"],
  [0x84, "engineIsNotRunning"],
  [0x85, "engineRunTimeTooLow"],
  [0x86, "temperatureTooHigh"],
  [0x87, "temperatureTooLow"],
  [0x88, "vehicleSpeedTooHigh"],
  [0x89, "vehicleSpeedTooLow"],
  [0x8A, "throttle/PedalTooHigh"],
  [0x8B, "throttle/PedalTooLow"],
  [0x8C, "transmissionRangeNotInNeutral"],
  [0x8D, "transmissionRangeNotInGear"],
  [0x8F, "brakeSwitch(es)NotClosed"],
  [0x90, "shifterLeverNotInPark"],
  [0x91, "torqueConverterClutchLocked"],
  [0x92, "voltageTooHigh"],
  [0x93, "voltageTooLow"],
  [0x94, "resourceTemporarilyNotAvailable"],
]);

/**
 * Names a negative response code.
 *
 * @param nrc A negative response code.
 * @returns The standard's name of it, or of the range it lies in; a code that the standard reserves
 * is `reserved 0x..`.
 */
export function nrcName(nrc: number): string {
  const name = NRC_NAMES.get(nrc);
  if (name !== undefined) return name;
  if (nrc >= 0x3B && nrc <= 0x4F) {
    return `reservedByExtendedDataLinkSecurityDocument ${hex(nrc, 2)}`;
  }
  if (nrc >= 0x95 && nrc <= 0xEF) return `reservedForSpecificConditionsNotCorrect ${hex(nrc, 2)}`;
  if (nrc >= 0xF0 && nrc <= 0xFE) {
    return `vehicleManufacturerSpecificConditionsNotCorrect ${hex(nrc, 2)}`;
  }
  return `reserved ${hex(nrc, 2)}`;
}

/**
 * Lists the negative response codes that the standard names.
 *
 * @returns The codes, upwards.
 */
export function namedNrcs(): readonly number[] {
  return [...NRC_NAMES.keys()].filter((nrc) => nrc !== 0).sort((left, right) => left - right);
}
