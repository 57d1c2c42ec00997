/** Entries that share one array: copying one costs as much as copying the list of them at 1,000. */
const CHUNK_ENTRIES = 32;

/**
 * A map that never changes, of which a changed copy costs little: only the chunk that holds the
 * changed entry is copied. A run of 1,000 nodes makes a copy for each of its events.
 *
 * Its fields are public so that two tables can be compared; nobody else should read them.
 */
export class NodeTable<V> implements ReadonlyMap<string, V> {
  /** Place of each key, in the order of the entries; shared by all copies. */
  readonly places: ReadonlyMap<string, number>;
  /** The values, by place. */
  readonly chunks: readonly (readonly V[])[];

  private constructor(places: ReadonlyMap<string, number>, chunks: readonly (readonly V[])[]) {
    this.places = places;
    this.chunks = chunks;
  }

  /**
   * @param entries Keys, each once, and values.
   * @returns They, in this order.
   */
  static of<V>(entries: readonly (readonly [string, V])[]): NodeTable<V> {
    const chunks: V[][] = [];
    for (let i = 0; i < entries.length; i += CHUNK_ENTRIES) {
      chunks.push(entries.slice(i, i + CHUNK_ENTRIES).map(([, value]) => value));
    }
    return new NodeTable(new Map(entries.map(([key], place) => [key, place])), chunks);
  }

  /**
   * @param key A key that it has.
   * @param value Its new value.
   * @returns A copy that differs in this entry.
   */
  with(key: string, value: V): NodeTable<V> {
    const place = this.places.get(key)!;
    const index = Math.floor(place / CHUNK_ENTRIES);
    const chunk = this.chunks[index]!.with(place % CHUNK_ENTRIES, value);
    return new NodeTable(this.places, this.chunks.with(index, chunk));
  }

  get size(): number {
    return this.places.size;
  }

  get(key: string): V | undefined {
    const place = this.places.get(key);
    if (place === undefined) return undefined;
    return this.chunks[Math.floor(place / CHUNK_ENTRIES)]![place % CHUNK_ENTRIES];
  }

  has(key: string): boolean {
    return this.places.has(key);
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) callback(value, key, this);
  }

  *entries(): MapIterator<[string, V]> {
    for (const key of this.places.keys()) yield [key, this.get(key)!];
  }

  keys(): MapIterator<string> {
    return this.places.keys();
  }

  *values(): MapIterator<V> {
    for (const chunk of this.chunks) yield* chunk;
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }
}
