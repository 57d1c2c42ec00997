import { strictEqual } from "node:assert/strict";
import { decodePem } from "../../../src/adapters/mod.ts";
import { createSigner } from "../../../src/codec/mod.ts";
import { withAuthentication } from "../../../src/sim/authentication.ts";
import type { NodeHandle } from "../../../src/sim/node_handle.ts";
import {
  type AuthenticationRequest,
  decodeAuthenticationResponse,
  encodeAuthenticationRequest,
  type ServerContext,
  SERVICE_ID,
} from "../../../src/uds/mod.ts";

const FOLDER = new URL("../../fixtures/certificates/", import.meta.url);
const NOTHING = new Uint8Array(0);
const NOW_MS = Date.UTC(2026, 11, 24);
const PROGRAMMING: ServerContext = { addressing: "physical", session: 2, securityLevel: 0 };

function der(file: string): Uint8Array {
  return decodePem(file, Deno.readTextFileSync(new URL(file, FOLDER))).der;
}

/** A node with one service that changes something, and who talks to it. */
class Guarded {
  readonly #services;

  constructor(nowMs = NOW_MS, seed = 1) {
    const authority = { certificate: der("authority.crt"), nowMs };
    const node = { options: { authority, seed } } as unknown as NodeHandle;
    this.#services = withAuthentication(node, [{
      sid: SERVICE_ID.requestDownload,
      handle: () => ({ type: "positive", response: Uint8Array.of(0x74) }),
    }]);
  }

  #send(request: Uint8Array): Uint8Array {
    const service = this.#services.find(({ sid }) => sid === request[0])!;
    const result = service.handle(request, PROGRAMMING);
    if (result.type === "positive") return result.response;
    if (result.type === "negative") return Uint8Array.of(0x7F, request[0]!, result.nrc);
    throw new Error(result.type);
  }

  /** What RequestDownload gets. */
  get download(): string {
    return this.#send(Uint8Array.of(SERVICE_ID.requestDownload, 0, 0x11, 0, 1)).toHex();
  }

  ask(request: AuthenticationRequest): string {
    return this.#send(encodeAuthenticationRequest(request)).toHex();
  }

  /** Shows a certificate; gives the challenge, or the refusal. */
  show(file: string): Uint8Array | string {
    const answer = this.ask({
      task: "verifyCertificateUnidirectional",
      communicationConfiguration: 0,
      certificateClient: der(file),
      challengeClient: NOTHING,
    });
    if (answer.startsWith("7f")) return answer;
    const decoded = decodeAuthenticationResponse(Uint8Array.fromHex(answer));
    return "challengeServer" in decoded ? decoded.challengeServer : answer;
  }

  prove(proofOfOwnershipClient: Uint8Array): string {
    return this.ask({
      task: "proofOfOwnership",
      proofOfOwnershipClient,
      ephemeralPublicKeyClient: NOTHING,
    });
  }
}

const sign = createSigner(der("tester.pem"));
const REFUSED = "7f3434";

Deno.test("withAuthentication() lets nobody change anything until the proof is right", () => {
  const node = new Guarded();
  strictEqual(node.download, REFUSED);
  const challenge = node.show("tester.crt") as Uint8Array;
  strictEqual(node.download, REFUSED, "a certificate is anybody's to show");
  strictEqual(node.prove(sign(challenge)), "6903120000");
  strictEqual(node.download, "74");
  node.ask({ task: "deAuthenticate" });
  strictEqual(node.download, REFUSED);
});

Deno.test("withAuthentication() takes each challenge once, and only the last one", () => {
  const node = new Guarded();
  const first = node.show("tester.crt") as Uint8Array;
  const second = node.show("tester.crt") as Uint8Array;
  strictEqual(node.prove(sign(first)), "7f2958", "a proof of an older challenge");
  strictEqual(node.prove(sign(second)), "7f2924", "a second try at one challenge");
  strictEqual(node.download, REFUSED);
  const third = node.show("tester.crt") as Uint8Array;
  const proof = sign(third);
  strictEqual(node.prove(proof).slice(0, 2), "69");
  strictEqual(node.prove(proof), "7f2924", "a proof sent again");
});

Deno.test("withAuthentication() asks another node another challenge, and forgets who was there", () => {
  const node = new Guarded();
  const other = new Guarded(NOW_MS, 2);
  const challenge = node.show("tester.crt") as Uint8Array;
  other.show("tester.crt");
  strictEqual(other.prove(sign(challenge)), "7f2958");
  strictEqual(node.prove(sign(challenge)).slice(0, 2), "69");
  strictEqual(node.show("stranger.crt"), "7f2952");
  strictEqual(node.download, REFUSED, "a new certificate begins anew");
});

Deno.test("withAuthentication() refuses certificates that are over, or not yet valid", () => {
  strictEqual(new Guarded().show("short.crt"), "7f2950");
  strictEqual(new Guarded(Date.UTC(2001, 0, 1)).show("tester.crt"), "7f2950");
  strictEqual(new Guarded(Date.UTC(9000, 0, 1)).show("tester.crt"), "7f2950");
});

Deno.test("withAuthentication() refuses no certificate, an empty proof and a proof of nothing", () => {
  const node = new Guarded();
  strictEqual(node.show("tester.pem"), "7f2954");
  strictEqual(node.prove(NOTHING), "7f2924");
  node.show("tester.crt");
  strictEqual(node.prove(NOTHING), "7f2958");
  strictEqual(node.download, REFUSED);
});
