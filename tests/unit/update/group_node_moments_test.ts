/** A node in a group at each moment: where it stands, how far it is, and where it may be stopped. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { concat, defer, EMPTY, ignoreElements, NEVER, timer } from "rxjs";
import { Turns } from "../../../src/core/mod.ts";
import type { GroupMap } from "../../../src/group/mod.ts";
import type { FlashPlan } from "../../../src/stm32/mod.ts";
import type { GroupPlace, GroupTransfer } from "../../../src/update/mod.ts";
import { done } from "../../../src/update/node/step.ts";
import { ISO14229_PROFILE } from "../../../src/update/profiles/iso14229.ts";
import { type Answers, SEGMENT_BYTES } from "./_conversation.ts";
import {
  CHECK,
  ERASE,
  type GroupConversation,
  type GroupOptions,
  inGroup,
  MAP,
  mapOf,
  NAME,
  OPEN,
  OPENED,
  steps,
  story,
  twoRuns,
} from "./_group_conversation.ts";

const IMAGE_BYTES = 3 * SEGMENT_BYTES;
/** Half of the first blocks are lost: the group is cut, and goes on in smaller ones. */
const CUT: GroupOptions = {
  imageBytes: IMAGE_BYTES,
  answers: { [MAP]: (i) => i === 0 ? mapOf(IMAGE_BYTES, { 0: [0, 1, 2] }) : undefined },
};

const WHOLE: GroupMap = {
  isBusy: false,
  hasFailed: false,
  hasMore: false,
  mendedShare: 0,
  programMs: 1,
  generations: [],
};

/** What is told of written bytes: `segment:bytes`. */
function progress({ events }: GroupConversation): string {
  return events.flatMap((event) =>
    event.type === "segmentProgress" ? [`${event.segment}:${event.writtenBytes}`] : []
  ).join(" ");
}

Deno.test("updateNode() in a group tells what of each segment the node has, by its map", () => {
  let count = 0;
  const generationBlocks = 16;
  // Blocks 3, 16 and 31 are of the first segment, 32 to 34 of the second, 95 of the third.
  const missing = { 0: [3], 1: [0, 15], 2: [0, 1, 2], 5: [15] };
  const conversation = inGroup({
    imageBytes: IMAGE_BYTES,
    generationBlocks,
    answers: {
      [MAP]: (_, request) =>
        request.endsWith("00 00 00") && count++ === 0
          ? mapOf(IMAGE_BYTES, missing, { generationBlocks })
          : undefined,
    },
  });
  strictEqual(
    progress(conversation),
    `0:${16384 - 3 * 512} 1:${16384 - 3 * 512} 2:${16384 - 512} 0:16384 1:16384 2:16384`,
  );
  strictEqual(steps(conversation), "check, erase, open, sample, 2 map, close, check");
  strictEqual(conversation.messageCount, 96 + 7);
});

Deno.test("updateNode() in a group that is cut tells nothing of what is behind the cut as written", () => {
  const conversation = inGroup(CUT);
  strictEqual(progress(conversation), "0:9216 1:0 2:0 0:16384 1:16384 2:16384");
  ok(steps(conversation).startsWith("check, erase, open, sample, open, map, open, sample, "));
  ok(steps(conversation).endsWith(", map, close, check"), "it is closed once");
  const opened = conversation.requests.filter((request) => request.startsWith(OPEN))
    .map((request) => request.slice(39, 62));
  // Address and size: the first group, what is left of it, and the rest, where it begins.
  deepStrictEqual(opened, [
    "08 00 80 00 00 00 C0 00",
    "08 00 80 00 00 00 24 00",
    "08 00 A4 00 00 00 9C 00",
  ]);
});

const NO = "7F 31 10";

for (
  const [what, answers, word] of [
    [
      "in what is left of it",
      { [MAP]: (i: number) => i === 1 ? NO : CUT.answers![MAP]!(i, "") },
      "map",
    ],
    ["as it is to open it anew", {
      ...CUT.answers,
      [OPEN]: (i: number) => i === 1 ? NO : undefined,
    }, "open"],
    ["as it is to open the rest", {
      ...CUT.answers,
      [OPEN]: (i: number) => i === 2 ? NO : undefined,
    }, "open"],
  ] as const
) {
  Deno.test(`updateNode() in a group that is cut: a node that fails ${what} is waited for nowhere`, () => {
    const { transfers: [transfer], ...conversation } = inGroup({ ...CUT, answers });
    ok(steps({ ...conversation }).includes(`${word}, erase, download`), steps(conversation));
    ok(transfer!.rest !== undefined);
    strictEqual(transfer!.placeOf(NAME), undefined);
    strictEqual(transfer!.rest.placeOf(NAME), undefined);
    strictEqual(conversation.events.at(-1)?.type, "nodeDone");
  });
}

