/** A node that wants a key: without one, too early, and where its seed says that it wants none. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AUTHENTICATION_RETURN, encodeAuthenticationResponse } from "../../../src/uds/mod.ts";
import { updateNode } from "../../../src/update/mod.ts";
import { bytesToHex } from "../../../src/core/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { type Answers, type Conversation, converse } from "./_conversation.ts";

const ERASE = "31 01 FF 00";
const TWICE = { timing: { ...ISO14229_PROFILE.timing, nodeAttemptsMax: 2 } };
const OF_ZERO =
  "its seed of level 0x01 was all zero, which says that it is unlocked and no key is wanted";

const seedsOf = ({ requests }: Conversation): readonly string[] =>
  requests.filter((request) => request.startsWith("27"));

function messageOf({ events }: Conversation): string {
  const end = events.at(-1)!;
  return "error" in end ? end.error.message : end.type;
}

Deno.test("updateNode() asks for no seed that it has no key for", () => {
  const conversation = converse({
    answers: { "27 01": () => "67 01 11 22" },
    talk: (context) => {
      const { keySource: _keySource, ...connection } = context.connection;
      return updateNode({ ...context, connection });
    },
  });
  strictEqual(
    messageOf(conversation),
    "Cannot unlock security level 1: the node has no key source",
  );
  deepStrictEqual(seedsOf(conversation), []);
});

Deno.test("updateNode() asks for a seed again once a node's delay is over, and says so", () => {
  const conversation = converse({ answers: { "27 01": (i) => i < 2 ? "7F 27 37" : undefined } });
  strictEqual(messageOf(conversation), "nodeDone");
  deepStrictEqual(seedsOf(conversation), ["27 01", "27 01", "27 01"]);
  const retries = conversation.events.flatMap((event) =>
    event.type === "retry" ? [`${event.scope} ${event.attempt} after ${event.delayMs}`] : []
  );
  deepStrictEqual(retries, ["request 2 after 10000", "request 3 after 10000"]);
});

for (
  const [what, answers, isOfZero] of [
    ["a seed of zeros", {}, true],
    ["a seed and a key", { "27 01": () => "67 01 11 22", "27 02": () => "67 02" }, false],
    ["a seed of zeros, and then a key", {
      "27 01": (i: number) => i === 0 ? undefined : "67 01 11 22",
      "27 02": () => "67 02",
    }, false],
    ["a key, and then a seed of zeros", {
      "27 01": (i: number) => i === 0 ? "67 01 11 22" : undefined,
      "27 02": () => "67 02",
    }, true],
  ] as readonly (readonly [string, Answers, boolean])[]
) {
  Deno.test(`updateNode() that is refused as locked behind ${what} ${isOfZero ? "names" : "blames no"} zeros`, () => {
    const conversation = converse({
      profile: TWICE,
      answers: { ...answers, [ERASE]: () => "7F 31 33" },
    });
    const message = messageOf(conversation);
    ok(message.includes("securityAccessDenied"), message);
    strictEqual(message.includes(OF_ZERO), isOfZero, message);
  });
}

Deno.test("updateNode() blames a seed of zeros for no other refusal", () => {
  const message = messageOf(converse({ profile: TWICE, answers: { [ERASE]: () => "7F 31 31" } }));
  ok(!message.includes("seed"), message);
});

const NOTHING = new Uint8Array(0);
const AUTHENTICATION: Answers = {
  "29 01": () =>
    bytesToHex(encodeAuthenticationResponse({
      task: "verifyCertificateUnidirectional",
      authenticationReturnParameter:
        AUTHENTICATION_RETURN.certificateVerifiedOwnershipVerificationNecessary,
      challengeServer: new Uint8Array(16),
      ephemeralPublicKeyServer: NOTHING,
    })),
  "29 03": () =>
    bytesToHex(encodeAuthenticationResponse({
      task: "proofOfOwnership",
      authenticationReturnParameter: AUTHENTICATION_RETURN.ownershipVerifiedAuthenticationComplete,
      sessionKeyInfo: NOTHING,
    })),
};

Deno.test("updateNode() authenticates where the profile says so, with a certificate alone", () => {
  const authenticated = (credentials: object): Conversation =>
    converse({
      profile: { enter: [...ISO14229_PROFILE.enter.slice(0, 1), { kind: "authentication" }] },
      answers: AUTHENTICATION,
      talk: (context) =>
        updateNode({ ...context, connection: { ...context.connection, ...credentials } }),
    });
  const asked = ({ requests }: Conversation): readonly string[] =>
    requests.filter((request) => request.startsWith("29")).map((request) => request.slice(0, 5));
  const good = authenticated({
    credentials: { certificate: Uint8Array.of(9), prove: () => Uint8Array.of(7) },
  });
  strictEqual(messageOf(good), "nodeDone");
  deepStrictEqual(asked(good), ["29 01", "29 03"]);
  const none = authenticated({});
  strictEqual(messageOf(none), "Cannot authenticate: the node has no certificate");
  deepStrictEqual(asked(none), []);
});
