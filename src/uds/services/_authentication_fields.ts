import { concatBytes, uintToBytesBe } from "../../core/mod.ts";
import type { MessageReader } from "./_message.ts";

/** How a field is written: a number, 16 bytes, or bytes behind their 2-byte length. */
type FieldKind = "uint8" | "uint16" | "bytes16" | "sized";

/** Name and form of one field. */
export type AuthenticationField = readonly [name: string, kind: FieldKind];

/** Fields by name. */
export type FieldValues = Readonly<Record<string, number | Uint8Array>>;

/** authenticationTask names, as the tables below are keyed. */
type Tables = Readonly<
  Record<
    | "deAuthenticate"
    | "verifyCertificateUnidirectional"
    | "verifyCertificateBidirectional"
    | "proofOfOwnership"
    | "transmitCertificate"
    | "requestChallengeForAuthentication"
    | "verifyProofOfOwnershipUnidirectional"
    | "verifyProofOfOwnershipBidirectional"
    | "authenticationConfiguration",
    readonly AuthenticationField[]
  >
>;

const VERIFY_CERTIFICATE: readonly AuthenticationField[] = [
  ["communicationConfiguration", "uint8"],
  ["certificateClient", "sized"],
  ["challengeClient", "sized"],
];

const VERIFY_PROOF: readonly AuthenticationField[] = [
  ["algorithmIndicator", "bytes16"],
  ["proofOfOwnershipClient", "sized"],
  ["challengeClient", "sized"],
  ["additionalParameter", "sized"],
];

/** What follows the sub-function of a request. */
export const REQUEST_FIELDS: Tables = {
  deAuthenticate: [],
  verifyCertificateUnidirectional: VERIFY_CERTIFICATE,
  verifyCertificateBidirectional: VERIFY_CERTIFICATE,
  proofOfOwnership: [["proofOfOwnershipClient", "sized"], ["ephemeralPublicKeyClient", "sized"]],
  transmitCertificate: [["certificateEvaluationId", "uint16"], ["certificateData", "sized"]],
  requestChallengeForAuthentication: [
    ["communicationConfiguration", "uint8"],
    ["algorithmIndicator", "bytes16"],
  ],
  verifyProofOfOwnershipUnidirectional: VERIFY_PROOF,
  verifyProofOfOwnershipBidirectional: VERIFY_PROOF,
  authenticationConfiguration: [],
};

/** What follows authenticationReturnParameter of a response. */
export const RESPONSE_FIELDS: Tables = {
  deAuthenticate: [],
  verifyCertificateUnidirectional: [
    ["challengeServer", "sized"],
    ["ephemeralPublicKeyServer", "sized"],
  ],
  verifyCertificateBidirectional: [
    ["challengeServer", "sized"],
    ["certificateServer", "sized"],
    ["proofOfOwnershipServer", "sized"],
    ["ephemeralPublicKeyServer", "sized"],
  ],
  proofOfOwnership: [["sessionKeyInfo", "sized"]],
  transmitCertificate: [],
  requestChallengeForAuthentication: [
    ["algorithmIndicator", "bytes16"],
    ["challengeServer", "sized"],
    ["neededAdditionalParameter", "sized"],
  ],
  verifyProofOfOwnershipUnidirectional: [
    ["algorithmIndicator", "bytes16"],
    ["sessionKeyInfo", "sized"],
  ],
  verifyProofOfOwnershipBidirectional: [
    ["algorithmIndicator", "bytes16"],
    ["proofOfOwnershipServer", "sized"],
    ["sessionKeyInfo", "sized"],
  ],
  authenticationConfiguration: [],
};

/**
 * @param fields The form.
 * @param values A value for each field.
 * @returns The bytes.
 * @throws {RangeError} If a value does not fit its field.
 */
export function encodeFields(
  fields: readonly AuthenticationField[],
  values: FieldValues,
): Uint8Array {
  return concatBytes(fields.flatMap(([name, kind]) => encodeField(name, kind, values[name])));
}

/**
 * @param reader Stands before the first field.
 * @param fields The form.
 * @returns A value for each field; nothing may be left behind the last.
 */
export function decodeFields(
  reader: MessageReader,
  fields: readonly AuthenticationField[],
): FieldValues {
  const values: Record<string, number | Uint8Array> = {};
  for (const [name, kind] of fields) values[name] = decodeField(reader, name, kind);
  reader.end();
  return values;
}

function encodeField(
  name: string,
  kind: FieldKind,
  value: number | Uint8Array | undefined,
): Uint8Array[] {
  if (typeof value === "number" && kind === "uint8") return [uintToBytesBe(value, 1)];
  if (typeof value === "number" && kind === "uint16") return [uintToBytesBe(value, 2)];
  if (value instanceof Uint8Array && kind === "sized") {
    return [uintToBytesBe(value.length, 2), value];
  }
  if (value instanceof Uint8Array && kind === "bytes16" && value.length === 16) return [value];
  throw new RangeError(`Cannot encode ${name}: it is no ${kind}`);
}

function decodeField(reader: MessageReader, name: string, kind: FieldKind): number | Uint8Array {
  switch (kind) {
    case "uint8":
      return reader.u8(name);
    case "uint16":
      return reader.uint(name, 2);
    case "bytes16":
      return reader.bytes(name, 16);
    case "sized":
      return reader.sized(name);
  }
}
