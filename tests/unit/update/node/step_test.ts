import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { EMPTY, NEVER, type Observable, of, repeat, ReplaySubject, take, tap } from "rxjs";
import { VirtualClock } from "../../../../src/core/mod.ts";
import type { NodeEvent } from "../../../../src/update/mod.ts";
import { tryAgain } from "../../../../src/update/node/retry.ts";
import {
  act,
  andThen,
  deferStep,
  done,
  eventsOf,
  fail,
  inOrder,
  inOrderKeeping,
  recover,
  repeatUntil,
  Result,
  resultOf,
  type Step,
  stepOf,
  tell,
  through,
  wait,
  watching,
} from "../../../../src/update/node/step.ts";

const LEFT: NodeEvent = { type: "nodeLeftGroup", reason: "left" };
const PENDING: NodeEvent = { type: "responsePending", service: 0x31, count: 1 };

/** What a subscription is told: types of events, results in brackets, how it ended last. */
function told(stream$: Observable<NodeEvent | Result<unknown>>): string {
  const values: string[] = [];
  stream$.subscribe({
    next: (item) => values.push(item instanceof Result ? `[${item.value}]` : item.type),
    error: (error: Error) => values.push(error.message),
    complete: () => values.push("."),
  });
  return values.join(" ");
}

/** A step of two results, as an operator may make one. */
const TWO: Step<string> = through(done("a"), repeat(2));
/** A step that was cut short. */
const CUT: Step<string> = through(done("a"), take(0));
const refused = (): Error => new Error("refused");
const wrong = (count: number): string =>
  `Cannot go on behind a step: it gave ${count} results in place of one`;

Deno.test("andThen() goes on with the one result, and events pass", () => {
  const step = andThen(
    andThen(tell(LEFT), () => done(3)),
    (n) => andThen(tell(PENDING), () => done(n + 1)),
  );
  strictEqual(told(step), "nodeLeftGroup responsePending [4] .");
  strictEqual(told(step), "nodeLeftGroup responsePending [4] .");
  strictEqual(told(andThen(fail(refused), () => tell(LEFT))), "refused");
});

Deno.test("what goes on behind a step errors where that gave no result, or two", () => {
  for (const [step, count] of [[CUT, 0], [TWO, 2]] as const) {
    let begunCount = 0;
    const next = (): Step<void> => {
      begunCount++;
      return done();
    };
    strictEqual(told(andThen(step, next)), wrong(count));
    strictEqual(told(inOrder(step, next)), wrong(count));
    strictEqual(told(inOrderKeeping([step, step])), wrong(count));
    strictEqual(told(eventsOf(step)), wrong(count));
    strictEqual(told(repeatUntil(step, { isOver: () => true })), wrong(count));
    let error: unknown;
    resultOf(step).subscribe({ error: (caught) => error = caught });
    strictEqual((error as Error).message, wrong(count));
    strictEqual(begunCount, 0, "nothing was begun behind it");
  }
});

Deno.test("inOrder() begins each step when the one before is done, and none behind a failure", () => {
  const begun: string[] = [];
  const note = (name: string) => (): Step<void> => {
    begun.push(name);
    return tell(LEFT);
  };
  strictEqual(told(inOrder(note("a"), note("b"))), "nodeLeftGroup nodeLeftGroup [undefined] .");
  strictEqual(told(inOrder(note("c"), fail(refused), note("d"))), "nodeLeftGroup refused");
  inOrder(wait(NEVER), note("e")).subscribe().unsubscribe();
  deepStrictEqual(begun, ["a", "b", "c"]);
});

Deno.test("inOrder() takes thousands of steps that are done at once, within other steps too", () => {
  const segment = (): Step<void> =>
    recover(andThen(inOrder(tell(LEFT), () => done()), () => done()), () => undefined);
  const way = inOrder(done(), () => inOrder(...Array<typeof segment>(3000).fill(segment)), done());
  let count = 0;
  let end = "";
  eventsOf(andThen(way, () => done())).subscribe({
    next: () => count++,
    error: (error: unknown) => end = `${error}`,
    complete: () => end = "complete",
  });
  deepStrictEqual([count, end], [3000, "complete"]);
});

