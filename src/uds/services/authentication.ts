import { hex } from "../../core/mod.ts";
import { NRC } from "../negative_response_code.ts";
import { SERVICE_ID } from "../service_id.ts";
import {
  type AuthenticationField,
  decodeFields,
  encodeFields,
  type FieldValues,
  REQUEST_FIELDS,
  RESPONSE_FIELDS,
} from "./_authentication_fields.ts";
import {
  readRequest,
  readResponse,
  readSubFunction,
  requestOf,
  responseOf,
  subFunctionByte,
  type SubFunctionRequest,
} from "./_message.ts";

const SID = SERVICE_ID.authentication;

/**
 * What is asked of the server, by name and sub-function.
 *
 * Source: ISO 14229-1:2020, Authentication, "authenticationTask".
 */
export const AUTHENTICATION_TASK = {
  deAuthenticate: 0x00,
  verifyCertificateUnidirectional: 0x01,
  verifyCertificateBidirectional: 0x02,
  proofOfOwnership: 0x03,
  transmitCertificate: 0x04,
  requestChallengeForAuthentication: 0x05,
  verifyProofOfOwnershipUnidirectional: 0x06,
  verifyProofOfOwnershipBidirectional: 0x07,
  authenticationConfiguration: 0x08,
} as const;

/**
 * What the server says about it: authenticationReturnParameter.
 *
 * Source: ISO 14229-1:2020, Annex B, "authenticationReturnParameter definitions".
 */
export const AUTHENTICATION_RETURN = {
  requestAccepted: 0x00,
  generalReject: 0x01,
  authenticationConfigurationApce: 0x02,
  authenticationConfigurationAcrWithAsymmetricCryptography: 0x03,
  authenticationConfigurationAcrWithSymmetricCryptography: 0x04,
  deAuthenticationSuccessful: 0x10,
  certificateVerifiedOwnershipVerificationNecessary: 0x11,
  ownershipVerifiedAuthenticationComplete: 0x12,
  certificateVerified: 0x13,
} as const;

/** Name of a task. */
export type AuthenticationTask = keyof typeof AUTHENTICATION_TASK;

/** One step of an authentication, as the client asks for it. */
export type AuthenticationRequest =
  & SubFunctionRequest
  & (
    | { readonly task: "deAuthenticate" }
    | {
      readonly task: "verifyCertificateUnidirectional" | "verifyCertificateBidirectional";
      readonly communicationConfiguration: number;
      readonly certificateClient: Uint8Array;
      readonly challengeClient: Uint8Array;
    }
    | {
      readonly task: "proofOfOwnership";
      readonly proofOfOwnershipClient: Uint8Array;
      readonly ephemeralPublicKeyClient: Uint8Array;
    }
    | {
      readonly task: "transmitCertificate";
      readonly certificateEvaluationId: number;
      readonly certificateData: Uint8Array;
    }
    | {
      readonly task: "requestChallengeForAuthentication";
      readonly communicationConfiguration: number;
      readonly algorithmIndicator: Uint8Array;
    }
    | {
      readonly task:
        | "verifyProofOfOwnershipUnidirectional"
        | "verifyProofOfOwnershipBidirectional";
      readonly algorithmIndicator: Uint8Array;
      readonly proofOfOwnershipClient: Uint8Array;
      readonly challengeClient: Uint8Array;
      readonly additionalParameter: Uint8Array;
    }
    | { readonly task: "authenticationConfiguration" }
  );

/** What the server answers to each step. */
export type AuthenticationResponse =
  & { readonly authenticationReturnParameter: number }
  & (
    | { readonly task: "deAuthenticate" | "transmitCertificate" | "authenticationConfiguration" }
    | {
      readonly task: "verifyCertificateUnidirectional";
      readonly challengeServer: Uint8Array;
      readonly ephemeralPublicKeyServer: Uint8Array;
    }
    | {
      readonly task: "verifyCertificateBidirectional";
      readonly challengeServer: Uint8Array;
      readonly certificateServer: Uint8Array;
      readonly proofOfOwnershipServer: Uint8Array;
      readonly ephemeralPublicKeyServer: Uint8Array;
    }
    | { readonly task: "proofOfOwnership"; readonly sessionKeyInfo: Uint8Array }
    | {
      readonly task: "requestChallengeForAuthentication";
      readonly algorithmIndicator: Uint8Array;
      readonly challengeServer: Uint8Array;
      readonly neededAdditionalParameter: Uint8Array;
    }
    | {
      readonly task: "verifyProofOfOwnershipUnidirectional";
      readonly algorithmIndicator: Uint8Array;
      readonly sessionKeyInfo: Uint8Array;
    }
    | {
      readonly task: "verifyProofOfOwnershipBidirectional";
      readonly algorithmIndicator: Uint8Array;
      readonly proofOfOwnershipServer: Uint8Array;
      readonly sessionKeyInfo: Uint8Array;
    }
  );

