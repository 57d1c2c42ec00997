import { concatMap, defer, EMPTY, type Observable, throwError } from "rxjs";
import type { ExchangeOptions, UdsClient } from "./client.ts";
import { UdsProtocolError } from "./errors.ts";
import {
  AUTHENTICATION_RETURN,
  type AuthenticationRequest,
  type AuthenticationResponse,
  decodeAuthenticationResponse,
  encodeAuthenticationRequest,
} from "./services/authentication.ts";

/** Who canvoy is to a node: a certificate, and what proves that it is its own. */
export interface Credentials {
  /** certificateClient, as the node reads it. */
  readonly certificate: Uint8Array;

  /**
   * Signs a challenge. Synchronous, as all cryptography inside an update is.
   *
   * @param challenge challengeServer, as it came.
   * @returns proofOfOwnershipClient.
   */
  prove(challenge: Uint8Array): Uint8Array;
}

/** Shorter challenges could repeat. */
const CHALLENGE_BYTES_MIN = 8;
/**
 * What a node sends is signed: a longer challenge could be what a release's signature signs, and the
 * key be used for both.
 */
const CHALLENGE_BYTES_MAX = 64;
const NOTHING = new Uint8Array(0);

/**
 * Authenticates by certificate and challenge, unidirectionally (APCE): verifyCertificate, then
 * proofOfOwnership over the challenge of the server. No session key is agreed upon.
 *
 * Cold; emits nothing; completes when the node has accepted; errors with the client's error, or
 * {@linkcode UdsProtocolError} when an answer is another than the sequence asks for.
 *
 * Source: ISO 14229-1:2020, "Authentication (0x29) service", authentication with PKI certificate
 * exchange.
 *
 * @param client The node's client.
 * @param credentials Who asks.
 * @param exchange Waits and bounds of each request.
 * @returns Nothing.
 */
export function authenticate(
  client: UdsClient,
  credentials: Credentials,
  exchange?: ExchangeOptions,
): Observable<never> {
  function ask(
    request: AuthenticationRequest,
    expected: number,
    next: (response: AuthenticationResponse) => Observable<never>,
  ): Observable<never> {
    const bytes = encodeAuthenticationRequest(request);
    return client.request(bytes, exchange).pipe(concatMap((answer) => {
      const response = decodeAuthenticationResponse(answer);
      const { task, authenticationReturnParameter } = response;
      if (task === request.task && authenticationReturnParameter === expected) {
        return next(response);
      }
      const state = `${task} is answered by ${authenticationReturnParameter}`;
      return throwError(() => new UdsProtocolError(answer, state, bytes));
    }));
  }

  return defer(() =>
    ask(
      {
        task: "verifyCertificateUnidirectional",
        communicationConfiguration: 0,
        certificateClient: credentials.certificate,
        challengeClient: NOTHING,
      },
      AUTHENTICATION_RETURN.certificateVerifiedOwnershipVerificationNecessary,
      (response) => {
        const challenge = "challengeServer" in response ? response.challengeServer : NOTHING;
        const { length } = challenge;
        if (length < CHALLENGE_BYTES_MIN || length > CHALLENGE_BYTES_MAX) {
          const state = `its challenge has ${length} bytes`;
          return throwError(() => new UdsProtocolError(challenge, state));
        }
        return ask(
          {
            task: "proofOfOwnership",
            proofOfOwnershipClient: credentials.prove(challenge),
            ephemeralPublicKeyClient: NOTHING,
          },
          AUTHENTICATION_RETURN.ownershipVerifiedAuthenticationComplete,
          () => EMPTY,
        );
      },
    )
  );
}
