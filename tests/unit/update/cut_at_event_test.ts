import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { catchError, EMPTY, type Observable, ReplaySubject, take, tap } from "rxjs";
import { bytesToHex, Turns } from "../../../src/core/mod.ts";
import { type NodeContext, type NodeEvent, updateNode } from "../../../src/update/mod.ts";
import { type ConversationOptions, converse, SEGMENT_BYTES } from "./_conversation.ts";

/** Two segments; a request, a segment and the node are tried again on the way. */
const STONY: ConversationOptions = {
  imageBytes: 2 * SEGMENT_BYTES,
  answers: {
    "22 F1 80": (count) => count === 0 ? "silence" : undefined,
    "31 01 FF 00": (count) =>
      count === 0 ? "7F 31 78, 71 01 FF 00 00 after 40" : count === 1 ? "7F 31 72" : undefined,
    "34": (count) => count === 0 ? "7F 34 70" : count === 2 ? "7F 34 33" : undefined,
    "36 02": (count) => count === 0 ? "silence" : undefined,
    "37": (count) => count === 1 ? "silence" : undefined,
  },
};

/** An update of a node, as a consumer sees it. */
type Update = (context: NodeContext) => Observable<NodeEvent>;

/** What goes out from the event of a number on, where its consumer does something there. */
function requestsBehind(
  atEvent: number,
  consume: (update: Update, context: NodeContext) => Observable<NodeEvent>,
): readonly string[] {
  let asked: string[] = [];
  let heardCount = 0;
  const update: Update = (context) =>
    updateNode(context).pipe(tap(() => {
      if (++heardCount === atEvent) asked = [];
    }));
  converse({
    ...STONY,
    talk: (context) => {
      context.connection.client.traffic$.subscribe((traffic) => {
        if (traffic.type === "asked") asked.push(bytesToHex(traffic.request.subarray(0, 4)));
      });
      return consume(update, context);
    },
  });
  ok(heardCount >= atEvent, `there is an event ${atEvent}`);
  return asked;
}

const EVENTS = converse(STONY).events;

Deno.test("the run that is cut at each event has retries on all levels", () => {
  const scopes = EVENTS.flatMap((event) => event.type === "retry" ? [event.scope] : []);
  for (const scope of ["request", "segment", "node"] as const) ok(scopes.includes(scope), scope);
  ok(EVENTS.some(({ type }) => type === "responsePending"));
  strictEqual(EVENTS.at(-1)!.type, "nodeDone");
});

Deno.test("a consumer that has enough at any event leaves no later request on the wire", () => {
  EVENTS.forEach(({ type }, i) => {
    const behind = requestsBehind(
      i + 1,
      (update, context) => update(context).pipe(take(i + 1)),
    );
    deepStrictEqual(behind, [], `enough at event ${i}, ${type}`);
  });
});

Deno.test("a consumer that has enough leaves nothing on the wire where erases take turns", () => {
  EVENTS.forEach(({ type }, i) => {
    const eraseTurns = new Turns();
    const behind = requestsBehind(
      i + 1,
      (update, context) => update({ ...context, eraseTurns }).pipe(take(i + 1)),
    );
    deepStrictEqual(behind, [], `enough at event ${i}, ${type}`);
  });
});

Deno.test("a consumer that throws at any event leaves no later request on the wire", () => {
  EVENTS.forEach(({ type }, i) => {
    const behind = requestsBehind(i + 1, (update, context) => {
      let count = 0;
      return update(context).pipe(
        tap(() => {
          if (++count === i + 1) throw new Error("the consumer fails");
        }),
        catchError(() => EMPTY),
      );
    });
    deepStrictEqual(behind, [], `thrown at event ${i}, ${type}`);
  });
});

/** What brings a stopped node to where it can be left: what was written is compared still. */
const SAFE_END = ["37", "31 01 02 02", "10 01"];
/** Once the image is whole it is started: there is nothing safer. */
const WHOLE_END = ["31 01 02 02", "31 01 FF 01", "11 01", "22 F1 89"];

Deno.test("a run that is stopped at any event sends no more than what leaves the node safely", () => {
  const lastVerified = EVENTS.findLastIndex(({ type }) => type === "segmentPhase") - 1;
  EVENTS.forEach(({ type }, i) => {
    const stop = new ReplaySubject<void>(1);
    const cancellation = { requested: false, requested$: stop };
    let count = 0;
    let end = "";
    const behind = requestsBehind(
      i + 1,
      (update, context) =>
        update({ ...context, cancellation }).pipe(tap((event) => {
          end = event.type;
          if (++count !== i + 1) return;
          cancellation.requested = true;
          stop.next();
        })),
    );
    const isWhole = i >= lastVerified;
    const allowed = isWhole ? WHOLE_END : SAFE_END;
    const at = `stopped at event ${i}, ${type}`;
    deepStrictEqual(behind.filter((request) => !allowed.includes(request)), [], at);
    strictEqual(end, isWhole ? "nodeDone" : "nodeCancelled", at);
    strictEqual(behind.filter((request) => request === "10 01").length <= 1, true, at);
  });
});