/**
 * Encodes `[0x29, authenticationTask, ...]`; what follows, by task:
 *
 * - verifyCertificate..: `communicationConfiguration, certificateClient*, challengeClient*`
 * - proofOfOwnership: `proofOfOwnershipClient*, ephemeralPublicKeyClient*`
 * - transmitCertificate: `certificateEvaluationId (2), certificateData*`
 * - requestChallengeForAuthentication: `communicationConfiguration, algorithmIndicator (16)`
 * - verifyProofOfOwnership..: `algorithmIndicator (16), proofOfOwnershipClient*, challengeClient*,
 *   additionalParameter*`
 *
 * A field marked * has its length, 2 bytes, before it.
 *
 * Source: ISO 14229-1:2020, "Authentication (0x29) service".
 *
 * @param request The step.
 * @returns 2 bytes and up.
 * @throws {RangeError} If a field is longer than its length can tell, or an algorithmIndicator is
 * not 16 bytes.
 */
export function encodeAuthenticationRequest(request: AuthenticationRequest): Uint8Array {
  const subFunction = subFunctionByte(AUTHENTICATION_TASK[request.task], request);
  const fields = REQUEST_FIELDS[request.task];
  return requestOf(SID, subFunction, encodeFields(fields, request as unknown as FieldValues));
}

/**
 * Decodes what {@linkcode encodeAuthenticationRequest} encodes.
 *
 * @param bytes What a server received.
 * @returns The step.
 * @throws {UdsRequestFormatError} If the bytes are another shape; NRC 0x12 for an unknown task.
 */
export function decodeAuthenticationRequest(bytes: Uint8Array): AuthenticationRequest {
  const reader = readRequest(SID, bytes);
  const { subFunction, suppressPositiveResponse } = readSubFunction(reader, "authenticationTask");
  const task = toTask(subFunction);
  if (task === undefined) {
    throw reader.fail(
      `no authenticationTask ${hex(subFunction, 2)}`,
      NRC.subFunctionNotSupported,
    );
  }
  const values = decodeFields(reader, REQUEST_FIELDS[task]);
  return { task, ...values, suppressPositiveResponse } as unknown as AuthenticationRequest;
}

/**
 * Encodes `[0x69, authenticationTask, authenticationReturnParameter, ...]`; what follows, by task:
 *
 * - verifyCertificateUnidirectional: `challengeServer*, ephemeralPublicKeyServer*`
 * - verifyCertificateBidirectional: `challengeServer*, certificateServer*, proofOfOwnershipServer*,
 *   ephemeralPublicKeyServer*`
 * - proofOfOwnership: `sessionKeyInfo*`
 * - requestChallengeForAuthentication: `algorithmIndicator (16), challengeServer*,
 *   neededAdditionalParameter*`
 * - verifyProofOfOwnershipUnidirectional: `algorithmIndicator (16), sessionKeyInfo*`
 * - verifyProofOfOwnershipBidirectional: `algorithmIndicator (16), proofOfOwnershipServer*,
 *   sessionKeyInfo*`
 *
 * @param response The answer.
 * @returns 3 bytes and up.
 * @throws {RangeError} If a field does not fit.
 */
export function encodeAuthenticationResponse(response: AuthenticationResponse): Uint8Array {
  return responseOf(
    SID,
    AUTHENTICATION_TASK[response.task],
    encodeFields(responseFields(response.task), response as unknown as FieldValues),
  );
}

/**
 * Decodes what {@linkcode encodeAuthenticationResponse} encodes.
 *
 * @param bytes What a client received.
 * @returns The answer.
 * @throws {UdsProtocolError} If the bytes are another shape.
 */
export function decodeAuthenticationResponse(bytes: Uint8Array): AuthenticationResponse {
  const reader = readResponse(SID, bytes);
  const subFunction = reader.u8("authenticationTask");
  const task = toTask(subFunction);
  if (task === undefined) throw reader.fail(`no authenticationTask ${hex(subFunction, 2)}`);
  const values = decodeFields(reader, responseFields(task));
  return { task, ...values } as unknown as AuthenticationResponse;
}

function responseFields(task: AuthenticationTask): readonly AuthenticationField[] {
  return [["authenticationReturnParameter", "uint8"], ...RESPONSE_FIELDS[task]];
}

function toTask(subFunction: number): AuthenticationTask | undefined {
  const names = Object.keys(AUTHENTICATION_TASK) as AuthenticationTask[];
  return names.find((name) => AUTHENTICATION_TASK[name] === subFunction);
}
