import type { Observable } from "rxjs";
import { concatBytes } from "../core/mod.ts";
import type { EventJournal, FleetEvent } from "../fleet/mod.ts";
import { encodeJournalRecord } from "./journal_record.ts";

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

/** Writes a run's events into a journal. */
export class JournalWriter implements EventJournal {
  readonly #storage: JournalStorage;
  #nextIndex: number;

  /**
   * Goes on behind what the storage holds.
   *
   * @param storage Where to; its header is written, or its tail cut.
   * @param nextIndex Place of the next record.
   */
  constructor(storage: JournalStorage, nextIndex: number) {
    this.#storage = storage;
    this.#nextIndex = nextIndex;
  }

  /** Writes events, as {@linkcode EventJournal} promises. */
  append(events: readonly FleetEvent[]): Observable<void> {
    const records = events.map((event) =>
      encodeJournalRecord(this.#nextIndex++, { type: "event", event })
    );
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
}

/** What a node waits for before it does what it announced. */
function isAwaited(event: FleetEvent): boolean {
  return event.type === "segmentPhase" && event.phase === "erasing";
}
