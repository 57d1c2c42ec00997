import { type Certificate, readCertificate } from "../codec/mod.ts";
import { Prng } from "../core/mod.ts";
import {
  AUTHENTICATION_RETURN,
  type AuthenticationResponse,
  decodeAuthenticationRequest,
  encodeAuthenticationResponse,
  type HandlerResult,
  NRC,
  type ServerContext,
  type ServerService,
  SERVICE_ID,
} from "../uds/mod.ts";
import { type NodeHandle, refuse } from "./node_handle.ts";
import type { NodeAuthority } from "./node_authority.ts";

/** Keeps challenges apart from other chance with the same seed. */
const CHALLENGE_STREAM = 0xC4A1;
const CHALLENGE_BYTES = 32;
const NOTHING = new Uint8Array(0);
const INVALID_TIME_PERIOD = 0x50;
const INVALID_CHAIN_OF_TRUST = 0x52;
const INVALID_FORMAT = 0x54;
const OWNERSHIP_VERIFICATION_FAILED = 0x58;
/** What an unknown tester may not do. */
const GUARDED: readonly number[] = [
  SERVICE_ID.securityAccess,
  SERVICE_ID.writeDataByIdentifier,
  SERVICE_ID.routineControl,
  SERVICE_ID.requestDownload,
  SERVICE_ID.transferData,
  SERVICE_ID.requestTransferExit,
  SERVICE_ID.writeMemoryByAddress,
  SERVICE_ID.requestFileTransfer,
];

/**
 * Authentication of a node's bootloader: a certificate of its authority, and a proof that the tester
 * holds the key; without it services that change anything are refused. A reset forgets it.
 *
 * @param node The node.
 * @param services Its services without authentication.
 * @returns Its services with it; the same for a node without an authority.
 */
export function withAuthentication(
  node: NodeHandle,
  services: readonly ServerService<ServerContext>[],
): readonly ServerService<ServerContext>[] {
  const { authority, seed } = node.options;
  if (authority === undefined) return services;
  const server = new AuthenticationServer(authority, new Prng(seed, CHALLENGE_STREAM));
  return [
    ...services.map((service): ServerService<ServerContext> =>
      GUARDED.includes(service.sid)
        ? {
          ...service,
          handle: (request, context) =>
            server.isAuthenticated
              ? service.handle(request, context)
              : refuse(NRC.authenticationRequired),
        }
        : service
    ),
    {
      sid: SERVICE_ID.authentication,
      lengthBytesMin: 2,
      handle: (request) => server.handle(request),
    },
  ];
}

class AuthenticationServer {
  readonly #authority: NodeAuthority;
  readonly #prng: Prng;
  #asked: { readonly certificate: Certificate; readonly challenge: Uint8Array } | undefined;
  isAuthenticated = false;

  constructor(authority: NodeAuthority, prng: Prng) {
    this.#authority = authority;
    this.#prng = prng;
  }

  handle(request: Uint8Array): HandlerResult {
    const asked = decodeAuthenticationRequest(request);
    switch (asked.task) {
      case "deAuthenticate":
        this.isAuthenticated = false;
        return answer({
          task: "deAuthenticate",
          authenticationReturnParameter: AUTHENTICATION_RETURN.deAuthenticationSuccessful,
        });
      case "authenticationConfiguration":
        return answer({
          task: "authenticationConfiguration",
          authenticationReturnParameter: AUTHENTICATION_RETURN.authenticationConfigurationApce,
        });
      case "verifyCertificateUnidirectional":
        return this.#verifyCertificate(asked.certificateClient);
      case "proofOfOwnership":
        return this.#verifyProof(asked.proofOfOwnershipClient);
      default:
        return refuse(NRC.subFunctionNotSupported);
    }
  }

  #verifyCertificate(bytes: Uint8Array): HandlerResult {
    this.#asked = undefined;
    this.isAuthenticated = false;
    const certificate = readCertificate(bytes);
    if (certificate === undefined) return refuse(INVALID_FORMAT);
    const { nowMs, certificate: authority } = this.#authority;
    if (!certificate.isIssuedBy(authority)) return refuse(INVALID_CHAIN_OF_TRUST);
    const isValid = certificate.validFromMs <= nowMs && nowMs <= certificate.validToMs;
    if (!isValid) return refuse(INVALID_TIME_PERIOD);
    const challenge = this.#prng.bytes(CHALLENGE_BYTES);
    this.#asked = { certificate, challenge };
    return answer({
      task: "verifyCertificateUnidirectional",
      authenticationReturnParameter:
        AUTHENTICATION_RETURN.certificateVerifiedOwnershipVerificationNecessary,
      challengeServer: challenge,
      ephemeralPublicKeyServer: NOTHING,
    });
  }

  /** Each challenge is good for one answer. */
  #verifyProof(proof: Uint8Array): HandlerResult {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) return refuse(NRC.requestSequenceError);
    if (!asked.certificate.verifies(asked.challenge, proof)) {
      return refuse(OWNERSHIP_VERIFICATION_FAILED);
    }
    this.isAuthenticated = true;
    return answer({
      task: "proofOfOwnership",
      authenticationReturnParameter: AUTHENTICATION_RETURN.ownershipVerifiedAuthenticationComplete,
      sessionKeyInfo: NOTHING,
    });
  }
}

function answer(response: AuthenticationResponse): HandlerResult {
  return { type: "positive", response: encodeAuthenticationResponse(response) };
}
