/** Counters of blocks that go on over a session, and drivers that a node may have lost with it. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { UpdateProfile } from "../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import {
  asked,
  type Conversation,
  type ConversationOptions,
  converse,
  SEGMENT_BYTES,
  told,
} from "./_conversation.ts";

const ERASE = "31 01 FF 00";
const { download, erase } = ISO14229_PROFILE;
const GOES_ON: Partial<UpdateProfile> = {
  download: {
    ...download,
    block: { ...download.block, counter: { first: 1, wrapsTo: 0, goesOn: true } },
  },
};
const first = (count: number, answer: string) => (i: number) => i < count ? answer : undefined;

/** Two segments of five blocks each. */
function converseTwo(options: ConversationOptions): Conversation {
  return converse({ imageBytes: 2 * SEGMENT_BYTES, ...options });
}

function countersOf({ requests }: Conversation): readonly number[] {
  return requests.filter((request) => request.startsWith("36"))
    .map((request) => parseInt(request.slice(3), 16));
}

/** How often a node was entered, and how that ended. */
function entriesOf(conversation: Conversation): string {
  const count = conversation.requests.filter((request) => request === "10 02").length;
  return `${count}, ${told(conversation).split(", ").at(-1)}`;
}

Deno.test("updateNode() goes on counting over the downloads of a session, where the profile says so", () => {
  deepStrictEqual(countersOf(converseTwo({})), [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
  const run = converseTwo({ profile: GOES_ON });
  deepStrictEqual(countersOf(run), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  strictEqual(entriesOf(run), "1, done");
});

Deno.test("updateNode() counts a block once that it sends again", () => {
  const run = converseTwo({ profile: GOES_ON, answers: { "36 02": first(1, "silence") } });
  deepStrictEqual(countersOf(run), [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  strictEqual(entriesOf(run), "1, done");
});

Deno.test("updateNode() begins a session anew where a failure leaves the counter unknown, and no other", () => {
  const answers = { "36 07": first(1, "7F 36 72"), "36 02": first(1, "7F 36 72") };
  const run = converseTwo({ profile: GOES_ON, answers: { "36 07": answers["36 07"] } });
  deepStrictEqual(countersOf(run), [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5]);
  strictEqual(entriesOf(run), "2, done");
  const plain = converseTwo({ answers: { "36 02": answers["36 02"] } });
  deepStrictEqual(countersOf(plain), [1, 2, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
  strictEqual(entriesOf(plain), "1, done");
});

Deno.test("updateNode() erases again what a session begun anew takes no data for", () => {
  const vectors = "08 00 80 00";
  let erases = 0;
  let entries = 0;
  const run = converseTwo({
    profile: { ...GOES_ON, erase: { ...erase, first: "vectors" } },
    answers: {
      "36 02": first(1, "7F 36 72"),
      "10 02": () => {
        entries++;
        return undefined;
      },
      [ERASE]: (_, request) => {
        if (request.includes(vectors)) erases++;
        return undefined;
      },
      // The bootloader wants to have erased in the session at hand.
      "34": (_, request) =>
        request.includes(vectors) && entries > 1 && erases < 2 ? "7F 34 22" : undefined,
    },
  });
  strictEqual(told(run).split(", ").at(-1), "done");
  strictEqual(erases, 2);
});

Deno.test("updateNode() sends the driver again behind each step that may have lost it", () => {
  const refused = (count: number) => {
    let left = count;
    return converse({
      imageBytes: 300,
      profile: { driver: {} },
      job: { driver: { address: 0x2000_0000, data: new Uint8Array(100).fill(7) } },
      answers: {
        // Also data of the driver counts as written.
        "31 01 02 02": first(1, "71 01 02 02 01"),
        "34": (_, request) =>
          request.includes("08 00 80 00") && left-- > 0 ? "7F 34 22" : undefined,
      },
    });
  };
  const driver = "download, block, exit";
  const end = "download, block, exit, check, dependencies, reset, version?";
  // Nothing but its end was asked for: it is still there.
  strictEqual(
    asked(refused(1)),
    `${driver}, check, erase, download, exit, ${end}`,
  );
  strictEqual(
    asked(refused(2)),
    `${driver}, check, erase, download, exit, download, programming session, seed, ` +
      `fingerprint, ${driver}, ${end}`,
  );
});

Deno.test("updateNode() waits for a node that a step by which it is closed has sent away", () => {
  let entries = 0;
  const run = converse({
    imageBytes: 300,
    answers: {
      "34": first(3, "7F 34 22"),
      "10 02": () => {
        entries++;
        return entries > 2 && entries < 6 ? "silence" : undefined;
      },
    },
  });
  strictEqual(
    asked(run),
    "check, erase, download, exit, download, programming session, seed, fingerprint, download, " +
      "default session, extended session, DTCs off, others silent, 3 programming session, " +
      "extended session, DTCs off, others silent, programming session, seed, fingerprint, " +
      "download, block, exit, check, dependencies, reset, version?",
  );
  strictEqual(told(run).includes("retry node"), false, told(run));
});
