import { deepStrictEqual } from "node:assert/strict";
import { concat, defer, NEVER, type Observable, of, throwError } from "rxjs";
import { retrying } from "../../../src/core/mod.ts";

/** What a subscription is told, the error last. */
function told(stream$: Observable<string>): readonly string[] {
  const values: string[] = [];
  stream$.subscribe({
    next: (value) => values.push(value),
    error: (error: Error) => values.push(`failed: ${error.message}`),
    complete: () => values.push("through"),
  });
  return values;
}

/** Tries that say their number and fail before a certain one. */
function failBefore(last: number): (number: number) => Observable<string> {
  return (number) =>
    concat(
      of(`${number}`),
      defer(() => number < last ? throwError(() => new Error(`lost ${number}`)) : of("held")),
    );
}

Deno.test("retrying() tells what stands between tries, and each subscription counts for itself", () => {
  const tries$ = retrying(
    failBefore(3),
    (error, number) => ({ before$: of(`${(error as Error).message}, ${number + 1} follows`) }),
  );
  const expected = ["1", "lost 1, 2 follows", "2", "lost 2, 3 follows", "3", "held", "through"];
  deepStrictEqual(told(tries$), expected);
  deepStrictEqual(told(tries$), expected);
});

Deno.test("retrying() ends with the last failure, or that of what stands before the next try", () => {
  const twice = retrying(
    failBefore(9),
    (_error, number) => number < 2 ? { before$: of("again") } : undefined,
  );
  deepStrictEqual(told(twice), ["1", "again", "2", "failed: lost 2"]);
  const stopped = retrying(failBefore(9), () => ({ before$: throwError(() => new Error("stop")) }));
  deepStrictEqual(told(stopped), ["1", "failed: stop"]);
  const broken = retrying(failBefore(9), () => {
    throw new Error("no decision");
  });
  deepStrictEqual(told(broken), ["1", "failed: no decision"]);
});

Deno.test("retrying() does not count a try that is told not to count", () => {
  let absences = 2;
  const tries$ = retrying(
    failBefore(2),
    () => ({ before$: of("away"), isCounted: absences-- <= 0 }),
  );
  deepStrictEqual(told(tries$), [
    ...["1", "away", "1", "away", "1", "away"],
    ...["2", "held", "through"],
  ]);
});

Deno.test("retrying() begins no further try once it is given up", () => {
  let begun = 0;
  const tries$ = retrying<string>(() => {
    begun++;
    return throwError(() => new Error("lost"));
  }, () => ({ before$: NEVER }));
  tries$.subscribe().unsubscribe();
  deepStrictEqual(begun, 1);
});
