/** What an update holds on to where something fails behind a failure, or a part of the job is not there. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { catchError, EMPTY, throwError } from "rxjs";
import { findDevice, planFlash } from "../../../src/stm32/mod.ts";
import { type NodeContext, updateNode } from "../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../support/host_bench.ts";
import {
  type Answers,
  type Conversation,
  type ConversationOptions,
  converse,
  SEGMENT_BYTES,
  told,
} from "./_conversation.ts";

const CHECK = "31 01 02 02";
const ERASE = "31 01 FF 00";
const SERIAL = "22 F1 8C";
const HARDWARE = "22 F1 91";
const VERSION = "22 F1 89";
const LOST = "7F 36 7F";
const ONCE = { ...ISO14229_PROFILE.timing, segmentAttemptsMax: 1, nodeAttemptsMax: 1 };
const first = (count: number, answer: string) => (i: number) => i < count ? answer : undefined;
const later = (...answers: readonly string[]) => (i: number) =>
  answers[Math.min(i, answers.length - 1)]!;
/** Asks for patience for 42 s. */
const ENDLESS = Array.from({ length: 13 }, (_, i) => `7F 22 78 after ${1 + 3500 * i}`).join(", ");

function endOf(conversation: Conversation): string {
  const end = conversation.events.at(-1)!;
  return "error" in end ? end.error.code : end.type;
}

Deno.test("updateNode() compares nothing that a bootloader is silent to", () => {
  const answers = { "36 02": first(1, LOST), [SERIAL]: later("62 F1 8C 53 31", "silence") };
  const run = converse({ answers });
  strictEqual(endOf(run), "nodeDone");
  strictEqual(told(run).split("retry node").length, 2, "once, by the block");
});

Deno.test("updateNode() does not go on with a bootloader that asks for patience in place of its name", () => {
  const answers = { "36 02": first(1, LOST), [SERIAL]: later("62 F1 8C 53 31", ENDLESS) };
  strictEqual(endOf(converse({ answers })), "UDS_TIMEOUT");
});

Deno.test("updateNode() compares the hardware where a bootloader tells no serial number", () => {
  const lost = { "36 02": first(1, LOST) };
  const other = later("62 F1 91 41", "62 F1 91 42");
  strictEqual(endOf(converse({ answers: { ...lost, [HARDWARE]: other } })), "NODE_CHANGED");
  const serial = () => "62 F1 8C 53 31";
  strictEqual(
    endOf(converse({ answers: { ...lost, [HARDWARE]: other, [SERIAL]: serial } })),
    "nodeDone",
    "the serial number decides",
  );
});

Deno.test("updateNode() asks who is there where anything was asked again before it was entered", () => {
  const serial = later("62 F1 8C 53 31", "62 F1 8C 53 32");
  strictEqual(endOf(converse({ answers: { [SERIAL]: serial } })), "nodeDone", "it is not asked");
  const answers = { [SERIAL]: serial, "10 02": first(1, "silence") };
  const run = converse({ answers });
  strictEqual(endOf(run), "NODE_CHANGED");
  ok(!run.requests.some((request) => request.startsWith(ERASE)));
});

Deno.test("updateNode() asks for no history of a serial number that is not told any more", () => {
  const heard: string[] = [];
  const historyOfSerial = (serial: string) => {
    heard.push(serial);
    return undefined;
  };
  const answers = {
    [SERIAL]: later("62 F1 8C 53 31", "7F 22 31"),
    "10 02": first(1, "7F 10 22"),
  };
  const run = converse({ answers, job: { historyOfSerial } });
  strictEqual(endOf(run), "nodeDone");
  deepStrictEqual(heard, ["S1"]);
  strictEqual(run.requests.filter((request) => request === SERIAL).length, 2);
});

Deno.test("updateNode() takes a version that is not told for none that is newer", () => {
  const release = { sequenceNumber: 7, allowDowngrade: false };
  const run = converse({
    answers: { [VERSION]: first(1, "7F 22 31") },
    job: { release, expectedVersion: "2" },
  });
  strictEqual(endOf(run), "nodeDone");
});

for (const nrc of ["10", "25", "26", "71", "72"]) {
  Deno.test(`updateNode() does not know whether an erase has begun that ended with 0x${nrc}`, () => {
    const answers = { [ERASE]: () => `7F 31 ${nrc}` };
    const run = converse({ profile: { timing: ONCE }, answers });
    const end = run.events.at(-1)!;
    strictEqual(end.type === "nodeFailed" && end.state, "eraseUnconfirmed");
  });
}

