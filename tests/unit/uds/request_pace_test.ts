import { deepStrictEqual } from "node:assert/strict";
import { concat, ignoreElements, Observable, of, throwError, timer } from "rxjs";
import { VirtualClock } from "../../../src/core/mod.ts";
import { RequestPace } from "../../../src/uds/request_pace.ts";

Deno.test("RequestPace has each exchange begin a gap behind the end of the one before", () => {
  const clock = new VirtualClock();
  const pace = new RequestPace(20, clock);
  const beganMs: number[] = [];
  const exchange$ = pace.keep(
    new Observable<never>((subscriber) => {
      beganMs.push(clock.now());
      return timer(5, clock).pipe(ignoreElements()).subscribe(subscriber);
    }),
  );
  concat(exchange$, exchange$, timer(100, clock).pipe(ignoreElements()), exchange$).subscribe();
  clock.run();
  deepStrictEqual(beganMs, [0, 25, 130]);
});

Deno.test("RequestPace counts from an exchange that failed, and from none that was asked for", () => {
  const clock = new VirtualClock();
  const pace = new RequestPace(20, clock);
  const told: string[] = [];
  pace.keep(throwError(() => "lost")).subscribe({ error: (error: string) => told.push(error) });
  pace.keep(of("next")).subscribe((value) => told.push(`${value} at ${clock.now()}`));
  clock.run();
  deepStrictEqual(told, ["lost", "next at 20"]);
  const free = of("now");
  deepStrictEqual(new RequestPace(0, clock).keep(free), free);
});
