/** No erase is asked for before its announcement is on the disk: of one node, and of a group. */
import { ok, strictEqual } from "node:assert/strict";
import { ignoreElements, type Observable, ReplaySubject, timer } from "rxjs";
import type { EventJournal, FleetEvent } from "../../src/fleet/mod.ts";
import { judgeDone } from "./judgement.ts";
import { RogueBench } from "./rogue_bench.ts";

/** How long this disk takes for each write, in ms. */
const DISK_MS = 400;

/** When each announcement was safe, in ms: `"node-0 2"`. */
type Written = ReadonlyMap<string, number>;

function slowJournal({ clock }: RogueBench): { journal: EventJournal; written: Written } {
  const written = new Map<string, number>();
  const note = (event: FleetEvent): void => {
    if (event.type !== "segmentPhase" || event.phase !== "erasing") return;
    written.set(`${event.node} ${event.segment}`, clock.now());
  };
  const append = (events: readonly FleetEvent[]): Observable<void> => {
    const end = new ReplaySubject<void>(1);
    timer(DISK_MS, clock).pipe(ignoreElements()).subscribe({
      complete: () => {
        events.forEach(note);
        end.complete();
      },
    });
    return end;
  };
  return { journal: { append }, written };
}

/** First addresses of the image's three segments. */
const SEGMENTS = [0x0800_8000, 0x0800_C000, 0x0801_0000];

function judgeAnnounced({ nodes }: RogueBench, written: Written): void {
  nodes.forEach(({ log }, i) => {
    const erases = log.of("31 01 FF 00");
    ok(erases.length > 0);
    for (const { data, beganAtMs } of erases) {
      const view = new DataView(data.buffer, data.byteOffset);
      const start = view.getUint32(5);
      const end = start + view.getUint32(9);
      SEGMENTS.forEach((address, segment) => {
        if (address < start || address >= end) return;
        const atMs = written.get(`node-${i} ${segment}`);
        ok(atMs !== undefined && atMs <= beganAtMs, `node-${i}, segment ${segment}: ${atMs}`);
      });
    }
  });
}

Deno.test("announced first: a node by itself is asked for no erase that is not written down", () => {
  const bench = new RogueBench({ rogue: [{}, {}] });
  const { journal, written } = slowJournal(bench);
  judgeDone(bench, bench.update({ journal }));
  judgeAnnounced(bench, written);
});

Deno.test("announced first: nor are the nodes of a group", () => {
  const bench = new RogueBench({
    rogue: Array.from({ length: 3 }, () => ({ takesGroup: true })),
    profile: "group: {}",
  });
  const { journal, written } = slowJournal(bench);
  const run = bench.update({ journal, newGroupKey: () => Uint8Array.of(1, 2, 3, 4) });
  judgeDone(bench, run);
  strictEqual(bench.node.log.count("36"), 0, "it went by the group");
  judgeAnnounced(bench, written);
});
