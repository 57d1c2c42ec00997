import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { concat, defer, NEVER, of, Subject, take, throwError } from "rxjs";
import { Turns } from "../../../src/core/mod.ts";

Deno.test("Turns lets in who came first, and the next when one ends, fails or is given up", () => {
  const turns = new Turns({ atOnceMax: 2 });
  const begun: string[] = [];
  const works = ["a", "b", "c", "d", "e"].map((name) => {
    const work = new Subject<never>();
    const run = turns.take(work).subscribe({ error: () => {} });
    return { name, work, run };
  });
  const look = (): void => {
    for (const { name, work } of works) {
      if (work.observed && !begun.includes(name)) begun.push(name);
    }
  };
  look();
  deepStrictEqual(begun, ["a", "b"]);
  works[2]!.run.unsubscribe();
  look();
  deepStrictEqual(begun, ["a", "b"], "who only waited frees nothing");
  works[0]!.work.complete();
  look();
  deepStrictEqual(begun, ["a", "b", "d"]);
  works[1]!.work.error(new Error("lost"));
  look();
  deepStrictEqual(begun, ["a", "b", "d", "e"]);
});

Deno.test("Turns frees a turn once, whatever ends it", () => {
  const turns = new Turns();
  const values: number[] = [];
  turns.take(of(1)).subscribe((value) => values.push(value)).unsubscribe();
  turns.take(throwError(() => new Error("refused"))).subscribe({ error: () => {} }).unsubscribe();
  const first = turns.take(NEVER).subscribe();
  turns.take(of(2)).subscribe((value) => values.push(value));
  turns.take(of(3)).subscribe((value) => values.push(value));
  deepStrictEqual(values, [1]);
  first.unsubscribe();
  deepStrictEqual(values, [1, 2, 3]);
});

Deno.test("Turns gives on what its work does, and begins nothing that was given up", () => {
  const turns = new Turns();
  const work = new Subject<number>();
  const seen: unknown[] = [];
  const observer = {
    next: (value: number) => seen.push(value),
    complete: () => seen.push("complete"),
  };
  const run = turns.take(work).subscribe(observer);
  let begunCount = 0;
  const counted = defer(() => {
    begunCount++;
    return of(2);
  });
  turns.take(counted).subscribe().unsubscribe();
  const failures: string[] = [];
  turns.take(throwError(() => new Error("lost")))
    .subscribe({ error: (error: Error) => failures.push(error.message) });
  turns.take(counted).subscribe(observer);
  work.next(1);
  run.unsubscribe();
  deepStrictEqual({ observed: work.observed, begunCount }, { observed: false, begunCount: 1 });
  deepStrictEqual({ seen, failures }, { seen: [1, 2, "complete"], failures: ["lost"] });
});

Deno.test("Turns lets any number in whose turns end at once", () => {
  const turns = new Turns();
  const first = new Subject<never>();
  turns.take(first).subscribe();
  const ended: number[] = [];
  const stopped = throwError(() => new Error("stopped"));
  for (let i = 0; i < 5000; i++) {
    turns.take(stopped).subscribe({ error: () => ended.push(i) });
  }
  first.complete();
  deepStrictEqual(ended, Array.from({ length: 5000 }, (_, i) => i));
  const later: string[] = [];
  turns.take(of("free again")).subscribe((value) => later.push(value));
  deepStrictEqual(later, ["free again"]);
});

Deno.test("Turns lets nobody in before who waits, while one ends", () => {
  const turns = new Turns();
  const first = new Subject<never>();
  const begun: string[] = [];
  const work = (name: string) =>
    defer(() => {
      begun.push(name);
      return throwError(() => new Error("refused"));
    });
  turns.take(first).subscribe();
  turns.take(work("a")).subscribe({
    error: () => turns.take(work("a again")).subscribe({ error: () => {} }),
  });
  turns.take(work("b")).subscribe({ error: () => {} });
  first.complete();
  deepStrictEqual(begun, ["a", "b", "a again"]);
});

Deno.test("Turns ends work at once that is given up at what it says as it begins", () => {
  const turns = new Turns();
  const done: string[] = [];
  const work = concat(
    of("erasing"),
    defer(() => {
      done.push("erased");
      return NEVER;
    }),
  );
  turns.take(work).pipe(take(1)).subscribe();
  const first = turns.take(NEVER).subscribe();
  turns.take(work).pipe(take(1)).subscribe();
  first.unsubscribe();
  strictEqual(done.length, 0, done.join());
  turns.take(of("free again")).subscribe((value) => done.push(value));
  deepStrictEqual(done, ["free again"]);
});
