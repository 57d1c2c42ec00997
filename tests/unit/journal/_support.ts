import { Observable } from "rxjs";
import { concatBytes } from "../../../src/core/mod.ts";
import type { FleetEvent } from "../../../src/fleet/mod.ts";
import {
  encodeJournalHeader,
  type JournalHeader,
  type JournalStorage,
  JournalWriter,
} from "../../../src/journal/mod.ts";

/** A header with every field. */
export const HEADER: JournalHeader = {
  args: ["flash", "/bench/fleet.yaml", "--image", "app=/builds/app.hex"],
  tool: "0.1.0",
  startedAt: "2026-11-24T21:00:00Z",
  fleet: new Uint8Array(32).fill(1),
  release: new Uint8Array(32).fill(4),
  nodes: ["engine", "door"],
  images: [{ name: "app", sha256: new Uint8Array(32).fill(2) }],
  plan: new Uint8Array(32).fill(3),
  histories: [],
};

/** Memory that takes everything at once. */
export class MemoryStorage implements JournalStorage {
  readonly parts: Uint8Array[] = [];

  append(bytes: Uint8Array): Observable<void> {
    this.parts.push(bytes);
    return new Observable((subscriber) => subscriber.complete());
  }

  get bytes(): Uint8Array {
    return concatBytes(this.parts);
  }
}

/** A journal of these events. */
export function journalOf(
  events: readonly FleetEvent[],
  options: { readonly isComplete?: boolean; readonly header?: JournalHeader } = {},
): Uint8Array {
  const storage = new MemoryStorage();
  storage.append(encodeJournalHeader(options.header ?? HEADER));
  const writer = new JournalWriter(storage, 0);
  for (const event of events) writer.append([event]);
  if (options.isComplete) writer.complete();
  return storage.bytes;
}