/** Where a stop is asked for, and what is told from `updating` on. */
const STOPS: readonly (readonly [string, number, string])[] = [
  ["its first check", 7, "0 checking 1, 0 erasing 1, cancelled oldImage"],
  ["its erase", 8, "0 checking 1, 0 erasing 1, 0 writing 1, cancelled bootloader"],
  ["its opening", 9, "0 checking 1, 0 erasing 1, 0 writing 1, cancelled bootloader"],
  ["the first question", 10, "0 checking 1, 0 erasing 1, 0 writing 1, cancelled bootloader"],
  ["the question for its map", 11, "0 checking 1, 0 erasing 1, 0 writing 1, cancelled bootloader"],
  ["its closing", 12, "0 checking 1, 0 erasing 1, 0 writing 1, 0 verifying 1, 0 verified 1"],
];

for (const [what, stopAtRequest, tells] of STOPS) {
  Deno.test(`updateNode() in a group that is stopped at ${what} leaves it, and tells no other reason`, () => {
    const { transfers, ...conversation } = inGroup({ stopAtRequest });
    strictEqual(story(conversation), tells);
    strictEqual(transfers[0]!.placeOf(NAME), undefined);
  });
}

Deno.test("updateNode() in a group that is stopped as it asks for versions tells no reason either", () => {
  const answers = { [OPEN]: () => "7F 31 31", "22 47 52": () => "7F 22 31" };
  const { requests } = inGroup({ answers });
  const stopAtRequest = requests.indexOf("22 47 52");
  const conversation = inGroup({ answers, stopAtRequest });
  strictEqual(story(conversation), "0 checking 1, 0 erasing 1, cancelled bootloader");
});

/** The place's state as each request comes, by the request's begin. */
function states(options: GroupOptions): ReadonlyMap<string, string> {
  const seen = new Map<string, string>();
  let transfer: GroupTransfer | undefined;
  const note = (begin: string) => () => {
    seen.set(begin, transfer?.placeOf(NAME)?.state.kind ?? "none");
    return undefined;
  };
  inGroup({
    ...options,
    answers: Object.fromEntries([CHECK, ERASE, OPEN, MAP].map((one) => [one, note(one)])),
    context: (context) => {
      transfer = context.group!.transfers[0];
      return options.context?.(context) ?? {};
    },
  });
  return seen;
}

Deno.test("updateNode() says to its group where the node stands", () => {
  deepStrictEqual([...states({})], [
    // The last check comes when it has left.
    [CHECK, "none"],
    [ERASE, "erasing"],
    [OPEN, "erased"],
    [MAP, "in"],
  ]);
});

Deno.test("updateNode() in a group is certain to come while it waits for its turn to erase", () => {
  const eraseTurns = new Turns();
  eraseTurns.take(NEVER).subscribe();
  const { transfers, ...conversation } = inGroup({ context: () => ({ eraseTurns }) });
  strictEqual(transfers[0]!.placeOf(NAME)?.state.kind, "queued");
  strictEqual(story(conversation), "0 checking 1");
});

Deno.test("updateNode() in a group erases the run with the vector table first where a profile says so", () => {
  /** The table in the second run: an image may begin with a header. */
  const tableBehind = (plan: FlashPlan): FlashPlan => ({
    ...plan,
    segments: plan.segments.map((segment, i) => ({ ...segment, holdsVectorTable: i === 1 })),
  });
  const erased = (first?: "vectors", answers: Answers = {}) => {
    const { requests } = inGroup({
      answers,
      image: twoRuns(),
      profile: first === undefined ? {} : { erase: { ...ISO14229_PROFILE.erase, first } },
      change: ({ job }) => ({ job: { ...job, plan: tableBehind(job.plan) } }),
    });
    return requests.filter((request) => request.startsWith(ERASE)).map((request) =>
      request.slice(15, 26)
    );
  };
  deepStrictEqual(erased(), ["08 00 80 00", "08 01 00 00"]);
  deepStrictEqual(erased("vectors"), ["08 01 00 00", "08 00 80 00"]);
  // What may be erased is not erased again, whatever became of the last answer.
  deepStrictEqual(erased("vectors", { [ERASE]: (i) => i === 0 ? "7F 31 78" : undefined }), [
    "08 01 00 00",
    "08 00 80 00",
  ]);
});

