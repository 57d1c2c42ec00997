/** What requests of a profile are filled with, parts of a segment, and sessions that are lost. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { buildProfile, changeProfile, updateNode } from "../../../src/update/mod.ts";
import { ISO14229_PROFILE, ISO14229_TEXT } from "../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../support/host_bench.ts";
import { type Conversation, converse } from "./_conversation.ts";

const ERASE = "31 01 FF 00";

const typeOf = ({ events }: Conversation): string => events.at(-1)!.type;

Deno.test("updateNode() fills requests with the release, and where a flash driver is", () => {
  const request = `${ERASE} {block:1} {sequence:4} {driverAddress:4} {driverSize:2} {address:4}`;
  const text = changeProfile(ISO14229_TEXT, { erase: { request }, driver: {} });
  const { profile } = buildProfile("mine", text);
  const driver = { address: 0x2000_0100, data: new Uint8Array(64) };
  const { requests } = converse({
    profile,
    answers: { "31 01 02 02": (i) => i === 0 ? "71 01 02 02 01" : undefined },
    job: { driver, release: { sequenceNumber: 0x0102, allowDowngrade: false } },
  });
  const erase = requests.find((one) => one.startsWith(ERASE));
  strictEqual(erase, `${ERASE} 01 00 00 01 02 20 00 01 00 00 40 08 00 80 00`);
});

Deno.test("updateNode() checks a flash driver where nothing else is checked", () => {
  const text = changeProfile(ISO14229_TEXT, { check: "none", driver: { check: "31 01 02 03" } });
  const { profile } = buildProfile("mine", text);
  const driver = { address: 0x2000_0100, data: new Uint8Array(64) };
  const conversation = converse({
    profile: { ...profile, check: undefined } as never,
    job: { driver },
    answers: { "31 01 02 03": () => "71 01 02 03 00" },
  });
  strictEqual(typeOf(conversation), "nodeDone");
  strictEqual(conversation.requests.filter((one) => one === "31 01 02 03").length, 1);
});

Deno.test("updateNode() may be stopped between two parts of a segment", () => {
  const image = imageFor(G474, 8 * 1024, 1);
  image.ranges[0]!.data.fill(0xFF, 2048, 6144);
  const download = { ...ISO14229_PROFILE.download, skipsErased: true };
  const options = { image, profile: { download } };
  const { requests } = converse(options);
  strictEqual(requests.filter((one) => one.startsWith("34")).length, 2);
  const stopAtRequest = requests.indexOf("37");
  const stopped = converse({ ...options, stopAtRequest });
  strictEqual(typeOf(stopped), "nodeCancelled");
  strictEqual(stopped.requests.filter((one) => one.startsWith("34")).length, 1);
});

Deno.test("updateNode() tells its keeper of a session that is lost, and of no silence", () => {
  const died = (answer: string): number =>
    converse({ answers: { "31 01 FF 01": (i) => i < 1 ? answer : undefined } }).diedCount;
  strictEqual(died("7F 31 7F"), 1);
  strictEqual(died("silence"), 0);
  const without = converse({
    answers: { [ERASE]: (i) => i === 0 ? "7F 31 7F" : undefined },
    talk: (context) => {
      const { session: _session, ...connection } = context.connection;
      return updateNode({ ...context, connection });
    },
  });
  strictEqual(typeOf(without), "nodeDone");
});

Deno.test("updateNode() brings a node in again that refuses its session as it starts, if it did not before", () => {
  const conversation = converse({
    answers: {
      "36 02": (i) => i === 0 ? "7F 36 7F" : undefined,
      "10 02": (i) => i === 1 ? "7F 10 31" : undefined,
    },
  });
  strictEqual(typeOf(conversation), "nodeDone");
  const first = converse({ answers: { "10 02": (i) => i === 0 ? "7F 10 31" : undefined } });
  strictEqual(typeOf(first), "nodeFailed");
  deepStrictEqual(first.requests.filter((one) => one === "10 02"), ["10 02"]);
  ok(!first.requests.some((one) => one.startsWith(ERASE)));
});
