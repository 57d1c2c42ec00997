/** What a node's update does to what is around it: its witness, its bus, its keeper, its histories. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { catchError, EMPTY, ignoreElements, Subject, tap, throwError, timer } from "rxjs";
import type { SessionFinding } from "../../../src/uds/mod.ts";
import {
  BusAwayError,
  type BusPresence,
  type NodeContext,
  type NodeHistory,
  updateNode,
} from "../../../src/update/mod.ts";
import {
  type Answers,
  asked,
  type Conversation,
  type ConversationOptions,
  converse,
} from "./_conversation.ts";

const CHECK = "31 01 02 02";
const ERASE = "31 01 FF 00";
const first = (count: number, answer: string) => (i: number) => i < count ? answer : undefined;

/** An update in other surroundings. */
function converseIn(
  change: (context: NodeContext) => Partial<NodeContext>,
  options: ConversationOptions = {},
): Conversation & { readonly isComplete: boolean; readonly error: unknown } {
  let isComplete = false;
  let error: unknown;
  const conversation = converse({
    ...options,
    talk: (context) =>
      updateNode({ ...context, ...change(context) }).pipe(
        tap({ complete: () => isComplete = true }),
        catchError((thrown: unknown) => {
          error = thrown;
          return EMPTY;
        }),
      ),
  });
  return { ...conversation, isComplete, error };
}

/** What its witness is told, and what it tells. */
function witnessed(answers: Answers): { readonly calls: string; readonly said: string } {
  const calls: string[] = [];
  const call = (name: string) => () => void calls.push(name);
  const witness = {
    begin: call("begin"),
    listen: call("listen"),
    end: call("end"),
    words: " (something was heard)",
  };
  const { events } = converseIn(
    ({ connection }) => ({ connection: { ...connection, witness } }),
    { answers },
  );
  const last = events.at(-1)!;
  return { calls: calls.join(), said: "error" in last ? last.error.message : last.type };
}

const HEARD = /\(something was heard\)$/;

Deno.test("updateNode() listens to all frames where a node is silent from the start, or brought back", () => {
  strictEqual(witnessed({}).calls, "begin,end");
  strictEqual(witnessed({ "22 F1 91": first(1, "silence") }).calls, "begin,listen,end");
  strictEqual(
    witnessed({ [ERASE]: first(1, "silence") }).calls,
    "begin,end",
    "it is known by then",
  );
  strictEqual(witnessed({ [ERASE]: first(1, "7F 31 7F") }).calls, "begin,end,listen,end");
  strictEqual(
    witnessed({ "36 02": first(1, "7F 36 7F") }).calls,
    "begin,end,listen",
    "not asked anew",
  );
  strictEqual(witnessed({ "34": first(1, "7F 34 70") }).calls, "begin,end", "that segment alone");
});

Deno.test("updateNode() adds what was heard to a report of silence, and to no other", () => {
  ok(HEARD.test(witnessed({ "22": () => "silence" }).said));
  ok(HEARD.test(witnessed({ [ERASE]: () => "silence" }).said));
  for (const answer of ["7F 31 31", "7F 31 72", "71 01 FF 00 07"]) {
    const { said } = witnessed({ [ERASE]: () => answer });
    ok(said.startsWith("Cannot") && !HEARD.test(said), said);
  }
});

Deno.test("updateNode() tells what its plan is before anything else", () => {
  const { events } = converse({ imageBytes: 20 * 1024 });
  const start = 0x0800_8000;
  deepStrictEqual(events[0], {
    type: "nodePlanned",
    imageBytes: 20 * 1024,
    segments: [
      { start, end: start + 16 * 1024, dataBytes: 16 * 1024 },
      { start: start + 16 * 1024, end: start + 20 * 1024, dataBytes: 4 * 1024 },
    ],
  });
});

