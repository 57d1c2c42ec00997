import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EMPTY, type Observable, ReplaySubject } from "rxjs";
import { concatBytes } from "../../src/core/mod.ts";
import {
  encodeJournalHeader,
  historiesOf,
  type JournalStorage,
  JournalWriter,
  readJournal,
} from "../../src/journal/mod.ts";
import type { Cancellation } from "../../src/update/mod.ts";
import { F103, HostBench, imageFor } from "../support/host_bench.ts";
import { HEADER, nodesAt } from "../unit/journal/_support.ts";

const IMAGE = imageFor(F103, 16 * 1024, 5);

class Stop implements Cancellation {
  requested = false;
  readonly requested$ = new ReplaySubject<void>(1);

  request(): void {
    this.requested = true;
    this.requested$.next();
    this.requested$.complete();
  }
}

class Memory implements JournalStorage {
  readonly parts = [
    encodeJournalHeader({ ...HEADER, nodes: nodesAt(["node-0", "node-1", "node-2"]) }),
  ];

  append(bytes: Uint8Array): Observable<void> {
    this.parts.push(bytes);
    return EMPTY;
  }
}

function makeBench(): HostBench {
  return new HostBench({
    part: F103,
    image: IMAGE,
    behaviours: [{}, { flashTimeScale: 5 }, { responsePendingAfterMs: 0 }],
    segmentSizeBytesMax: 4096,
  });
}

Deno.test("a run that is asked to stop, at any time, begins no erase, ends soon and can be resumed", () => {
  const clean = makeBench();
  clean.update();
  const wholeMs = clean.clock.now();
  let stoppedCount = 0;
  for (let atMs = 20; atMs < wholeMs; atMs += 61) {
    const bench = makeBench();
    const { clock } = bench;
    const stop = new Stop();
    const memory = new Memory();
    const host = bench.host({ cancellation: stop, journal: new JournalWriter(memory, 0) });
    clock.run({ untilMs: atMs });
    if (host.isFinished) break;
    stop.request();
    const lateErases: number[] = [];
    for (const node of bench.nodes) {
      node.onEvent = (event) => {
        const isErase = event.type === "request" && event.data[0] === 0x31 &&
          event.data[2] === 0xFF && event.data[3] === 0x00;
        // What was on the wire when the stop was asked for is in the node within a frame or two.
        if (isErase && event.atMs >= atMs + 5) lateErases.push(event.atMs - atMs);
      };
    }
    clock.run({ untilMs: atMs + 2000 });
    ok(host.isFinished, `stopped at ${atMs} ms, not through at ${clock.now()} ms`);
    deepStrictEqual(lateErases, [], `stopped at ${atMs} ms`);
    for (const node of bench.nodes) node.onEvent = undefined;
    const journal = readJournal(concatBytes(memory.parts));
    strictEqual(journal.events.at(-1)?.type, "runFinished");
    const stopped = journal.events.filter(({ type }) => type === "nodeCancelled").length;
    const isTold = journal.events.some(({ type }) => type === "cancelRequested");
    ok(isTold || stopped === 0, "a stop that stopped somebody is told");
    stoppedCount += stopped;
    host.kill();
    const events = bench.update({ histories: historiesOf(journal) });
    deepStrictEqual(bench.differing(), [], `stopped at ${atMs} ms`);
    strictEqual(events.filter(({ type }) => type === "nodeDone").length, 3);
  }
  ok(stoppedCount > 10, `${stoppedCount} nodes were stopped in their work`);
});
