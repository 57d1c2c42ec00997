import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EMPTY, ignoreElements, type Observable, ReplaySubject, throwError, timer } from "rxjs";
import { CanvoyError, type Clock } from "../../src/core/mod.ts";
import type { EventJournal, FleetEvent } from "../../src/fleet/mod.ts";
import { F103, HostBench, imageFor } from "../support/host_bench.ts";

const IMAGE = imageFor(F103, 12 * 1024, 5);
/** First bytes of an erase request, and of a RequestDownload. */
const ERASE = [0x31, 0x01, 0xFF, 0x00];

/** A disk that takes a while for some events; what is behind them waits too. */
class SlowJournal implements EventJournal {
  readonly written: FleetEvent[] = [];
  readonly #clock: () => Clock;
  readonly #delayMs: (event: FleetEvent) => number;
  #freeAtMs = 0;

  constructor(clock: () => Clock, delayMs: (event: FleetEvent) => number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  append(events: readonly FleetEvent[]): Observable<void> {
    const clock = this.#clock();
    const end = new ReplaySubject<void>(1);
    const delayMs = this.#delayMs(events[0]!);
    this.#freeAtMs = Math.max(this.#freeAtMs, clock.now() + delayMs);
    timer(this.#freeAtMs - clock.now(), clock).pipe(ignoreElements()).subscribe({
      complete: () => {
        this.written.push(...events);
        end.complete();
      },
    });
    return end;
  }
}

class DiskFullError extends CanvoyError {
  override readonly code = "FILE_UNWRITABLE";
}

function isErase(data: Uint8Array): boolean {
  return ERASE.every((byte, i) => data[i] === byte);
}

Deno.test("updateNode() asks for no erase before its announcement is written", () => {
  const bench = new HostBench({
    part: F103,
    image: IMAGE,
    behaviours: [{}, {}],
    segmentSizeBytesMax: 4096,
  });
  const journal = new SlowJournal(() => bench.clock, () => 37);
  let erases = 0;
  for (const node of bench.nodes) {
    node.onEvent = (event) => {
      if (event.type !== "request" || !isErase(event.data)) return;
      erases++;
      const announced = journal.written.filter((one) =>
        one.type === "segmentPhase" && one.phase === "erasing" && one.node === node.options.name
      );
      const asked = (event.data[5]! << 24 | event.data[6]! << 16 | event.data[7]! << 8) >>> 0;
      const segment = (asked - IMAGE.ranges[0]!.start) / 4096;
      ok(announced.some((one) => one.type === "segmentPhase" && one.segment === segment));
    };
  }
  bench.update({ journal });
  strictEqual(erases, 6);
  deepStrictEqual(bench.differing(), []);
});

Deno.test("a journal that is slow for one node holds neither bus nor other nodes", () => {
  const endsAtMs = (delayMs: number): readonly number[] => {
    const bench = new HostBench({ part: F103, image: IMAGE, behaviours: [{}, {}, {}] });
    const journal: EventJournal = {
      append: ([event]) =>
        event!.type === "segmentPhase" && event!.phase === "erasing" && event!.node === "node-1"
          ? timer(delayMs, bench.clock).pipe(ignoreElements())
          : EMPTY,
    };
    const events = bench.update({ journal });
    deepStrictEqual(bench.differing(), []);
    return ["node-0", "node-1", "node-2"].map((name) =>
      events.find((event) => event.type === "nodeDone" && event.node === name)!.atMs
    );
  };
  const quick = endsAtMs(0);
  const slow = endsAtMs(4000);
  ok(slow[1]! > quick[1]! + 3500, "the node that waits is held");
  for (const i of [0, 2]) ok(slow[i]! <= quick[i]!, "the others are none the later");
});

Deno.test("a journal that cannot be written stops every node before its next erase", () => {
  const total = (journal?: EventJournal): readonly FleetEvent[] =>
    new HostBench({ part: F103, image: IMAGE, behaviours: [{}, {}], segmentSizeBytesMax: 4096 })
      .update(journal === undefined ? {} : { journal });
  const eventCount = total().length;
  for (let failsAt = 0; failsAt < eventCount; failsAt++) {
    let appended = 0;
    const error = new DiskFullError("Cannot write journal: no space left on device");
    /** Erases that are written down and not asked for yet, by node. */
    const announced = new Map<string, number>();
    const count = (node: string, change: 1 | -1): number => {
      const left = (announced.get(node) ?? 0) + change;
      announced.set(node, left);
      return left;
    };
    const journal: EventJournal = {
      append: (events) => {
        if (appended++ >= failsAt) return throwError(() => error);
        for (const event of events) {
          if (event.type === "segmentPhase" && event.phase === "erasing") count(event.node, 1);
        }
        return EMPTY;
      },
    };
    const bench = new HostBench({
      part: F103,
      image: IMAGE,
      behaviours: [{}, {}],
      segmentSizeBytesMax: 4096,
    });
    for (const node of bench.nodes) {
      node.onEvent = (event) => {
        if (event.type !== "request" || !isErase(event.data)) return;
        ok(count(node.options.name, -1) >= 0, `at ${failsAt}: it was not written down`);
      };
    }
    const events = bench.update({ journal });
    strictEqual(appended, failsAt + 1, "nothing is handed over behind a failure");
    strictEqual(events[0]?.type, "runStarted");
    strictEqual(events.at(-1)?.type, "runFinished");
    const ended = events.filter(({ type }) => type === "nodeCancelled" || type === "nodeDone");
    strictEqual(ended.length, 2, `at ${failsAt}: ${events.map(({ type }) => type).join()}`);
    const cancelled = events.filter(({ type }) => type === "nodeCancelled");
    const told = events.filter(({ type }) => type === "journalFailed");
    ok(cancelled.length === 0 || told.length === 1, `at ${failsAt}: it says why`);
  }
});

Deno.test("a journal whose disk hangs stops the run instead of holding it for ever", () => {
  const bench = new HostBench({ part: F103, image: IMAGE, behaviours: [{}, {}] });
  const events = bench.update({ journal: { append: () => new ReplaySubject<void>() } });
  const failed = events.find((event) => event.type === "journalFailed");
  strictEqual(failed?.type === "journalFailed" && failed.error.code, "JOURNAL_STALLED");
  strictEqual(events.filter(({ type }) => type === "nodeCancelled").length, 2);
  strictEqual(events.at(-1)?.type, "runFinished");
});