Deno.test("updateNode() states the node's priority, from what is ahead of it", () => {
  const priorities: number[] = [];
  const { events } = converseIn(({ connection }) => ({
    connection: { ...connection, setPriority: (priority) => void priorities.push(priority) },
  }));
  strictEqual(events.at(-1)?.type, "nodeDone");
  // As it is asked about, erased and written; then with each block.
  strictEqual(
    priorities.length,
    3 + events.filter(({ type }) => type === "segmentProgress").length,
  );
  ok(priorities.every((priority) => priority < 0), priorities.join());
  ok(priorities.at(-1)! > priorities[0]!, "the last segment's end goes behind its beginning");
});

Deno.test("updateNode() tells what its session's keeper finds, until it ends", () => {
  const findings = new Subject<SessionFinding>();
  const finding = { type: "lateKeepAlive" } as unknown as SessionFinding;
  const session = {
    fellSilent: () => {},
    sessionDied: () => {},
    findings$: findings.asObservable(),
  };
  const { events, isComplete } = converseIn(
    ({ connection }) => ({ connection: { ...connection, session } }),
    {
      answers: {
        [ERASE]: () => {
          findings.next(finding);
          return undefined;
        },
      },
    },
  );
  deepStrictEqual(events.filter(({ type }) => type === "sessionFinding"), [
    { type: "sessionFinding", finding },
  ]);
  ok(isComplete, "its keeper does not hold it");
  ok(!findings.observed);
});

Deno.test("updateNode() refuses no node for an answer that nobody asked for once it is erased", () => {
  const stray = "62 F1 89 39 2E 39 after 1";
  const before = converse({ answers: { [CHECK]: () => `${stray}, 71 01 02 02 01 after 2` } });
  strictEqual(before.events.at(-1)?.type, "nodeRefused");
  ok(!before.requests.some((request) => request.startsWith(ERASE)));
  const behind = converse({ answers: { "36 02": () => `${stray}, 76 02 after 2` } });
  strictEqual(behind.events.at(-1)?.type, "nodeDone");
});

Deno.test("updateNode() asks once for what is known of the serial number that a node tells", () => {
  const heard: string[] = [];
  const torn: NodeHistory = {
    distrusted: [{ start: 0x0800_8000, end: 0x0800_C000 }],
    endState: "bootloader",
  };
  const historyOfSerial = (serial: string) => {
    heard.push(serial);
    return torn;
  };
  const told1 = { "22 F1 8C": () => "62 F1 8C 53 31", [CHECK]: () => "71 01 02 02 00" };
  const { requests } = converse({ job: { historyOfSerial }, answers: told1 });
  deepStrictEqual(heard, ["S1"]);
  ok(requests.some((request) => request.startsWith(ERASE)), "no checksum is believed of it");
  heard.length = 0;
  const { "22 F1 8C": _serial, ...mute } = told1;
  converse({ job: { historyOfSerial }, answers: mute });
  deepStrictEqual(heard, [], "it tells none");
  strictEqual(converse({ answers: told1 }).events.at(-1)?.type, "nodeDone");
});

Deno.test("updateNode() tells a node by itself what others of its bus are told, where that is so", () => {
  const alone = { isToldAlone: true };
  const names = ["extended session", "DTCs off", "others silent"];
  const good = asked(converseIn(() => alone));
  const requests = converseIn(() => alone).requests.map((request) => request.slice(0, 5));
  deepStrictEqual(requests.slice(4, 8), ["10 03", "85 02", "28 03", "10 02"]);
  ok(good.endsWith("version?, 28 00 01, 85 01, default session"), good);
  ok(!converse().requests.some((request) => request.startsWith("28")), names.join());
  const failed = asked(converseIn(() => alone, { answers: { [ERASE]: () => "7F 31 31" } }));
  ok(failed.endsWith("28 00 01, 85 01, default session"), failed);
});

/** A bus that goes away for good. */
function busAway(): BusPresence {
  return {
    isAway: true,
    absences: 1,
    awayMs: 60_000,
    back: () => throwError(() => new BusAwayError("can0", "busOff", 60_000)),
  };
}

