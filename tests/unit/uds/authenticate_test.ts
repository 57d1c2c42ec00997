import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { VirtualClock } from "../../../src/core/mod.ts";
import {
  authenticate,
  AUTHENTICATION_RETURN,
  type AuthenticationResponse,
  createUdsClient,
  decodeAuthenticationRequest,
  encodeAuthenticationResponse,
} from "../../../src/uds/mod.ts";
import { codeOf, record } from "./recording.ts";
import { ScriptedLink } from "./scripted_link.ts";

const NOTHING = new Uint8Array(0);
const CHALLENGE = Uint8Array.from({ length: 32 }, (_, i) => i);
const PROOF = Uint8Array.of(1, 2, 3);

function challenge(
  challengeServer: Uint8Array,
  authenticationReturnParameter: number =
    AUTHENTICATION_RETURN.certificateVerifiedOwnershipVerificationNecessary,
): AuthenticationResponse {
  return {
    task: "verifyCertificateUnidirectional",
    authenticationReturnParameter,
    challengeServer,
    ephemeralPublicKeyServer: NOTHING,
  };
}

const ACCEPTED: AuthenticationResponse = {
  task: "proofOfOwnership",
  authenticationReturnParameter: AUTHENTICATION_RETURN.ownershipVerifiedAuthenticationComplete,
  sessionKeyInfo: NOTHING,
};

/** Authenticates to a node that gives these answers, one a request. */
function talk(...answers: readonly AuthenticationResponse[]): {
  readonly outcome: string;
  readonly tasks: readonly string[];
  readonly proven: readonly Uint8Array[];
} {
  const clock = new VirtualClock();
  const link = new ScriptedLink(
    clock,
    (_, i) =>
      answers[i] === undefined
        ? []
        : [{ afterMs: 1, message: encodeAuthenticationResponse(answers[i]).toHex() }],
  );
  const client = createUdsClient({ link, clock });
  const proven: Uint8Array[] = [];
  const prove = (message: Uint8Array): Uint8Array => {
    proven.push(message);
    return PROOF;
  };
  const told = record(authenticate(client, { certificate: Uint8Array.of(9), prove }), clock);
  clock.run();
  return {
    outcome: told.isComplete ? "accepted" : codeOf(told.error) ?? "nothing",
    tasks: link.sent.map(({ request }) => decodeAuthenticationRequest(request).task),
    proven,
  };
}

Deno.test("authenticate() shows its certificate and proves the challenge as it came", () => {
  const { outcome, tasks, proven } = talk(challenge(CHALLENGE), ACCEPTED);
  strictEqual(outcome, "accepted");
  deepStrictEqual(tasks, ["verifyCertificateUnidirectional", "proofOfOwnership"]);
  deepStrictEqual(proven, [CHALLENGE]);
});

for (const lengthBytes of [0, 7, 65, 100, 4000]) {
  Deno.test(`authenticate() signs no challenge of ${lengthBytes} bytes`, () => {
    const { outcome, proven } = talk(challenge(new Uint8Array(lengthBytes)), ACCEPTED);
    strictEqual(outcome, "UDS_PROTOCOL");
    deepStrictEqual(proven, []);
  });
}

Deno.test("authenticate() does not take a certificate alone for the whole", () => {
  const early = challenge(
    CHALLENGE,
    AUTHENTICATION_RETURN.ownershipVerifiedAuthenticationComplete,
  );
  const { outcome, proven } = talk(early, ACCEPTED);
  strictEqual(outcome, "UDS_PROTOCOL");
  deepStrictEqual(proven, []);
});

Deno.test("authenticate() is not through when the node asks for more", () => {
  const more = AUTHENTICATION_RETURN.certificateVerifiedOwnershipVerificationNecessary;
  strictEqual(
    talk(challenge(CHALLENGE), { ...ACCEPTED, authenticationReturnParameter: more }).outcome,
    "UDS_PROTOCOL",
  );
});