Deno.test("updateNode() in a group that comes back with its bus is erased where only some is blank", () => {
  const away = { isAway: false, absences: 0, awayMs: 0 };
  const conversation = inGroup({
    imageBytes: 2 * SEGMENT_BYTES,
    profile: { erase: { ...ISO14229_PROFILE.erase, first: "vectors" } },
    answers: {
      [MAP]: (i) => i === 0 ? NO : undefined,
      // By itself, the first segment is erased ahead, and the second one half written.
      "36 01": () => {
        if (away.absences > 0 && !away.isAway) return undefined;
        Object.assign(away, { isAway: true, absences: 1, awayMs: 5000 });
        return "silence";
      },
    },
    context: ({ clock }) => ({
      bus: Object.assign(away, {
        back: () =>
          concat(
            timer(5000, clock).pipe(ignoreElements()),
            defer(() => {
              away.isAway = false;
              return EMPTY;
            }),
          ),
      }),
    }),
  });
  strictEqual(
    steps(conversation).replace(/\d+ block/, "blocks"),
    "check, erase, open, sample, 2 erase, download, blocks, enter, erase, open, map, close, check",
  );
  strictEqual(conversation.events.at(-1)?.type, "nodeDone");
});

Deno.test("updateNode() in a group that is cut is waited for in the rest until it has opened that", () => {
  let transfer: GroupTransfer | undefined;
  let other: GroupPlace | undefined;
  const seen: string[] = [];
  const conversation = inGroup({
    ...CUT,
    answers: {
      ...CUT.answers,
      [OPEN]: (i) => {
        // It is busy with what it got for 400 ms.
        if (i < 2 || i > 5) return undefined;
        if (other === undefined) {
          other = transfer!.rest!.enroll("other");
          const nothing = { askMap: () => done(WHOLE), reopen: () => done() };
          other.takePart({ bufferBlocks: 64, programMs: 1 }, nothing).subscribe();
        }
        seen.push(other.state.kind);
        return "7F 31 22";
      },
    },
    context: (context) => {
      transfer = context.group!.transfers[0];
      return {};
    },
  });
  deepStrictEqual(seen, ["ready", "ready", "ready", "ready"], "nothing is sent without it");
  strictEqual(conversation.events.at(-1)?.type, "nodeDone");
});

Deno.test("updateNode() in a group opens it once more that was cut while it opened it", () => {
  let transfer: GroupTransfer | undefined;
  let wasEnrolled = false;
  const conversation = inGroup({
    imageBytes: IMAGE_BYTES,
    answers: {
      [ERASE]: () => {
        if (wasEnrolled) return undefined;
        wasEnrolled = true;
        // Another one is sent to first, and loses half of it.
        const generations = [{ generation: 0, heldParity: 0, isWrong: false, missing: [0, 1, 2] }];
        let count = 0;
        const other = {
          askMap: () =>
            done(count++ === 0 ? { ...WHOLE, generations } : { ...WHOLE, isBusy: true }),
          reopen: () => done(),
        };
        transfer!.enroll("other").takePart({ bufferBlocks: 64, programMs: 1 }, other).subscribe();
        return undefined;
      },
      [OPEN]: (i) => i === 0 ? `7F 31 78 after 90, ${OPENED} after 400` : undefined,
    },
    context: (context) => {
      transfer = context.group!.transfers[0];
      return {};
    },
  });
  const sizes = conversation.requests.filter((request) => request.startsWith(OPEN))
    .map((request) => request.slice(39, 62));
  deepStrictEqual(sizes.slice(0, 2), ["08 00 80 00 00 00 C0 00", "08 00 80 00 00 00 10 00"]);
  ok(steps(conversation).startsWith("check, erase, open, open, map"), steps(conversation));
});

Deno.test("updateNode() in a group does not wait for ever for a check of a node that is at work", () => {
  let isAlone = false;
  const conversation = inGroup({
    answers: {
      [CHECK]: (i) => i === 0 || isAlone ? undefined : "7F 31 22",
      "34": () => {
        isAlone = true;
        return undefined;
      },
    },
  });
  ok(story(conversation).includes("left: Cannot complete"), story(conversation));
  strictEqual(conversation.events.at(-1)?.type, "nodeDone");
});
