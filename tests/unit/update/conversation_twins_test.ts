/** Answers that nobody asked for: which of them show a second node, and how that is found out. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { updateNode } from "../../../src/update/mod.ts";
import { type Answers, asked, type Conversation, converse } from "./_conversation.ts";

const CHECK = "31 01 02 02";

/** Before the check's own answer comes something else. */
const stray = (data: string): Answers => ({
  [CHECK]: (i) => i === 0 ? `${data} after 1, 71 01 02 02 01 after 2` : undefined,
});

/** How it ended, and what it said of it. */
function endOf({ events }: Conversation): string {
  const end = events.at(-1)!;
  if (!("error" in end)) return end.type;
  return `${end.type}: ${end.error.message.replace(/.*on its identifiers; /, "")}`;
}

for (
  const [what, data] of [
    ["tester present", "7E 00"],
    ["a session", "50 03 00 32 01 F4"],
    ["the DTC setting", "C5 02"],
    ["communication control", "68 03"],
  ] as const
) {
  Deno.test(`updateNode() takes a late answer to what all were told, ${what}, for no second node`, () => {
    strictEqual(endOf(converse({ answers: stray(data) })), "nodeDone");
  });
}

Deno.test("updateNode() knows of what else all nodes of its bus were told", () => {
  const answers = stray("59 02 FF");
  const services = (...ids: readonly number[]): string =>
    endOf(converse({
      answers,
      talk: (context) => {
        const connection = { ...context.connection, functionalServices: new Set(ids) };
        return updateNode({ ...context, connection });
      },
    }));
  strictEqual(services(0x19), "nodeDone");
  strictEqual(services(0x14).replace(/:.*/, ""), "nodeRefused");
});

const SECOND = stray("62 F1 89 39");
const NEVER_ASKED = stray("62 F1 8F 39");
const later = (answer: string) => (i: number) => i === 0 ? undefined : answer;

Deno.test("updateNode() that sees a second node asks slowly for all that may differ, and for no more", () => {
  const conversation = converse({
    answers: {
      ...NEVER_ASKED,
      // What is refused twice, or said twice, shows nothing.
      "22 F1 89": later("7F 22 31 after 1, 7F 22 11 after 3"),
      "22 F1 91": later("62 F1 91 41 after 1, 62 F1 91 41 after 3"),
    },
  });
  const { requests, times } = conversation;
  const at = requests.findIndex((request) => request.startsWith(CHECK));
  const asks = ["22 F1 91", "22 F1 8C", "22 F1 89", "22 F1 80", "10 01"];
  deepStrictEqual(requests.slice(at + 1), asks, "a check is not asked for again");
  strictEqual(
    endOf(conversation),
    'nodeRefused: "62 F1 8F 39" came, which nobody here asked for (last asked: RoutineControl ' +
      '"31 01 02 02 44 08 00 80 ..")',
  );
  const gaps = times.slice(at + 1).map((atMs, i) => atMs - times[at + i]!);
  ok(gaps.every((ms) => ms >= 50), `a second node may be slow: ${gaps}`);
});

Deno.test("updateNode() that sees a second node shows two answers to one question, where it hears them", () => {
  const conversation = converse({
    answers: { ...SECOND, "22 F1 8C": later("62 F1 8C 31 after 1, 62 F1 8C 32 after 3") },
  });
  strictEqual(
    endOf(conversation),
    'nodeRefused: ReadDataByIdentifier "22 F1 8C" was answered twice: "62 F1 8C 31" and "62 F1 8C 32"',
  );
  // What showed it is asked first.
  strictEqual(asked(conversation), "check, version?, hardware?, serial?, default session");
});

Deno.test("updateNode() asks a second node for no more than its profile names", () => {
  const { requests } = converse({
    answers: stray("62 F1 91 39"),
    profile: { identity: { versionDid: 0xF189 } },
  });
  deepStrictEqual(requests.slice(-2), ["22 F1 89", "10 01"]);
});