Deno.test("updateNode() says nothing more to a node whose bus stays away", () => {
  const conversation = converseIn(() => ({ bus: busAway() }), {
    answers: { [ERASE]: () => "silence" },
  });
  const { requests, events } = conversation;
  ok(requests.at(-1)!.startsWith(ERASE), requests.at(-1));
  const end = events.at(-1)!;
  strictEqual(end.type === "nodeFailed" && end.error.code, "BUS_AWAY");
});

Deno.test("updateNode() takes no mistake of ours for a node's failure, not even while it is stopped", () => {
  for (const requested of [false, true]) {
    const cancellation = { requested: false, requested$: EMPTY };
    const exchange = () => {
      cancellation.requested = requested;
      return throwError(() => new TypeError("ours"));
    };
    const { error, events } = converseIn(({ connection }) => {
      const client = { ...connection.client, exchange };
      return { cancellation, connection: { ...connection, client } };
    });
    ok(error instanceof TypeError, `${error}`);
    deepStrictEqual(events.map(({ type }) => type), ["nodePlanned"]);
  }
});

Deno.test("updateNode() that fails while it is stopped was stopped", () => {
  const options = { answers: { [ERASE]: () => "7F 31 31" } };
  const { requests } = converse(options);
  const stopAtRequest = requests.findIndex((request) => request.startsWith(ERASE));
  const last = converse({ ...options, stopAtRequest }).events.at(-1);
  deepStrictEqual(last, { type: "nodeCancelled", state: "oldImage" });
});

/** The bus is away once, as a request comes that begins so, and back after 5 s. */
function interruptedAt(begin: string, answers: Answers): Conversation {
  const bus = { isAway: false, absences: 0, awayMs: 0 };
  return converseIn(
    ({ clock }) => ({
      bus: Object.assign(bus, {
        back: () => timer(5000, clock).pipe(tap(() => bus.isAway = false), ignoreElements()),
      }),
    }),
    {
      answers: {
        ...answers,
        [begin]: () => {
          if (bus.absences > 0 && !bus.isAway) return undefined;
          Object.assign(bus, { isAway: true, absences: 1, awayMs: 5000 });
          return "silence";
        },
      },
    },
  );
}

Deno.test("updateNode() asks who is there where anything was erased, and the bus was away", () => {
  const serial = (after: string) => ({
    "22 F1 8C": (i: number) => `62 F1 8C 53 3${i === 0 ? "1" : after}`,
  });
  const same = interruptedAt("36 01", serial("1"));
  strictEqual(same.events.at(-1)?.type, "nodeDone");
  const other = interruptedAt("36 01", serial("2"));
  const end = other.events.at(-1)!;
  strictEqual(end.type === "nodeFailed" && end.error.code, "NODE_CHANGED");
  // Where nothing of that happened it is asked once.
  const { requests } = converse({ answers: serial("1") });
  strictEqual(requests.filter((request) => request === "22 F1 8C").length, 1);
});

Deno.test("updateNode() takes an exchange that ends without a response for a mistake of ours", () => {
  const { error } = converseIn(({ connection }) => {
    const client = { ...connection.client, exchange: () => EMPTY };
    return { connection: { ...connection, client } };
  });
  match(`${error}`, /gave 0 results in place of one/);
});

// World 64111 of the campaign: nothing tells of the try behind an absence, as it does not count.
Deno.test("updateNode() takes no erase for never begun that was on its way as the bus went away", () => {
  for (const awayMs of [200, 5000]) {
    const bus = { isAway: false, absences: 0, awayMs };
    const { events } = converseIn(
      ({ clock }) => ({
        bus: Object.assign(bus, {
          back: () => timer(awayMs, clock).pipe(tap(() => bus.isAway = false), ignoreElements()),
        }),
      }),
      {
        answers: {
          [ERASE]: (i: number) => {
            if (i > 0) return "7F 31 31";
            Object.assign(bus, { isAway: true, absences: 1 });
            return "silence";
          },
        },
      },
    );
    const end = events.at(-1)!;
    strictEqual(end.type === "nodeFailed" && end.state, "eraseUnconfirmed", `${awayMs} ms`);
  }
});
