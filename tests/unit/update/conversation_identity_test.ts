/** What a node tells of itself, as it is told on, and what of that is judged. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { NodeIdentity, NodeJob, UpdateProfile } from "../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { type Answers, type Conversation, converse } from "./_conversation.ts";

const RELEASE = { sequenceNumber: 7, allowDowngrade: false };
const WITH_SEQUENCE: Partial<UpdateProfile> = {
  identity: { ...ISO14229_PROFILE.identity, sequenceDid: 0xF1F0 },
};

/** An update of a node that tells bytes, in hexadecimal, by data identifier. */
function update(
  told: Readonly<Record<string, string>>,
  job: Partial<NodeJob> = {},
  profile: Partial<UpdateProfile> = WITH_SEQUENCE,
): Conversation {
  const answers: Answers = Object.fromEntries(
    Object.entries(told).map(([did, data]) => [`22 ${did}`, () => `62 ${did} ${data}`]),
  );
  return converse({ answers, job, profile });
}

function identityOf({ events }: Conversation): NodeIdentity | undefined {
  const event = events.find(({ type }) => type === "nodeIdentified");
  return event?.type === "nodeIdentified" ? event.identity : undefined;
}

function endOf({ events }: Conversation): string {
  const end = events.at(-1)!;
  return "error" in end ? end.error.message : end.type;
}

const HARDWARE = "48 57 20 41";
const BOTH: NodeIdentity = { hardware: "HW A", version: "2" };

for (
  const [what, told, identity] of [
    ["what is asked", {
      "F1 91": HARDWARE,
      "F1 8C": "53 31",
      "F1 89": "20 32 20",
      "F1 80": "42",
    }, { hardware: "HW A", serial: "S1", version: "2", bootloader: "B" }],
    ["bytes that are no text, where they count", { "F1 91": "48 1F 7E 7F 41" }, {
      hardware: "H\\x1F~\\x7FA",
      version: "2",
    }],
    ["no such bytes, where they do not", { "F1 91": HARDWARE, "F1 89": "1F 20 31 7F 7E" }, {
      hardware: "HW A",
      version: "1~",
    }],
    ["no serial number of padding alone", { "F1 91": HARDWARE, "F1 8C": "FF FF" }, BOTH],
    ["no release where it comes from none", { "F1 91": HARDWARE, "F1 F0": "07" }, BOTH],
  ] as const
) {
  Deno.test(`updateNode() tells of a node's identity ${what}`, () => {
    deepStrictEqual(identityOf(update(told)), identity);
  });
}

for (
  const [bytes, sequence] of [
    ["00 00", 0],
    ["00 00 00 07", 7],
    ["01 00 00 00 00 00", 2 ** 40],
    ["FF FF FF FF FF FF", 2 ** 48 - 1],
    ["01 00 00 00 00 00 00", Number.MAX_SAFE_INTEGER],
  ] as const
) {
  Deno.test(`updateNode() reads ${bytes} as release ${sequence}`, () => {
    const conversation = update({ "F1 F0": bytes }, { release: RELEASE });
    strictEqual(identityOf(conversation)?.sequence, sequence);
    const refusal = `Cannot update node: it has release ${sequence}, the bundle brings release 7`;
    strictEqual(endOf(conversation).startsWith(refusal), sequence > 7);
  });
}

const newer = { expectedVersion: "1.9.0" };
const VERSION = "31 2E 31 30 2E 30";

for (
  const [what, told, job, isRefused] of [
    ["a newer version, given no release", { "F1 89": VERSION }, newer, false],
    ["a newer version of an older release", { "F1 89": VERSION, "F1 F0": "06" }, {
      ...newer,
      release: RELEASE,
    }, true],
    ["a newer version, where that is allowed", { "F1 89": VERSION }, {
      ...newer,
      release: { ...RELEASE, allowDowngrade: true },
    }, false],
    ["no version", { "F1 89": "" }, { ...newer, release: RELEASE }, false],
  ] as readonly (readonly [string, Record<string, string>, Partial<NodeJob>, boolean])[]
) {
  Deno.test(`updateNode() ${isRefused ? "refuses" : "takes"} a node with ${what}`, () => {
    const conversation = update(told, job);
    const isErased = conversation.requests.some((request) => request.startsWith("31 01 FF 00"));
    strictEqual(isErased, !isRefused, endOf(conversation));
    const isAllowed = job.release?.allowDowngrade === true;
    strictEqual(identityOf(conversation)?.downgradeAllowed, isAllowed ? true : undefined);
  });
}

Deno.test("updateNode() confirms neither a release nor a part where nothing is known to be asked", () => {
  const told = { "F1 87": "50 31" };
  const { sequenceDid: _sequenceDid, ...identity } = WITH_SEQUENCE.identity!;
  const conversation = update(told, { release: RELEASE }, { identity });
  strictEqual(endOf(conversation), "nodeDone");
  ok(!conversation.requests.includes("22 F1 87"));
});

Deno.test("updateNode() waits for a second answer behind what a node has told, and behind nothing else", () => {
  const gaps = (identity: UpdateProfile["identity"], told = {}): readonly number[] => {
    const { times } = update(told, {}, { identity });
    return times.slice(0, 3).map((atMs) => Math.round(atMs / 50));
  };
  const { hardwareDid: _hardwareDid, ...rest } = ISO14229_PROFILE.identity;
  const { versionDid: _versionDid, ...bare } = rest;
  // The serial number is refused: nothing to wait for.
  deepStrictEqual(gaps(ISO14229_PROFILE.identity), [0, 1, 1]);
  deepStrictEqual(gaps(ISO14229_PROFILE.identity, { "F1 8C": "53" }), [0, 1, 2]);
  deepStrictEqual(gaps(rest), [0, 0, 1]);
  deepStrictEqual(gaps(bare), [0, 0, 0]);
});

Deno.test("updateNode() compares no serial number that a bootloader does not tell", () => {
  const conversation = converse({
    answers: {
      "22 F1 8C": (i) => i === 0 ? "62 F1 8C 53 31" : "62 F1 8C FF FF",
      "36 02": (i) => i === 0 ? "7F 36 7F" : undefined,
    },
  });
  strictEqual(endOf(conversation), "nodeDone");
  const other = converse({
    answers: {
      "22 F1 8C": (i) => i === 0 ? "62 F1 8C 53 31" : "62 F1 8C 53 32",
      "36 02": (i) => i === 0 ? "7F 36 7F" : undefined,
    },
  });
  ok(endOf(other).includes('serial number is "S2", and was "S1" before'), endOf(other));
});
