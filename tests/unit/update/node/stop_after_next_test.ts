import { deepStrictEqual } from "node:assert/strict";
import { concat, defer, NEVER, Observable, of, take } from "rxjs";
import { stopAfterNext } from "../../../../src/update/node/cancellation.ts";

/** Blocks of which each is answered within the call that sends it. */
function blocks(sent: number[]) {
  return concat(...[1, 2, 3].map((block) =>
    defer(() => {
      sent.push(block);
      return of(block);
    })
  ));
}

Deno.test("stopAfterNext begins nothing behind the value at which a stop is asked for", () => {
  const sent: number[] = [];
  const told: unknown[] = [];
  const cancellation = { requested: false, requested$: NEVER };
  blocks(sent).pipe(stopAfterNext(cancellation)).subscribe({
    next: (block) => {
      told.push(block);
      if (block === 2) cancellation.requested = true;
    },
    error: (error: Error) => told.push(error.name),
    complete: () => told.push("complete"),
  });
  deepStrictEqual({ sent, told }, { sent: [1, 2], told: [1, 2, "CancelledError"] });
});

Deno.test("stopAfterNext begins nothing behind the value at which it is given up", () => {
  const sent: number[] = [];
  blocks(sent).pipe(stopAfterNext({ requested: false, requested$: NEVER }), take(2)).subscribe();
  deepStrictEqual(sent, [1, 2]);
});

Deno.test("stopAfterNext ends as stopped what ends once a stop is asked for", () => {
  const told: unknown[] = [];
  const cancellation = { requested: false, requested$: NEVER };
  new Observable<number>((subscriber) => {
    subscriber.next(1);
    cancellation.requested = true;
    subscriber.complete();
  }).pipe(stopAfterNext(cancellation)).subscribe({
    next: (value) => told.push(value),
    error: (error: Error) => told.push(error.name),
    complete: () => told.push("complete"),
  });
  deepStrictEqual(told, [1, "CancelledError"]);
});
