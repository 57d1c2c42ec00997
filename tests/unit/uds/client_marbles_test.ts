import { deepStrictEqual } from "node:assert/strict";
import { concatWith, delay, map, type Observable, of } from "rxjs";
import { type RunHelpers, TestScheduler } from "rxjs/testing";
import { hexToBytes, Turns } from "../../../src/core/mod.ts";
import {
  IsoTpError,
  type IsoTpIndication,
  type IsoTpSendProgress,
} from "../../../src/isotp/mod.ts";
import {
  createUdsClient,
  UdsNegativeResponseError,
  UdsQueueFullError,
  UdsTimeoutError,
} from "../../../src/uds/mod.ts";

const REQUEST = hexToBytes("22 F1 90");
const DATA = hexToBytes("62 F1 90 41");

const INDICATIONS: Readonly<Record<string, IsoTpIndication>> = {
  r: { type: "message", data: DATA, atMs: 0 },
  o: { type: "message", data: hexToBytes("76 04"), atMs: 0 },
  n: { type: "message", data: hexToBytes("7F 22 31"), atMs: 0 },
  p: { type: "message", data: hexToBytes("7F 22 78"), atMs: 0 },
  f: { type: "firstFrame", lengthBytes: 20, atMs: 0 },
};

const EVENTS = {
  s: { type: "sent" },
  p: { type: "responsePending", count: 1 },
  r: { type: "response", data: DATA },
};

function marbles(body: (helpers: RunHelpers & { readonly clock: TestScheduler }) => void): void {
  const clock = new TestScheduler((actual, expected) => deepStrictEqual(actual, expected));
  clock.run((helpers) => body({ ...helpers, clock }));
}

/** A link that needs 2 ms to send, and hears `indications$`. */
function linkOf(indications$: Observable<IsoTpIndication>, clock: TestScheduler) {
  const started: IsoTpSendProgress = { type: "started", atMs: 0 };
  const sent: IsoTpSendProgress = { type: "sent", atMs: 0 };
  return {
    name: "0x7E0/0x7E8",
    indications$,
    send: () => of(started).pipe(concatWith(of(sent).pipe(delay(2, clock)))),
    queueingDelayMs: () => 0,
    setPriority: () => {},
    close: () => {},
  };
}

interface Case {
  readonly name: string;
  readonly indications: string;
  readonly expected: string;
  readonly listening: string;
  readonly unsubscribed?: string;
  readonly error?: unknown;
}

const timeout = (wait: UdsTimeoutError["wait"], waitedMs: number, count = 0): UdsTimeoutError =>
  new UdsTimeoutError(REQUEST, { wait, waitedMs, responsePendingCount: count });

/** The cases of an operator: next, complete, error, never, early end, unsubscription. */
const CASES: readonly Case[] = [
  {
    name: "gives the response and stops listening",
    indications: "10ms r 20ms r",
    expected: "   --s 7ms (r|)",
    listening: "  ^ 9ms !",
  },
  {
    name: "goes on listening through what answers another request",
    indications: "4ms o 5ms r",
    expected: "   --s 7ms (r|)",
    listening: "  ^ 9ms !",
  },
  {
    name: "fails with a negative response",
    indications: "10ms n",
    expected: "   --s 7ms #",
    listening: "  ^ 9ms !",
    error: new UdsNegativeResponseError(REQUEST, hexToBytes("7F 22 31")),
  },
  {
    name: "times out P2 after sending when nothing ever comes",
    indications: "-",
    expected: "   --s 49ms #",
    listening: "  ^ 51ms !",
    error: timeout("P2", 50),
  },
  {
    name: "waits P2* after 0x78",
    indications: "10ms p",
    expected: "   --s 7ms p 499ms #",
    listening: "  ^ 509ms !",
    error: timeout("P2*", 500, 1),
  },
  {
    name: "waits for a response that has begun",
    indications: "50ms f 199ms r",
    expected: "   --s 247ms (r|)",
    listening: "  ^ 249ms !",
  },
  {
    name: "fails when the link ends",
    indications: "10ms |",
    expected: "   --s 7ms #",
    listening: "  ^ 9ms !",
    error: new IsoTpError(
      "N_ERROR",
      'Cannot complete ReadDataByIdentifier "22 F1 90": the link was closed',
    ),
  },
  {
    name: "stops listening when unsubscribed",
    indications: "10ms r",
    expected: "   --s",
    listening: "  ^ 4ms !",
    unsubscribed: "^ 4ms !",
  },
];

for (const { name, indications, expected, listening, unsubscribed, error } of CASES) {
  Deno.test(`exchange() ${name} (marbles)`, () => {
    marbles(({ hot, expectObservable, expectSubscriptions, clock }) => {
      const source$ = hot(indications, INDICATIONS);
      const client = createUdsClient({
        link: linkOf(source$, clock),
        clock,
        timing: { p2Ms: 50, p2StarMs: 500 },
      });
      expectObservable(client.exchange(REQUEST), unsubscribed).toBe(expected, EVENTS, error);
      expectSubscriptions(source$.subscriptions).toBe(listening.trim());
    });
  });
}

Deno.test("Turns subscribes to one piece of work after the other (marbles)", () => {
  marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const turns = new Turns({ waitingMax: 2 });
    const first$ = cold(" --a|");
    const second$ = cold("-b#");
    const third$ = cold(" c|");
    const full = new UdsQueueFullError(REQUEST, 2);
    const take = (work$: Observable<string>) => turns.take(work$, () => full);
    expectObservable(take(first$)).toBe(" --a|");
    expectObservable(take(second$)).toBe("----b#");
    expectObservable(take(third$)).toBe(" -----c|");
    expectObservable(take(cold("d"))).toBe("#", undefined, full);
    expectSubscriptions(first$.subscriptions).toBe(" ^--!");
    expectSubscriptions(second$.subscriptions).toBe("---^-!");
    expectSubscriptions(third$.subscriptions).toBe("-----^!");
  });
});

Deno.test("Turns lets the next in when work is unsubscribed, under way or waiting (marbles)", () => {
  marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const turns = new Turns({ waitingMax: 5 });
    const endless$ = cold("a-----");
    const waiting$ = cold("b|");
    const last$ = cold("c|");
    const take = (work$: Observable<string>) => turns.take(work$.pipe(map(String)), Error);
    expectObservable(take(endless$), "^--!").toBe("a--");
    expectObservable(take(waiting$), "^!").toBe("-");
    expectObservable(take(last$)).toBe("---c|");
    expectSubscriptions(endless$.subscriptions).toBe("^--!");
    expectSubscriptions(waiting$.subscriptions).toBe([]);
    expectSubscriptions(last$.subscriptions).toBe("---^!");
  });
});
