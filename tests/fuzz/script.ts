import { concatBytes } from "../../src/core/mod.ts";

/** One step of a conversation that is written down as bytes. */
export interface ScriptItem {
  /** What kind of step, as its decoder means it. */
  readonly kind: number;
  /** What is said. */
  readonly data: Uint8Array;
}

/** Writes a conversation down: `[kind, length (2), bytes]` a step. */
export function encodeScript(items: readonly ScriptItem[]): Uint8Array {
  return concatBytes(
    items.map(({ kind, data }) =>
      concatBytes([Uint8Array.of(kind, data.length >> 8, data.length & 0xFF), data])
    ),
  );
}

/** Reads any bytes as a conversation: what is missing at the end is left out. */
export function* decodeScript(bytes: Uint8Array): Generator<ScriptItem> {
  for (let at = 0; at + 3 <= bytes.length;) {
    const end = at + 3 + (bytes[at + 1]! << 8) + bytes[at + 2]!;
    yield { kind: bytes[at]!, data: bytes.subarray(at + 3, end) };
    at = end;
  }
}
