/** What a node tells goes into later requests: where it may stand, and what is made of it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  buildProfile,
  changeProfile,
  type ProfileChange,
  updateNode,
} from "../../../src/update/mod.ts";
import { ISO14229_TEXT } from "../../../src/update/profiles/iso14229.ts";
import { createXorKeySource, type SeedChallenge } from "../../../src/uds/mod.ts";
import { type Answers, type Conversation, converse } from "./_conversation.ts";

const PLACE = "44 {address:4} {size:4}";
const NONCE = { request: "22 DD 07", answer: "62 DD 07 {nonce:2} {rest}", keep: ["nonce", "rest"] };
const CHANGE: ProfileChange = {
  enter: ["10 02", NONCE, { securityAccess: 1, record: "{rest}" }, "2E F1 5A {nonce:2}"],
  driver: { check: "31 01 02 03 {nonce:2}" },
  erase: { request: `31 01 FF 00 ${PLACE} {nonce:2}` },
  download: { request: `34 00 ${PLACE} {nonce:2le}`, exit: "37 {nonce:2}" },
  check: { request: `31 01 02 02 ${PLACE} {checksum:4} {nonce}` },
  finish: ["31 01 FF 01 {nonce:2}", "11 01"],
};

function conversation(answers: Answers): Conversation {
  const { profile, problems } = buildProfile("mine", changeProfile(ISO14229_TEXT, CHANGE));
  deepStrictEqual(problems, []);
  const driver = { address: 0x2000_0100, data: new Uint8Array(64) };
  return converse({
    profile,
    job: { driver },
    answers: {
      "31 01 02 03": () => "71 01 02 03 00",
      // Another image lies there at first.
      "31 01 02 02": (count) => count === 0 ? "71 01 02 02 01" : undefined,
      ...answers,
    },
  });
}

/** A new one each time. */
const told = (count: number): string => `62 DD 07 A${count} B${count} 0C 0D 0E`;

Deno.test("updateNode() fills what a node told into all requests behind it", () => {
  const { requests, events } = conversation({ "22 DD 07": told });
  strictEqual(events.at(-1)!.type, "nodeDone");
  ok(requests.includes("27 01 0C 0D 0E"));
  const behind = requests.slice(requests.indexOf("22 DD 07") + 1);
  const ends = ["2E F1 5A", "31 01 02 03", "31 01 FF 00", "37", "31 01 02 02", "31 01 FF 01"];
  for (const begin of ends) {
    const sent = behind.filter((request) => request.startsWith(begin));
    ok(sent.length > 0 && sent.every((request) => request.endsWith(" A0 B0")), sent.join("\n"));
  }
  ok(behind.filter((request) => request.startsWith("34")).every((one) => one.endsWith(" B0 A0")));
});

Deno.test("updateNode() asks again what a node tells where it is brought in anew", () => {
  const { requests, events } = conversation({
    "22 DD 07": told,
    "31 01 FF 00": (count) => count === 0 ? "7F 31 7F" : undefined,
  });
  strictEqual(events.at(-1)!.type, "nodeDone");
  const erases = requests.filter((request) => request.startsWith("31 01 FF 00"));
  deepStrictEqual(erases.map((request) => request.slice(-5)), ["A0 B0", "A1 B1"]);
});

Deno.test("updateNode() hands what is kept to whoever makes keys", () => {
  const seen: SeedChallenge[] = [];
  const { profile } = buildProfile("mine", changeProfile(ISO14229_TEXT, { enter: CHANGE.enter! }));
  converse({
    profile,
    answers: { "22 DD 07": told, "27 01": () => "67 01 11 22", "27 02": () => "67 02" },
    talk: (context) => {
      const plain = createXorKeySource(Uint8Array.of(1, 2));
      const keySource = {
        computeKey: (challenge: SeedChallenge) => {
          seen.push({ ...challenge, kept: { ...challenge.kept } });
          return plain.computeKey(challenge);
        },
      };
      return updateNode({ ...context, connection: { ...context.connection, keySource } });
    },
  });
  deepStrictEqual(seen[0]!.kept, {
    nonce: Uint8Array.of(0xA0, 0xB0),
    rest: Uint8Array.of(0x0C, 0x0D, 0x0E),
  });
});
