/** How a node is started with its new image, and asked until it is done. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { throwError } from "rxjs";
import { IsoTpError } from "../../../src/uds/mod.ts";
import { buildProfile, changeProfile, updateNode } from "../../../src/update/mod.ts";
import { ISO14229_PROFILE, ISO14229_TEXT } from "../../../src/update/profiles/iso14229.ts";
import { type Conversation, converse } from "./_conversation.ts";

const RESET = "11 01";
const VERSION = "22 F1 89";
const ERASE = "31 01 FF 00";

const countOf = ({ requests }: Conversation, begin: string): number =>
  requests.filter((request) => request.startsWith(begin)).length;

function endOf({ events }: Conversation): string {
  const end = events.at(-1)!;
  return "error" in end ? end.error.message : end.type;
}

const unheard = (i: number): string | undefined => i < 3 ? "silence" : undefined;

Deno.test("updateNode() resets a node once more that heard no reset, where a bootloader answers", () => {
  const refusal = (i: number) => i > 0 ? "7F 22 31" : undefined;
  const again = converse({ answers: { [RESET]: unheard, [VERSION]: refusal } });
  const plain = converse({ answers: { [VERSION]: refusal } });
  ok(countOf(again, RESET) > countOf(plain, RESET), `${countOf(again, RESET)} resets`);
  strictEqual(countOf(plain, RESET), 1);
  ok(endOf(again).endsWith("the node tells no version, as a bootloader does"));

  // One that tells its session has heard it.
  const inDefault = { "22 F1 86": () => "62 F1 86 01" };
  const heard = converse({ answers: { [RESET]: unheard, [VERSION]: refusal, ...inDefault } });
  ok(countOf(heard, RESET) < countOf(again, RESET), `${countOf(heard, RESET)} resets`);

  // What the other reset comes to is not what the node failed by.
  const lastReset = countOf(again, RESET) - 1;
  const last = (i: number) => i < lastReset ? unheard(i) : "7F 11 31";
  const refused = converse({ answers: { [RESET]: last, [VERSION]: refusal } });
  strictEqual(countOf(refused, RESET), countOf(again, RESET));
  ok(endOf(refused).endsWith("the node tells no version, as a bootloader does"), endOf(refused));

  // One that is at work, or tells another version, has heard it.
  for (const answer of ["7F 22 22", "62 F1 89 34", "silence"]) {
    const other = converse({
      job: { expectedVersion: "3" },
      answers: { [RESET]: unheard, [VERSION]: (i) => i > 0 ? answer : undefined },
    });
    strictEqual(other.events.at(-1)?.type, "nodeFailed");
    const [first, second] = [other, again].map((one) => countOf(one, RESET));
    ok(first! < second!, `${answer}: ${first} resets`);
  }
});

Deno.test("updateNode() asks no faster where its questions cannot even be sent", () => {
  let wasReset = false;
  let askedCount = 0;
  const conversation = converse({
    answers: {
      [RESET]: () => {
        wasReset = true;
        return undefined;
      },
    },
    talk: (context) => {
      const { client } = context.connection;
      const exchange: typeof client.exchange = (request, options) => {
        if (!wasReset || request[0] !== 0x22) return client.exchange(request, options);
        if (++askedCount > 1000) throw new Error("endless");
        return throwError(() => new IsoTpError("N_TIMEOUT_A", "Cannot send"));
      };
      const connection = { ...context.connection, client: { ...client, exchange } };
      return updateNode({ ...context, connection });
    },
  });
  ok(endOf(conversation).startsWith("Cannot confirm new application"), endOf(conversation));
  ok(askedCount > 20 && askedCount <= 200, `${askedCount} questions within some 15 s`);
});

Deno.test("updateNode() reads no status of a request that asks for no answer", () => {
  const text = changeProfile(ISO14229_TEXT, {
    finish: [{ request: "31 81 FF 01", good: [4] }, "11 01"],
  });
  const { profile } = buildProfile("mine", text);
  const conversation = converse({ profile, answers: { "31 81 FF 01": () => "silence" } });
  strictEqual(endOf(conversation), "nodeDone");
});

Deno.test("updateNode() takes what is done by its last question for done, however long that took", () => {
  const poll = { intervalMs: 100, notReadyNrcs: [], always: false };
  const erase = {
    ...ISO14229_PROFILE.erase,
    answer: { good: [0], busy: [1], bad: [], key: "erase", poll },
  };
  const timing = { ...ISO14229_PROFILE.timing, requestMsMax: 1000, segmentAttemptsMax: 1 };
  const ways = Array.from({ length: 20 }, (_, busyCount) => {
    const answers = { [ERASE]: (i: number) => i <= busyCount ? "71 01 FF 00 01" : undefined };
    const conversation = converse({ profile: { erase, timing }, answers });
    const { requests, times } = conversation;
    const erases = times.filter((_, i) => requests[i]!.startsWith(ERASE));
    return { end: endOf(conversation), lastMs: erases.at(-1)! - erases[0]!, count: erases.length };
  });
  const done = ways.filter(({ end }) => end === "nodeDone");
  ok(done.length > 3 && done.length < 20, `${done.length}`);
  ok(done.at(-1)!.lastMs > 1000, `the last one that is done is asked at ${done.at(-1)!.lastMs} ms`);
  deepStrictEqual(done.map(({ count }) => count), done.map((_, i) => i + 2));
  ok(ways.slice(done.length).every(({ end }) => end.includes("still busy")));
});

Deno.test("updateNode() closes what may be open once, and not again before it is open again", () => {
  const options = { timing: { ...ISO14229_PROFILE.timing, segmentAttemptsMax: 4 } };
  const { requests, events } = converse({
    profile: options,
    answers: {
      "36 01": (i) => i === 0 ? "7F 36 72" : undefined,
      [ERASE]: (i) => i === 1 ? "7F 31 72" : undefined,
    },
  });
  strictEqual(events.at(-1)?.type, "nodeDone");
  const known = ["34", "36 01", "37", ERASE];
  const names = requests.flatMap((request) => known.filter((begin) => request.startsWith(begin)));
  deepStrictEqual(names, [ERASE, "34", "36 01", "37", ERASE, ERASE, "34", "36 01", "37"]);
});
