import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EMPTY, NEVER, type Observable } from "rxjs";
import { concatBytes } from "../../src/core/mod.ts";
import {
  encodeJournalHeader,
  historiesOf,
  type Journal,
  type JournalStorage,
  JournalWriter,
  readJournal,
} from "../../src/journal/mod.ts";
import { BUILT_IN_PROFILES } from "../../src/update/mod.ts";
import { F103, HostBench, imageFor } from "../support/host_bench.ts";
import { HEADER, nodesAt } from "../unit/journal/_support.ts";

/** Nodes of the update whose host is killed. */
export const NODE_COUNT = 4;
const IMAGE = imageFor(F103, 12 * 1024, 5);
const NODES = Array.from({ length: NODE_COUNT }, (_, i) => `node-${i}`);
const HEADER_BYTES = encodeJournalHeader({ ...HEADER, nodes: nodesAt(NODES) });
const ERASE = "31 1 ff 0";
const DOWNLOAD = "34 0 44";

/** A disk that takes some records, and never says a word of what comes behind. */
export class DyingDisk implements JournalStorage {
  readonly taken: Uint8Array[] = [];
  readonly lost: Uint8Array[] = [];
  readonly #takesMax: number;

  constructor(takesMax: number) {
    this.#takesMax = takesMax;
  }

  append(bytes: Uint8Array): Observable<void> {
    if (this.taken.length < this.#takesMax) {
      this.taken.push(bytes);
      return EMPTY;
    }
    this.lost.push(bytes);
    return NEVER;
  }

  /** What a later run finds: perhaps a part of the first record that was lost. */
  found(tornShare: number): Uint8Array {
    const torn = this.lost[0] ?? new Uint8Array(0);
    const tornBytes = Math.min(torn.length - 1, Math.ceil(torn.length * tornShare));
    return concatBytes([HEADER_BYTES, ...this.taken, torn.subarray(0, Math.max(0, tornBytes))]);
  }
}

/** How the nodes of an update are served: each by itself, or all at once as a group. */
export type KillMode = "alone" | "group";

/** Four nodes with small segments. */
export function makeBench(mode: KillMode): HostBench {
  return new HostBench({
    part: F103,
    image: IMAGE,
    behaviours: NODES.map(() => ({})),
    segmentSizeBytesMax: 4096,
    profile: BUILT_IN_PROFILES.get(mode === "group" ? "iso14229-group" : "iso14229")!,
  });
}

/** What each node was asked for, as `34 00 44` or `31 01 FF 00` and an address. */
function watch(bench: HostBench): readonly { node: string; what: string; address: number }[] {
  const requests: { node: string; what: string; address: number }[] = [];
  for (const node of bench.nodes) {
    node.onEvent = (event) => {
      if (event.type !== "request") return;
      const head = [...event.data.subarray(0, 5)].map((byte) => byte.toString(16)).join(" ");
      const view = new DataView(event.data.buffer, event.data.byteOffset);
      const { name } = node.options;
      if (head.startsWith(`${ERASE} 44`)) {
        requests.push({ node: name, what: ERASE, address: view.getUint32(5) });
      }
      if (head.startsWith(DOWNLOAD)) {
        requests.push({ node: name, what: DOWNLOAD, address: view.getUint32(3) });
      }
    };
  }
  return requests;
}

/** How many records the journal of a whole update has. */
export function countRecords(mode: KillMode): number {
  const whole = new DyingDisk(Infinity);
  makeBench(mode).update({ journal: new JournalWriter(whole, 0) });
  return whole.taken.length;
}

/**
 * Kills an update's host when its journal holds so many records, and resumes it.
 *
 * @param records How many.
 * @param mode How its nodes are served.
 * @throws {AssertionError} If a node is not done then, or was sent what it held, or not what it lost.
 */
export function killAndResume(records: number, mode: KillMode): void {
  const bench = makeBench(mode);
  const disk = new DyingDisk(records);
  const host = bench.host({ journal: new JournalWriter(disk, 0) });
  while (!host.isFinished && disk.lost.length === 0) bench.clock.run({ actionsMax: 1 });
  // Others may have come further than the journal tells: what is not erased goes on meanwhile.
  const { clock } = bench;
  if (records % 3 === 1) clock.run({ untilMs: clock.now() + 40 });
  host.kill();
  // Nodes bring to an end what they work on; some leave their session before anybody comes back.
  clock.run({ untilMs: clock.now() + (records % 2 === 0 ? 5 : 12_000) });

  const found = disk.found([0, 0.1, 0.5, 1][records % 4]!);
  const journal = readJournal(found);
  // Of an announcement that was torn the first of its two records may be whole.
  const announced = journal.events[records];
  const isAnnounced = announced?.type === "segmentPhase" && announced.phase === "erasing";
  strictEqual(journal.events.length, isAnnounced ? records + 1 : records);
  const histories = historiesOf(journal);
  const requests = watch(bench);
  const rest = new DyingDisk(Infinity);
  const events = bench.update({
    histories,
    journal: new JournalWriter(rest, journal.nextIndex),
  });

  const at = `killed with ${records} records`;
  deepStrictEqual(bench.differing(), [], at);
  strictEqual(events.filter(({ type }) => type === "nodeDone").length, NODE_COUNT, at);
  checkResent(journal, requests, at);
  const both = readJournal(concatBytes([found.subarray(0, journal.endOffset), ...rest.taken]));
  strictEqual(both.tail, "whole", at);
  deepStrictEqual(historiesOf(both), new Map(), `${at}: nothing is left to do`);
}

/** Verified segments are not sent again; torn ones are erased again. */
function checkResent(
  journal: Journal,
  requests: ReturnType<typeof watch>,
  at: string,
): void {
  for (const node of NODES) {
    const phases = new Map<number, string>();
    for (const event of journal.events) {
      if (!("node" in event) || event.node !== node || event.type !== "segmentPhase") continue;
      phases.set(IMAGE.ranges[0]!.start + 4096 * event.segment, event.phase);
    }
    const asked = (what: string, address: number): boolean =>
      requests.some((one) => one.node === node && one.what === what && one.address === address);
    for (const [address, phase] of phases) {
      if (phase === "verified") ok(!asked(DOWNLOAD, address), `${at}: ${node} verified segment`);
      if (phase === "erasing" || phase === "writing" || phase === "verifying") {
        ok(asked(ERASE, address), `${at}: ${node} torn segment, ${phase}`);
      }
    }
  }
}
