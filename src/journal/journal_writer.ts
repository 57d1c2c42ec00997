import type { Observable } from "rxjs";
import { concatBytes } from "../core/mod.ts";
import type { EventJournal, FleetEvent } from "../fleet/mod.ts";
import type { JournalNode } from "./journal_header.ts";
import { type Announcement, encodeJournalRecord } from "./journal_record.ts";
import type { NodeClaims } from "./node_claims.ts";

/** Where a journal's bytes go: a file, or memory. */
export interface JournalStorage {
  /**
   * Adds bytes at the end. Hot: they are taken at the call, in order.
   *
   * @param bytes What to add.
   * @param options Whether somebody waits until they are safe; others may be synced with these.
   * @returns Emits nothing; completes once these bytes and all before them outlive a loss of power,
   * at once where time is virtual; errors with a `CanvoyError` when they cannot be written. It says
   * so to late subscribers too.
   */
  append(bytes: Uint8Array, options: { readonly isAwaited: boolean }): Observable<void>;
}

type PlannedSegments = Extract<FleetEvent, { readonly type: "nodePlanned" }>["segments"];

/**
 * Writes a run's events into a journal. The announcement of an erase says by itself whose it is and
 * where, and is written twice, one behind the other: no damage to one place hides it.
 */
export class JournalWriter implements EventJournal {
  readonly #storage: JournalStorage;
  readonly #claims: Map<string, NodeClaims>;
  readonly #plans = new Map<string, PlannedSegments>();
  #nextIndex: number;

  /**
   * Goes on behind what the storage holds.
   *
   * @param storage Where to; its header is written, or its tail cut.
   * @param nextIndex Place of the next record.
   * @param nodes What the nodes are known by; by their names alone where it is left out.
   */
  constructor(storage: JournalStorage, nextIndex: number, nodes: readonly JournalNode[] = []) {
    this.#storage = storage;
    this.#nextIndex = nextIndex;
    this.#claims = new Map(nodes.map(({ name, claims }) => [name, claims]));
  }

  /** Writes events, as {@linkcode EventJournal} promises. */
  append(events: readonly FleetEvent[]): Observable<void> {
    const records = events.flatMap((event) => {
      this.#note(event);
      const announcement = this.#announcementOf(event);
      const index = this.#nextIndex++;
      if (announcement === undefined) return [encodeJournalRecord(index, { type: "event", event })];
      const record = encodeJournalRecord(index, { type: "event", event, announcement });
      return [record, record];
    });
    return this.#storage.append(concatBytes(records), { isAwaited: events.some(isAwaited) });
  }

  /**
   * Writes that nothing is left to do.
   *
   * @returns As {@linkcode JournalStorage.append}.
   */
  complete(): Observable<void> {
    const record = encodeJournalRecord(this.#nextIndex++, { type: "complete" });
    return this.#storage.append(record, { isAwaited: true });
  }

  #note(event: FleetEvent): void {
    if (event.type === "nodePlanned") this.#plans.set(event.node, event.segments);
    if (event.type !== "nodeIdentified" || event.identity.serial === undefined) return;
    const { serial } = event.identity;
    this.#claims.set(event.node, { ...this.#claims.get(event.node), serial });
  }

  #announcementOf(event: FleetEvent): Announcement | undefined {
    if (event.type !== "segmentPhase" || !isAwaited(event)) return undefined;
    const planned = this.#plans.get(event.node)?.[event.segment];
    const claims = this.#claims.get(event.node) ?? {};
    if (planned === undefined) return { claims };
    return { claims, range: { start: planned.start, end: planned.end } };
  }
}

/** What a node waits for before it does what it announced. */
function isAwaited(event: FleetEvent): boolean {
  return event.type === "segmentPhase" && event.phase === "erasing";
}
