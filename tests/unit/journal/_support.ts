import { Observable } from "rxjs";
import { crc32, encodeCbor } from "../../../src/codec/mod.ts";
import { concatBytes } from "../../../src/core/mod.ts";
import type { FleetEvent } from "../../../src/fleet/mod.ts";
import {
  EMPTY_MEMORY,
  encodeJournalHeader,
  type JournalHeader,
  type JournalNode,
  type JournalStorage,
  JournalWriter,
  NOTHING_CARRIED,
} from "../../../src/journal/mod.ts";

/** A header with every field. */
export const HEADER: JournalHeader = {
  args: ["flash", "/bench/fleet.yaml", "--image", "app=/builds/app.hex"],
  tool: "0.1.0",
  startedAt: "2026-11-24T21:00:00Z",
  fleet: new Uint8Array(32).fill(1),
  release: new Uint8Array(32).fill(4),
  nodes: [nodeAt("engine", "7E0>7E8"), nodeAt("door", "7E1>7E9")],
  images: [{ name: "app", sha256: new Uint8Array(32).fill(2) }],
  plan: new Uint8Array(32).fill(3),
  memory: EMPTY_MEMORY,
  carried: NOTHING_CARRIED,
};

/** A node at these identifiers of can0. */
export function nodeAt(name: string, identifiers: string): JournalNode {
  const spot = `${identifiers}@socketcan:can0`;
  return { name, claims: { machine: `m1 ${spot}`, spot, name: `/bench/fleet.yaml ${name}` } };
}

/** Nodes of these names. */
export function nodesAt(names: readonly string[]): readonly JournalNode[] {
  return names.map((name, i) => nodeAt(name, `70${i}>78${i}`));
}

/** What an earlier version of canvoy wrote first. */
export function encodeFirstHeader(
  nodes: readonly string[],
  histories: readonly object[] = [],
  args: readonly string[] = HEADER.args,
): Uint8Array {
  const { args: _args, nodes: _nodes, memory: _memory, carried: _carried, ...common } = HEADER;
  const body = encodeCbor({ ...common, nodes, histories });
  const items = ["canvoy journal", 1, args, body];
  return encodeCbor([...items, crc32(encodeCbor(items))]);
}

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
  const writer = new JournalWriter(storage, 0, (options.header ?? HEADER).nodes);
  for (const event of events) writer.append([event]);
  if (options.isComplete) writer.complete();
  return storage.bytes;
}

/** The same bytes but for one bit. */
export function withBitFlipped(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.with(bit >> 3, bytes[bit >> 3]! ^ (1 << (bit & 7)));
}