Deno.test("a consumer that fails, or has enough, at an event begins nothing behind it", () => {
  let begunCount = 0;
  const step = inOrder(tell(LEFT, PENDING), act(() => begunCount++));
  told(eventsOf(step).pipe(take(2)));
  const failing = eventsOf(step).pipe(tap(({ type }) => {
    if (type === "responsePending") throw refused();
  }));
  strictEqual(told(failing), "nodeLeftGroup refused");
  strictEqual(begunCount, 0);
});

Deno.test("inOrderKeeping() gives what each step came to", () => {
  const step = inOrderKeeping([done("a"), () => andThen(tell(LEFT), () => done("b"))]);
  strictEqual(told(step), "nodeLeftGroup [a,b] .");
  strictEqual(told(step), "nodeLeftGroup [a,b] .");
});

Deno.test("recover() goes on in another way, or leaves the failure", () => {
  const failing = andThen(tell(LEFT), () => fail(refused));
  strictEqual(told(recover<number>(failing, () => done(1))), "nodeLeftGroup [1] .");
  strictEqual(told(recover(failing, () => undefined)), "nodeLeftGroup refused");
});

Deno.test("act() errors with what is thrown, and act() and watching() are of each subscription", () => {
  let count = 0;
  const step = act(() => ++count);
  strictEqual(`${told(step)} ${told(step)}`, "[1] . [2] .");
  const throwing = act(() => {
    throw refused();
  });
  strictEqual(told(throwing), "refused");
  const seen: string[] = [];
  strictEqual(
    told(watching(tell(LEFT), ({ type }) => seen.push(type))),
    "nodeLeftGroup [undefined] .",
  );
  deepStrictEqual(seen, ["nodeLeftGroup"]);
  strictEqual(told(stepOf(of(LEFT, PENDING))), "nodeLeftGroup responsePending [undefined] .");
});

Deno.test("repeatUntil() takes rounds until one was the last, told of the one before", () => {
  const clock = new VirtualClock();
  const step = repeatUntil<number>(
    (last = 0) => andThen(tell(LEFT), () => done(last + 1)),
    { isOver: (n) => n === 3, every: { ms: 10, clock } },
  );
  const ends: string[] = [];
  for (let i = 0; i < 2; i++) {
    resultOf(step).subscribe((value) => ends.push(`${value} at ${clock.now()}`));
  }
  clock.run();
  deepStrictEqual(ends, ["3 at 20", "3 at 20"]);
  const atOnce = repeatUntil<number>((last = 0) => done(last + 1), { isOver: (n) => n === 3 });
  strictEqual(told(atOnce), "[3] .");
  strictEqual(told(repeatUntil(() => fail(refused), { isOver: () => true })), "refused");
});

Deno.test("tryAgain() that is stopped in a pause errors, so that nothing goes on as if it had worked", () => {
  const clock = new VirtualClock();
  const stop = new ReplaySubject<void>(1);
  const cancellation = { requested: false, requested$: stop };
  let begunCount = 0;
  const tries = tryAgain<void>(
    () => fail(refused),
    () => ({ delayMs: 1000, events: [LEFT] }),
    { clock, cancellation },
  );
  const values: string[] = [];
  eventsOf(inOrder(tries, act(() => begunCount++))).subscribe({
    next: ({ type }) => values.push(type),
    error: (error: Error) => values.push(`${error.name} at ${clock.now()}`),
    complete: () => values.push("through"),
  });
  clock.run({ untilMs: 400 });
  cancellation.requested = true;
  stop.next();
  clock.run();
  deepStrictEqual(values, ["nodeLeftGroup", "CancelledError at 400"]);
  strictEqual(begunCount, 0);
});

Deno.test("tryAgain() counts tries of each subscription by itself", () => {
  const clock = new VirtualClock();
  const cancellation = { requested: false, requested$: EMPTY };
  const tries = tryAgain<number>(
    (number) => number < 3 ? fail(refused) : done(number),
    (_error, number) => number < 3 ? { delayMs: 10 * number, events: [] } : undefined,
    { clock, cancellation },
  );
  const ends: string[] = [];
  for (let i = 0; i < 2; i++) {
    resultOf(tries).subscribe((value) => ends.push(`${value} at ${clock.now()}`));
  }
  clock.run();
  deepStrictEqual(ends, ["3 at 30", "3 at 30"]);
});

Deno.test("deferStep() makes a step's memory anew for each subscription", () => {
  const step = deferStep(() => {
    let count = 0;
    return act(() => ++count);
  });
  strictEqual(`${told(step)} ${told(step)}`, "[1] . [1] .");
});