Deno.test("updateNode() tells its keeper of a session that a node lost, and of no other failure", () => {
  strictEqual(converse({ answers: { [ERASE]: first(1, "7F 31 7F") } }).diedCount > 0, true);
  strictEqual(converse({ answers: { [HARDWARE]: first(9, "silence") } }).diedCount, 0);
});

Deno.test("updateNode() reports the start that failed, not the reset behind it", () => {
  const run = converse({
    answers: { "11 01": later("silence", "7F 11 31"), [VERSION]: later("62 F1 89 31", "7F 22 31") },
  });
  strictEqual(endOf(run), "ACTIVATION");
  strictEqual(run.requests.filter((request) => request === "11 01").length, 2);
});

const rollbackPlan = planFlash({
  image: imageFor(G474, SEGMENT_BYTES, 2),
  geometry: findDevice(G474.device),
  layout: G474.layout,
});

for (const [tellsVersion, state] of [[undefined, "rolledBack"], [true, "bootloader"]] as const) {
  Deno.test(`updateNode() takes a node that tells no version, back at its old image, for ${state}`, () => {
    const run = converse({
      job: { rollbackPlan, ...(tellsVersion === undefined ? {} : { tellsVersion }) },
      profile: { timing: ONCE },
      answers: {
        [CHECK]: (i) => `71 01 02 02 0${i < 2 ? 1 : 0}`,
        [VERSION]: () => "7F 22 31",
      },
    });
    const end = run.events.at(-1)!;
    strictEqual(end.type === "nodeFailed" && end.state, state);
  });
}

Deno.test("updateNode() gives no other image to a node that asks for patience without end", () => {
  const failing = (version: (i: number) => string): Conversation =>
    converse({
      job: { rollbackPlan },
      profile: { timing: ONCE },
      answers: {
        [CHECK]: (i) => `71 01 02 02 0${i === 1 || i > 2 ? 0 : 1}`,
        [VERSION]: version,
      },
    });
  const erases = ({ requests }: Conversation): number =>
    requests.filter((request) => request.startsWith(ERASE)).length;
  const bootloader = later("62 F1 89 31", "7F 22 31");
  const back = failing(bootloader);
  strictEqual(erases(back), 2);

  // The question whether its bootloader is heard comes 100 ms behind the last one of its start.
  const asks = back.times.filter((_, i) => back.requests[i] === VERSION);
  const heard = asks.findIndex((atMs, i) => i > 1 && atMs - asks[i - 1]! > 100);
  const run = failing((i) => i < heard ? bootloader(i) : ENDLESS);
  strictEqual(endOf(run), "ACTIVATION");
  strictEqual(erases(run), 1);
  ok(told(back).includes("rollingBack") && !told(run).includes("rollingBack"), told(run));
});

/** An update over a connection that differs. */
function converseOver(
  change: (connection: NodeContext["connection"]) => NodeContext["connection"],
  options: ConversationOptions = {},
): Conversation & { readonly error: unknown } {
  let error: unknown;
  const conversation = converse({
    ...options,
    talk: (context) =>
      updateNode({ ...context, connection: change(context.connection) }).pipe(
        catchError((thrown: unknown) => {
          error = thrown;
          return EMPTY;
        }),
      ),
  });
  return { ...conversation, error };
}

Deno.test("updateNode() needs no keeper of its session", () => {
  const run = converseOver(({ session: _session, ...connection }) => connection);
  strictEqual(endOf(run), "nodeDone");
});

Deno.test("updateNode() tells a mistake of ours as it is, also while it looks for a second node", () => {
  const answers: Answers = {
    [CHECK]: (i) => i === 0 ? "62 F1 8F 39 after 1, 71 01 02 02 01 after 2" : undefined,
  };
  for (const asked of [1, 2]) {
    let count = 0;
    const { error } = converseOver((connection) => {
      const { client } = connection;
      const exchange: typeof client.exchange = (request, options) => {
        const isMistaken = request[2] === 0x91 && ++count === asked;
        return isMistaken
          ? throwError(() => new TypeError("ours"))
          : client.exchange(request, options);
      };
      return { ...connection, client: { ...client, exchange } };
    }, { answers });
    strictEqual(error instanceof Error && error.message, "ours");
  }
});
